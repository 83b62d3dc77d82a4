import { type ChannelId, isId, ViblyError } from '../base/index.ts'
import type { Records, Versioned } from '../ports/index.ts'
import { createRanking } from './channel-search.ts'
import { cleanLine, cleanParagraphs } from './limited-text.ts'
import { type ChannelRecord, changeRecord, type UserRecord } from './records/index.ts'

export const TITLE_CHARACTERS_MAX = 140
export const DESCRIPTION_CHARACTERS_MAX = 2000
/** A thousand bans with their reasons, and all the words a chat may block. */
const SETTINGS_BYTES_MAX = 1024 * 1024
/** Users that one search looks at, and how many of them at a time. */
const SEARCHED_MAX = 20_000
const SEARCH_PAGE = 500

type Settings = ChannelRecord['settings']

/** Where someone goes live. It belongs to one user and has that user's id. */
export interface Channel {
  readonly id: ChannelId
  readonly username: string
  readonly displayName: string
  /** Empty until the owner sets one. */
  readonly title: string
  readonly description: string
  /** JSON by the name of the setting; what each means is the business of who uses it. */
  readonly settings: Readonly<Settings>
  /** ISO 8601. */
  readonly createdAt: string
}

/** What is absent stays. Anything else handed in is ignored. [W27] */
export interface ChannelChange {
  readonly title?: string | undefined
  readonly description?: string | undefined
  /** Checked by the caller. Merged by name; a value of null removes the setting. */
  readonly settings?: Readonly<Settings> | undefined
}

/**
 * The channels of all users who are not disabled: everyone has one from the start, so a record
 * exists only where an owner changed something.
 */
export class Channels {
  readonly #users: Records<UserRecord>
  readonly #channels: Records<ChannelRecord>

  constructor(deps: {
    readonly users: Records<UserRecord>
    readonly channels: Records<ChannelRecord>
  }) {
    this.#users = deps.users
    this.#channels = deps.channels
  }

  async get(id: ChannelId): Promise<Channel | null> {
    return await this.#channelOf(await this.#users.get(id))
  }

  /** Capitals do not matter. */
  async byName(username: string): Promise<Channel | null> {
    const [user] = await this.#users.find('username', username.toLowerCase(), 1)
    return await this.#channelOf(user ?? null)
  }

  /** By whatever an address names a channel with. An id goes before a name. */
  async byIdOrName(text: string): Promise<Channel | null> {
    const byId = isId<ChannelId>(text) ? await this.get(text) : null
    return byId ?? (await this.byName(text))
  }

  /**
   * In the order of registration. Looks at `countMax` users after `after` (null: from the first),
   * so a page may be shorter by those disabled; `next` is null behind the last page.
   */
  async list(
    after: ChannelId | null,
    countMax: number,
  ): Promise<{ readonly channels: readonly Channel[]; readonly next: ChannelId | null }> {
    const users = await this.#users.list(after, countMax)
    const channels = await Promise.all(users.map((user) => this.#channelOf(user)))
    return {
      channels: channels.filter((channel) => channel !== null),
      next: users.length < countMax ? null : (users.at(-1)?.value.id ?? null),
    }
  }

  /**
   * Whose name or title fits what was typed, best first, then in the order of registration. Looks
   * at SEARCHED_MAX users at most, so one search costs milliseconds however many there are.
   */
  async search(query: string, countMax: number): Promise<readonly Channel[]> {
    const rank = createRanking(query)
    const found: { readonly channel: Channel; readonly rank: number }[] = []
    let after: ChannelId | null = null
    for (let seen = 0; seen < SEARCHED_MAX; seen += SEARCH_PAGE) {
      const { channels, next } = await this.list(after, SEARCH_PAGE)
      for (const channel of channels) {
        const fit = rank(channel)
        if (fit > 0) found.push({ channel, rank: fit })
      }
      if (next === null) break
      after = next
    }
    return found
      .toSorted((a, b) => b.rank - a.rank)
      .slice(0, countMax)
      .map(({ channel }) => channel)
  }

  /**
   * @throws ViblyError `accounts.not-found`, `accounts.text-too-long`,
   * `accounts.settings-too-large`
   */
  async update(id: ChannelId, change: ChannelChange): Promise<Channel> {
    if ((await this.get(id)) === null) throw new ViblyError('accounts.not-found')
    const texts = parseTexts(change)
    await changeRecord(this.#channels, id, (before) => {
      const record = before ?? { id, title: '', description: '', settings: {} }
      return { ...record, ...texts, settings: mergeSettings(record.settings, change.settings) }
    })
    const channel = await this.get(id)
    if (channel === null) throw new ViblyError('accounts.not-found')
    return channel
  }

  async #channelOf(user: Versioned<UserRecord> | null): Promise<Channel | null> {
    if (user === null || user.value.disabled_at !== null) return null
    const { id, username, display_name, created_at } = user.value
    const own = await this.#channels.get(id)
    return {
      id,
      username,
      displayName: display_name,
      title: own?.value.title ?? '',
      description: own?.value.description ?? '',
      settings: own?.value.settings ?? {},
      createdAt: created_at,
    }
  }
}

/**
 * A title as it is stored, of a channel or of one broadcast. [W24]
 *
 * @throws ViblyError `accounts.text-too-long`
 */
export function cleanTitle(title: string): string {
  return cleanLine('title', title, TITLE_CHARACTERS_MAX)
}

function parseTexts(change: ChannelChange): Partial<Pick<ChannelRecord, 'title' | 'description'>> {
  const { title, description } = change
  return {
    ...(title !== undefined && { title: cleanTitle(title) }),
    ...(description !== undefined && {
      description: cleanParagraphs('description', description, DESCRIPTION_CHARACTERS_MAX),
    }),
  }
}

function mergeSettings(before: Settings, change: Readonly<Settings> = {}): Settings {
  const merged = Object.entries({ ...before, ...change }).filter(
    // As a name in JSON it is legal and in JavaScript a trap. [W28]
    ([name, value]) => value !== null && name !== '__proto__',
  )
  const settings = Object.fromEntries(merged)
  if (Buffer.byteLength(JSON.stringify(settings)) > SETTINGS_BYTES_MAX) {
    throw new ViblyError('accounts.settings-too-large', { bytesMax: SETTINGS_BYTES_MAX })
  }
  return settings
}
