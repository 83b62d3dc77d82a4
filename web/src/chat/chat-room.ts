import { computed, effect, signal } from '@preact/signals'
import {
  ChatClient,
  type ChatCommand,
  type ChatDeletion,
  ChatError,
  type ChatMessage,
  type ChatRecord,
  type ChatState,
  type ErrorFrame,
  type HeldFrame,
  type SettingsFrame,
  type StreamFrame,
  type YouFrame,
} from '../../../client/index.ts'
import { ApiError } from '../api/client.ts'
import { api, isServerThere, noticeSessionEnd, session } from '../api/session.ts'
import { text } from '../strings.ts'
import { messageOf } from '../ui/faults.ts'
import { announce } from './announcements.ts'
import { emotesOf, linesBefore } from './chat-api.ts'
import { type EmoteUrls, NO_EMOTES } from './chat-text.ts'
import { ChatWindow, type ShownLines } from './chat-window.ts'

/** What lies over the lower part of the chat. */
export type ChatSheet =
  | { readonly kind: 'emoji'; readonly pick: (sign: string) => void }
  | { readonly kind: 'settings' | 'people' | 'steps' | 'emotes' }
  | { readonly kind: 'message'; readonly message: ChatMessage }

/** Something the chat has to tell the one who uses it. */
export interface ChatTold {
  readonly message: string
  /** `Date.now()` until which nothing can be sent; null: no wait. */
  readonly untilMs: number | null
  /** What may help: take back what was done, follow the channel. Null: nothing. */
  readonly way: { readonly label: string; readonly go: () => Promise<unknown> } | null
}

/** Between two drawings of the lines. */
const DRAW_MS = 150
const ANNOUNCE_MS = 5_000
/** Messages remembered for that; of more nobody is told. */
const FRESH_MAX = 1_000
const HELD_MAX = 50
/** How often to look whether this machine slept; browsers let hidden pages look once a minute. */
const WAKE_LOOK_MS = 5_000
const SLEPT_MS_MIN = 90_000
/** A sign-in is renewed for the chat's sake at most so often. */
const RENEW_MS = 60_000

/** The chat of one channel as signals, at a pace that a screen and a reader can follow. */
export class ChatRoom {
  readonly channelId: string
  readonly shown = signal<ShownLines>({ lines: [], newCount: 0, isCut: false })
  /** How often the way led back to the latest lines: each time the list goes to its end. */
  readonly followCount = signal(0)
  /** Whether older lines can be had; `none`: the first is here. */
  readonly older = signal<'some' | 'loading' | 'none'>('some')
  /** Pictures of this channel. */
  readonly emotes = signal<EmoteUrls>(NO_EMOTES)
  /** How the chat is set; null: not told yet. */
  readonly settings = signal<SettingsFrame | null>(null)
  /** null: may write. Else until when not, by `Date.now()`; Infinity: for good. */
  readonly silencedUntilMs = signal<number | null>(null)
  readonly state = signal<ChatState>({ phase: 'idle' })
  /** Who has this chat open; null: not told yet. */
  readonly viewers = signal<number | null>(null)
  readonly stream = signal<StreamFrame | null>(null)
  readonly announcement = signal('')
  readonly told = signal<ChatTold | null>(null)
  readonly waitingCount = signal(0)
  /** Waits for a moderator; oldest first. */
  readonly held = signal<readonly HeldFrame[]>([])
  readonly sheet = signal<ChatSheet | null>(null)
  readonly replyTo = signal<ChatMessage | null>(null)
  /** First message of the thread that is shown instead of everything. */
  readonly threadId = signal<string | null>(null)
  readonly me = computed(() => (session.value.phase === 'signed-in' ? session.value.user : null))
  readonly isOwner = computed(() => this.me.value?.id === this.channelId)
  readonly mayModerate = computed(() => this.me.value !== null && this.#isModerator.value)

  readonly #isModerator = signal(false)
  readonly #client: ChatClient
  readonly #window = new ChatWindow()
  readonly #stops: (() => void)[] = []
  #frame = 0
  #drawTimer: ReturnType<typeof setTimeout> | undefined
  #drawnMs = Number.NEGATIVE_INFINITY
  #fresh: ChatMessage[] = []
  #announceTimer: ReturnType<typeof setTimeout> | undefined
  #userId: string | null | undefined
  #wasServerGone = false
  #renewedMs = Number.NEGATIVE_INFINITY

  constructor(channelId: string) {
    this.channelId = channelId
    const client = new ChatClient({ server: location.origin, channelId })
    this.#client = client
    this.#stops.push(
      client.on('state', (state) => this.#takeState(state)),
      client.on('record', (record) => this.#takeRecord(record)),
      client.on('replaced', ({ isFirst }) => this.#takeReplaced(isFirst)),
      client.on('presence', ({ viewers }) => {
        this.viewers.value = viewers
      }),
      client.on('stream', (frame) => {
        this.stream.value = frame
      }),
      client.on('held', (frame) => {
        const others = this.held.value.filter(({ id }) => id !== frame.id)
        this.held.value = [...others, frame].slice(-HELD_MAX)
      }),
      client.on('decided', ({ id }) => this.#dropHeld(id)),
      client.on('settings', (frame) => this.#takeSettings(frame)),
      client.on('you', (frame) => this.#takeYou(frame)),
      client.on('error', (frame) => this.#takeError(frame)),
      effect(() => this.#takeSession()),
      isServerThere.subscribe((isThere) => this.#takeServer(isThere)),
    )
    const reconnect = (): void => client.reconnect()
    window.addEventListener('online', reconnect)
    this.#stops.push(() => window.removeEventListener('online', reconnect), onWaking(reconnect))
    this.loadEmotes()
  }

  /** Asks for the channel's pictures, at the start and after they were changed. */
  loadEmotes(): void {
    emotesOf(this.channelId).then(
      (emotes) => {
        this.emotes.value = emotes
      },
      (thrown: unknown) => {
        // Then the names stand in the messages, as in any other client.
        if (!(thrown instanceof ApiError)) throw thrown
      },
    )
  }

  close(): void {
    for (const stop of this.#stops) stop()
    cancelAnimationFrame(this.#frame)
    clearTimeout(this.#drawTimer)
    clearTimeout(this.#announceTimer)
    this.#client.close()
  }

  /** Says what was written; false when it was refused, and `told` says why. */
  async say(content: string, parentId: string | null): Promise<boolean> {
    // Who speaks wants to see it said.
    this.follow()
    this.waitingCount.value += 1
    const isSaid = await this.#try(() => this.#client.say(content, parentId))
    this.waitingCount.value -= 1
    return isSaid
  }

  /** Does what a moderator asks; `done` is told when it is, with a way back if there is one. */
  async act(command: ChatCommand, done: string, undo: ChatCommand | null = null): Promise<boolean> {
    const isDone = await this.#try(() => this.#client.command(command))
    if (!isDone) return false
    const go = () => this.act(undo ?? command, text.chat.undone)
    const way = undo === null ? null : { label: text.chat.undo, go }
    this.told.value = { message: done, untilMs: null, way }
    return true
  }

  async decideHeld(frame: HeldFrame, decision: 'approve' | 'reject'): Promise<void> {
    this.#dropHeld(frame.id)
    await this.#try(() => this.#client.command({ type: decision, id: frame.id }))
  }

  /** @returns the function that stops the listening */
  onDeletion(listener: (deletion: ChatDeletion) => void): () => void {
    return this.#client.on('record', (record) => {
      if (record.type === 'delete') listener(record)
    })
  }

  /** Keeps the lines as they are, since somebody reads them. */
  readBack(): void {
    if (this.#window.isReadingBack) return
    this.#window.readBack(this.shown.value.lines)
  }

  follow(): void {
    if (!this.#window.isReadingBack) return
    this.#window.follow()
    this.followCount.value += 1
    this.#show()
  }

  /** Puts what was said before the first line in front of it. Done once at a time. */
  async loadOlder(): Promise<void> {
    const first = this.shown.value.lines[0]
    if (first === undefined || this.older.value !== 'some') return
    this.older.value = 'loading'
    this.readBack()
    try {
      const lines = await linesBefore(this.channelId, first.seq)
      this.#window.addOlder(lines)
      this.older.value = lines.length === 0 ? 'none' : 'some'
      this.#show()
    } catch (thrown) {
      this.older.value = 'some'
      this.tellFault(thrown)
    }
  }

  /** Tells what the API refused; a bug of ours comes out. */
  tellFault(thrown: unknown): void {
    if (!(thrown instanceof ApiError)) throw thrown
    noticeSessionEnd(thrown)
    this.told.value = { message: messageOf(thrown), untilMs: null, way: null }
  }

  /** Tries again after a refusal. */
  retry(): void {
    this.#client.open()
  }

  async #try(ask: () => Promise<unknown>): Promise<boolean> {
    try {
      await ask()
      this.told.value = null
      return true
    } catch (thrown) {
      if (!(thrown instanceof ChatError)) throw thrown
      if (thrown.code === 'client.closed') return false
      if (thrown.code === 'chat.not-signed-in') this.#renew()
      const { retryAfterMs } = thrown
      const untilMs = retryAfterMs === null ? null : Date.now() + retryAfterMs
      const isForFollowers = thrown.code === 'chat.followers-only' && untilMs === null
      const way = isForFollowers ? { label: text.chat.follow, go: () => this.#follow() } : null
      this.told.value = { message: messageOf(thrown), untilMs, way }
      return false
    }
  }

  async #follow(): Promise<void> {
    try {
      await api.follow(this.channelId)
      this.told.value = null
    } catch (thrown) {
      this.tellFault(thrown)
    }
  }

  #takeState(state: ChatState): void {
    this.state.value = state
    // Told anew after the history, since some may have been decided on meanwhile.
    if (state.phase === 'connecting') this.held.value = []
    if (state.phase === 'refused' && state.error?.code === 'chat.signed-out') this.#renew()
  }

  #takeError(frame: ErrorFrame): void {
    // The cookie was too old for the server: others read on, who signed in wants to write.
    if (frame.code === 'accounts.unauthenticated') this.#renew()
    else this.told.value = { message: messageOf(frame), untilMs: null, way: null }
  }

  /** Another person at this page is another person in the chat. */
  #takeSession(): void {
    if (session.value.phase === 'unknown') return
    const userId = this.me.value?.id ?? null
    if (userId === this.#userId) return
    const isFirst = this.#userId === undefined
    this.#userId = userId
    this.#isModerator.value = false
    this.silencedUntilMs.value = null
    if (isFirst) this.#client.open()
    else this.#client.reconnect()
  }

  /** A server that was gone and answers again: its pause need not be waited out. */
  #takeServer(isThere: boolean): void {
    if (!isThere) this.#wasServerGone = true
    else if (this.#wasServerGone) {
      this.#wasServerGone = false
      if (this.state.value.phase === 'waiting') this.#client.reconnect()
    }
  }

  #renew(): void {
    if (this.me.value === null || Date.now() - this.#renewedMs < RENEW_MS) return
    this.#renewedMs = Date.now()
    api.me().then(
      () => {
        this.told.value = null
        this.#client.reconnect()
      },
      (thrown: unknown) => {
        if (!(thrown instanceof ApiError)) throw thrown
        noticeSessionEnd(thrown)
      },
    )
  }

  #takeReplaced(isFirst: boolean): void {
    this.#window.follow()
    if (!isFirst) this.told.value = { message: text.chat.notRecovered, untilMs: null, way: null }
    this.older.value = 'some'
    this.#schedule()
  }

  #takeRecord(record: ChatRecord): void {
    if (record.type === 'delete') {
      this.#window.takeDeletion(record)
      const reply = this.replyTo.value
      if (reply !== null && (record.target_id === reply.id || record.user_id === reply.user.id)) {
        this.replyTo.value = null
      }
    } else {
      this.#window.countNew()
      if (record.type === 'message' && record.user.id !== this.me.value?.id) this.#tell(record)
    }
    this.#schedule()
  }

  #takeSettings(frame: SettingsFrame): void {
    const hasSamePace = this.settings.value?.slow_mode_s === frame.slow_mode_s
    this.settings.value = frame
    // A wait that was asked for by other rules is over.
    if (!hasSamePace && (this.told.value?.untilMs ?? null) !== null) this.told.value = null
  }

  #takeYou({ may_moderate, may_write, retry_after_ms }: YouFrame): void {
    this.#isModerator.value = may_moderate
    const untilMs = retry_after_ms === undefined ? Infinity : Date.now() + retry_after_ms
    this.silencedUntilMs.value = may_write ? null : untilMs
  }

  #dropHeld(heldId: string): void {
    this.held.value = this.held.value.filter(({ id }) => id !== heldId)
  }

  #tell(message: ChatMessage): void {
    if (this.#fresh.length < FRESH_MAX) this.#fresh.push(message)
    this.#announceTimer ??= setTimeout(() => {
      this.#announceTimer = undefined
      this.announcement.value = announce(this.#fresh, this.me.value?.username ?? null)
      this.#fresh = []
    }, ANNOUNCE_MS)
  }

  /**
   * Draws with the next frame, then no more for a while, however much comes in: nobody reads a
   * hundred lines a second, and each drawing moves all lines. A page that nobody sees draws
   * nothing.
   */
  #schedule(): void {
    if (this.#frame !== 0 || this.#drawTimer !== undefined) return
    const draw = (): void => {
      this.#drawTimer = undefined
      this.#frame = requestAnimationFrame(() => this.#show())
    }
    const waitMs = this.#drawnMs + DRAW_MS - performance.now()
    if (waitMs > 0) this.#drawTimer = setTimeout(draw, waitMs)
    else draw()
  }

  #show(): void {
    cancelAnimationFrame(this.#frame)
    clearTimeout(this.#drawTimer)
    this.#frame = 0
    this.#drawTimer = undefined
    this.#drawnMs = performance.now()
    this.shown.value = this.#window.shown(this.#client.lines)
  }
}

/**
 * A machine that slept may hold a connection that its other end gave up long ago: nothing would
 * come on it, and nothing would tell.
 *
 * @returns the function that stops the looking
 */
function onWaking(wake: () => void): () => void {
  let lookedMs = Date.now()
  const timer = setInterval(() => {
    const nowMs = Date.now()
    if (nowMs - lookedMs >= SLEPT_MS_MIN) wake()
    lookedMs = nowMs
  }, WAKE_LOOK_MS)
  return () => clearInterval(timer)
}
