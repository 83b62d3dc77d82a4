import type { ChannelId } from '../../base/index.ts'
import { formatRules, parseRules, type Rules } from './rules.ts'

export interface RoomRulesDeps {
  /** The stored settings of a channel, the chat's and others'. */
  settingsOf(channelId: ChannelId): Promise<Readonly<Record<string, unknown>>>
  /** Stores these settings beside the channel's others. */
  saveSettings(channelId: ChannelId, settings: Record<string, unknown>): Promise<void>
}

/**
 * The rules of one channel as they are in force. Changes happen one after the other, so each
 * counts.
 */
export class RoomRules {
  readonly #channelId: ChannelId
  readonly #deps: RoomRulesDeps
  #current: Rules
  #changing: Promise<unknown> = Promise.resolve()

  static async open(channelId: ChannelId, deps: RoomRulesDeps): Promise<RoomRules> {
    return new RoomRules(channelId, deps, parseRules(await deps.settingsOf(channelId)))
  }

  private constructor(channelId: ChannelId, deps: RoomRulesDeps, current: Rules) {
    this.#channelId = channelId
    this.#deps = deps
    this.#current = current
  }

  get current(): Rules {
    return this.#current
  }

  /**
   * Stores what `change` makes of the rules, then goes by it. Only what differs is stored: what was
   * changed by other means meanwhile stands. What `change` throws changes nothing.
   */
  async change(change: (rules: Rules) => Rules): Promise<Rules> {
    return await this.#inTurn(async () => {
      const rules = change(this.#current)
      await this.#deps.saveSettings(this.#channelId, differences(this.#current, rules))
      this.#current = rules
      return rules
    })
  }

  /** Reads the rules anew, after they were changed by other means. */
  async reload(): Promise<Rules> {
    return await this.#inTurn(async () => {
      this.#current = parseRules(await this.#deps.settingsOf(this.#channelId))
      return this.#current
    })
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    // One that failed is no reason not to do the next.
    const done = this.#changing.then(work, work)
    this.#changing = done.catch(() => undefined)
    return done
  }
}

function differences(before: Rules, after: Rules): Record<string, unknown> {
  const old = formatRules(before)
  const entries = Object.entries(formatRules(after)).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(old[name]),
  )
  return Object.fromEntries(entries)
}
