import {
  type ChannelId,
  type Clock,
  formatTime,
  joinBytes,
  type Logger,
  type UserId,
  ViblyError,
} from '../base/index.ts'
import type { Entry, Following, Log } from '../ports/index.ts'
import { Hub, type HubOptions, type Member } from './hub.ts'
import {
  type HeldMessage,
  History,
  type HistoryOptions,
  type Page,
  recallSpeech,
} from './log/index.ts'
import {
  cleanContent,
  composeMessage,
  createMessageId,
  decodeLine,
  encodeJsonFrame,
  encodeTextFrame,
  type Line,
  type Since,
  type Speaker,
  type StreamState,
} from './messages/index.ts'
import {
  checkBan,
  concernedBy,
  decideMessage,
  mayModerate,
  Nonces,
  type Receipt,
  RecentSpeech,
  RoomRules,
  type RoomRulesDeps,
  type Rules,
  rolesOf,
  settingsFrame,
  type YouFrame,
  youFrame,
} from './rules/index.ts'

/** What a channel's chat needs of the rest of the server. */
export interface RoomDeps extends RoomRulesDeps {
  /** One topic a channel: what was said. */
  readonly log: Log
  readonly clock: Clock
  readonly logger: Logger
  /** Since when someone follows the channel, ms since 1970; null: they do not. */
  followedSinceMs(channelId: ChannelId, userId: UserId): Promise<number | null>
}

export interface RoomOptions extends HubOptions, HistoryOptions {
  /** A message sent again with its nonce within this time gives the first one. */
  readonly nonceKeptMs: number
  readonly noncesMax: number
  /** The same words by the same user are taken so many times in a row within `repeatMs`. */
  readonly repeatsMax: number
  readonly repeatMs: number
}

/** A message on its way: who says what, to whom. */
export interface Saying {
  readonly content: string
  readonly parentId: string | null
  readonly nonce: string | null
}

const OFFLINE: StreamState = {
  status: 'offline',
  broadcast_id: null,
  title: '',
  started_at: null,
}

/** The chat of one channel: its history, its rules, the sockets in it. */
export class Room {
  readonly channelId: ChannelId
  readonly #deps: RoomDeps
  readonly #options: RoomOptions
  readonly #history: History
  readonly #hub: Hub
  readonly #nonces: Nonces
  readonly #recent = new RecentSpeech()
  readonly #following: Following
  readonly #rules: RoomRules
  #stream = OFFLINE
  #viewersTold = -1

  /** Opens the chat of a channel that exists. Its log's end is read once, whoever waits for it. */
  static async open(channelId: ChannelId, deps: RoomDeps, options: RoomOptions): Promise<Room> {
    const rules = await RoomRules.open(channelId, deps)
    const early: Entry[] = []
    let onEntries = (entries: readonly Entry[]): void => {
      early.push(...entries)
    }
    const following = await deps.log.follow(channelId, (entries) => onEntries(entries))
    const { epoch, lastSeq } = following.position
    const history = new History(channelId, epoch, lastSeq, deps.log, options)
    const hub = new Hub(deps.clock, options, lastSeq)
    const room = new Room(channelId, deps, options, { history, hub, following, rules })
    await history.load(lastSeq)
    await room.#recall()
    onEntries = (entries) => room.#onEntries(entries)
    room.#onEntries(early)
    return room
  }

  private constructor(
    channelId: ChannelId,
    deps: RoomDeps,
    options: RoomOptions,
    parts: {
      readonly history: History
      readonly hub: Hub
      readonly following: Following
      readonly rules: RoomRules
    },
  ) {
    this.channelId = channelId
    this.#deps = deps
    this.#options = options
    this.#history = parts.history
    this.#hub = parts.hub
    this.#following = parts.following
    this.#rules = parts.rules
    this.#nonces = new Nonces({ keptMs: options.nonceKeptMs, countMax: options.noncesMax })
  }

  get rules(): Rules {
    return this.#rules.current
  }

  get memberCount(): number {
    return this.#hub.size
  }

  /**
   * Lets a member in: its history, then everything after it, without a gap or a duplicate, since
   * both happen in one turn. Resolves when the history is with the socket.
   */
  async join(member: Member, since: Since | null): Promise<void> {
    const enter = (frame: Uint8Array) => {
      member.send(frame)
      member.send(joinBytes(this.#introduction(member)))
      this.#hub.add(member, frame.byteLength)
    }
    const frame = this.#history.frame(since, this.#hub.publishedSeq)
    if (frame !== null) enter(frame)
    else if (since !== null) await this.#history.prepare(since, () => this.#hub.publishedSeq, enter)
  }

  leave(member: Member): void {
    this.#hub.delete(member)
  }

  /** Up to `countMax` messages before a number, oldest first, each as JSON. */
  page(before: number, countMax: number): Promise<readonly Uint8Array[]> {
    return this.#history.page(before, countMax)
  }

  /** Up to `countMax` messages after a number: everything, page by page, or a stretch of time. */
  pageAfter(after: number, countMax: number): Promise<Page> {
    return this.#history.pageAfter(after, countMax)
  }

  /** The number of the last record older than a time, ms since 1970; 0: there is none. */
  seqBefore(timeMs: number): Promise<number> {
    return this.#history.seqBefore(timeMs, this.#hub.publishedSeq)
  }

  /** A page of the thread that a message is in; null: there never was such a message. */
  thread(id: string, after: number | null, countMax: number): Promise<Page | null> {
    return this.#history.thread(id, after, countMax)
  }

  /** The message with this id; null when there is none or it may not be shown. */
  find(id: string): Promise<Line | null> {
    return this.#history.find(id)
  }

  /**
   * Says a message, or gives the one that was said under the same nonce. Resolves when it is
   * stored.
   *
   * @throws ViblyError of the rule that refuses it; `chat.held` when moderators are to decide,
   *   after `hold` was called with it.
   */
  async say(
    speaker: Speaker,
    saying: Saying,
    hold: (content: string, parentId: string | null) => Promise<void>,
  ): Promise<Receipt> {
    const { nonce } = saying
    const nowMs = this.#deps.clock.nowMs()
    const known = nonce === null ? null : this.#nonces.find(speaker.userId, nonce, nowMs)
    if (known !== null) return await known
    const receipt = this.#sayNew(speaker, saying, nowMs, hold)
    if (nonce !== null) this.#nonces.add(speaker.userId, nonce, nowMs, receipt)
    return await receipt
  }

  /**
   * Says what moderators approved: the rules have been asked, bans still count. Once more within
   * the time of a nonce gives the first receipt.
   */
  async sayApproved(speaker: Speaker, { id, content, parentId }: HeldMessage): Promise<Receipt> {
    const nonce = `held-${id}`
    const nowMs = this.#deps.clock.nowMs()
    const known = this.#nonces.find(speaker.userId, nonce, nowMs)
    if (known !== null) return await known
    const receipt = this.#store(speaker, content, parentId, nonce)
    this.#nonces.add(speaker.userId, nonce, nowMs, receipt)
    return await receipt
  }

  /** Adds a record that is no message: `delete`, `notice`. Everyone sees it once it is stored. */
  async post(type: 'delete' | 'notice', fields: object): Promise<Receipt> {
    let id = createMessageId(0)
    const { seq } = await this.#deps.log.append(this.channelId, (atSeq) => {
      id = createMessageId(atSeq)
      const created_at = formatTime(this.#deps.clock.nowMs())
      return JSON.stringify({ type, id, channel_id: this.channelId, ...fields, created_at })
    })
    return { id, seq }
  }

  /**
   * Stores other rules, goes by them, and tells whom they concern. What `change` throws stops it.
   */
  async changeRules(change: (rules: Rules) => Rules): Promise<Rules> {
    const before = this.rules
    const rules = await this.#rules.change(change)
    this.#tellRules(before, rules)
    return rules
  }

  /** Reads the rules anew, after they were changed by other means. */
  async reloadRules(): Promise<void> {
    const before = this.rules
    this.#tellRules(before, await this.#rules.reload())
  }

  setStream(stream: StreamState): void {
    this.#stream = stream
    this.#hub.publish(null, encodeJsonFrame({ type: 'stream', ...stream }))
  }

  /** Tells how many are here, if that changed. Called at most once a second. */
  tellPresence(): void {
    const viewers = this.#hub.size
    if (viewers === this.#viewersTold) return
    this.#viewersTold = viewers
    this.#hub.publish(null, encodeJsonFrame({ type: 'presence', viewers }))
  }

  /** Sends a frame to the sockets of those for whom `isMeant` holds. */
  tell(isMeant: (speaker: Speaker) => boolean, value: object): void {
    const frame = encodeJsonFrame(value)
    for (const member of this.#hub.members) {
      if (member.speaker !== null && isMeant(member.speaker)) member.send(frame)
    }
  }

  /** Sends a frame to those who moderate here. A bot is one of them only with the scope. */
  tellModerators(value: object): void {
    this.tell((speaker) => this.mayModerate(speaker), value)
  }

  mayModerate(speaker: Speaker): boolean {
    return mayModerate(speaker, this.channelId, this.rules)
  }

  /** Stops following the log; the members are closed by whoever opened them. */
  async close(): Promise<void> {
    this.#following.stop()
    await this.#hub.close()
  }

  /**
   * What follows a history: what is on air, how the chat is set, and what the member may do here.
   */
  #introduction({ speaker }: Member): Uint8Array[] {
    const { settings } = this.rules
    return [
      encodeJsonFrame({ type: 'stream', ...this.#stream }),
      encodeJsonFrame(settingsFrame(settings)),
      ...(speaker === null ? [] : [encodeJsonFrame(this.#youFrame(speaker))]),
    ]
  }

  #youFrame(speaker: Speaker): YouFrame {
    const nowMs = this.#deps.clock.nowMs()
    return youFrame(speaker, this.channelId, this.rules, nowMs)
  }

  /** New settings to all; to each whose standing has changed, what they may do now. */
  #tellRules(before: Rules, after: Rules): void {
    const frame = encodeJsonFrame(settingsFrame(after.settings))
    const isSame = frame.equals(encodeJsonFrame(settingsFrame(before.settings)))
    if (!isSame) this.#hub.publish(null, frame)
    const concerned = concernedBy(before, after)
    if (concerned.size === 0) return
    for (const member of this.#hub.members) {
      const { speaker } = member
      if (speaker === null || !concerned.has(speaker.userId)) continue
      member.send(encodeJsonFrame(this.#youFrame(speaker)))
    }
  }

  async #sayNew(
    speaker: Speaker,
    saying: Saying,
    nowMs: number,
    hold: (content: string, parentId: string | null) => Promise<void>,
  ): Promise<Receipt> {
    const content = cleanContent(saying.content)
    const { userId } = speaker
    const needsFollow = this.rules.settings.followers_only
    const followedSinceMs = needsFollow
      ? await this.#deps.followedSinceMs(this.channelId, userId)
      : null
    const last = this.#recent.lastOf(userId)
    const isRepeated = this.#recent.isRepeated(content)
    const { repeatsMax, repeatMs } = this.#options
    const at = { nowMs, last, followedSinceMs, isRepeated, repeatsMax, repeatMs }
    const decision = decideMessage(speaker, content, this.channelId, this.rules, at)
    if (decision === 'hold') {
      await hold(content, saying.parentId)
      throw new ViblyError('chat.held')
    }
    // Counted before it is stored, so that two at once do not both pass.
    this.#recent.add(userId, content, nowMs)
    try {
      return await this.#store(speaker, content, saying.parentId, saying.nonce)
    } catch (thrown) {
      this.#recent.undo(userId, content, last)
      throw thrown
    }
  }

  async #store(
    speaker: Speaker,
    content: string,
    parentId: string | null,
    nonce: string | null,
  ): Promise<Receipt> {
    const parent = parentId === null ? null : await this.#history.find(parentId)
    if (parentId !== null && parent === null) throw new ViblyError('chat.parent-missing')
    let id = createMessageId(0)
    const { seq } = await this.#deps.log.append(this.channelId, (atSeq) => {
      // Once more at the very moment: the ban may have come while this waited. [W32]
      const nowMs = this.#deps.clock.nowMs()
      checkBan(speaker.userId, this.rules, nowMs)
      id = createMessageId(atSeq)
      const roles = rolesOf(speaker, this.channelId, this.rules)
      const place = { id, channelId: this.channelId, nonce, parent }
      return JSON.stringify(composeMessage({ ...speaker, roles }, content, place, nowMs))
    })
    return { id, seq }
  }

  async #recall(): Promise<void> {
    const { nonceKeptMs, noncesMax } = this.#options
    await recallSpeech(
      { nonces: this.#nonces, recent: this.#recent },
      this.#history.tail,
      { log: this.#deps.log, channelId: this.channelId },
      { sinceMs: this.#deps.clock.nowMs() - nonceKeptMs, countMax: noncesMax },
    )
  }

  #onEntries(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const line = decodeLine(entry)
      if (line === null) continue
      this.#history.add(line)
      const shown = this.#history.visibility.shown(line)
      if (shown !== null) this.#hub.publish(line.seq, encodeTextFrame(shown))
    }
  }
}
