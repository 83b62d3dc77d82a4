import {
  type ChatCommand,
  type ChatLine,
  type ChatRecord,
  type DecidedFrame,
  type ErrorFrame,
  type HealthFrame,
  type HeldFrame,
  type HistoryFrame,
  type NewsFrame,
  type PresenceFrame,
  parseServerFrame,
  type ServerFrame,
  type SettingsFrame,
  type StreamFrame,
  type YouFrame,
} from './chat-frames.ts'
import { ChatLines } from './chat-lines.ts'
import { ChatError, ChatOutbox, type ChatReceipt } from './chat-outbox.ts'
import { type ChatSocket, type ChatSurroundings, SURROUNDINGS } from './chat-surroundings.ts'
import { mayComeBack, pauseBefore } from './reconnect.ts'

export interface ChatClientOptions {
  /** Where the server is, as `https://live.example.org`. */
  readonly server: string
  readonly channelId: string
  /** For programs: asked before each connection. In a browser the cookies say who asks. */
  readonly token?: () => Promise<string | null>
  /** Lines kept, 500 unless told. */
  readonly linesMax?: number
  readonly surroundings?: ChatSurroundings
}

export type ChatState =
  /** Not opened yet, or closed by `close()`. */
  | { readonly phase: 'idle' }
  | { readonly phase: 'connecting' }
  /** The history is here and every later record follows. */
  | { readonly phase: 'open' }
  /** Lost; tried again in `pauseMs`. */
  | { readonly phase: 'waiting'; readonly pauseMs: number }
  /** Refused: `open()` may be called when something has changed. `error`: what the server said. */
  | { readonly phase: 'refused'; readonly code: number; readonly error: ErrorFrame | null }

export interface ChatEvents {
  readonly state: ChatState
  /** A record that was not here before, live or missed meanwhile. */
  readonly record: ChatRecord
  /** `lines` were replaced: at the first join, and when what was missed could not be recovered. */
  readonly replaced: { readonly isFirst: boolean }
  readonly stream: StreamFrame
  readonly presence: PresenceFrame
  readonly health: HealthFrame
  readonly held: HeldFrame
  readonly decided: DecidedFrame
  readonly settings: SettingsFrame
  readonly you: YouFrame
  /** A fault that belongs to nothing that was sent. */
  readonly error: ErrorFrame
}

type Listeners = { readonly [Name in keyof ChatEvents]: Set<(event: ChatEvents[Name]) => void> }

interface Connection {
  socket: ChatSocket | null
  lastError: ErrorFrame | null
}

/** A server that takes the connection and says nothing for so long is taken for dead. */
const JOIN_MS_MAX = 15_000
/** A connection that lasted so long counts as good: the next pause is a first one again. */
const STEADY_MS = 10_000
const CHECK_MS = 5_000
const ABNORMAL = 1006
const LINES_MAX = 500

/**
 * A channel's chat over whatever connections it takes: comes back by itself, misses nothing, shows
 * nothing twice, and says a message once although it may send it several times. Listeners must not
 * throw.
 */
export class ChatClient {
  readonly #options: ChatClientOptions
  readonly #world: ChatSurroundings
  readonly #lines: ChatLines
  readonly #outbox = new ChatOutbox()
  readonly #listeners: Listeners = {
    state: new Set(),
    record: new Set(),
    replaced: new Set(),
    stream: new Set(),
    presence: new Set(),
    health: new Set(),
    held: new Set(),
    decided: new Set(),
    settings: new Set(),
    you: new Set(),
    error: new Set(),
  }
  #state: ChatState = { phase: 'idle' }
  #connection: Connection | null = null
  #attempt = 0
  /** Of the pause, of the wait for a history, or of the next look at what is unanswered. */
  #stopTimer: () => void = () => undefined

  constructor(options: ChatClientOptions) {
    this.#options = options
    this.#world = options.surroundings ?? SURROUNDINGS
    this.#lines = new ChatLines(options.linesMax ?? LINES_MAX)
  }

  get state(): ChatState {
    return this.#state
  }

  /** What was said lately, oldest first, without what was deleted. A copy. */
  get lines(): readonly ChatLine[] {
    return this.#lines.lines
  }

  /** @returns the function that stops the listening */
  on<Name extends keyof ChatEvents>(
    name: Name,
    listener: (event: ChatEvents[Name]) => void,
  ): () => void {
    this.#listeners[name].add(listener)
    return () => this.#listeners[name].delete(listener)
  }

  /** Connects now, also when a pause is not over or the server refused before. */
  open(): void {
    if (this.#connection === null) this.#connect()
  }

  /** Connects anew at once: the network or the sign-in has changed. What is missed is asked for. */
  reconnect(): void {
    this.#drop()
    this.#connect()
  }

  /** Ends it; what has not been answered is rejected. `open()` begins again where this left off. */
  close(): void {
    this.#drop()
    this.#outbox.rejectAll('client.closed', 'The chat was closed.')
    this.#setState({ phase: 'idle' })
  }

  /**
   * Says a message; without a connection it waits for the next. Resolves when the server has stored
   * it, rejects with `ChatError`.
   */
  async say(content: string, parentId: string | null = null): Promise<ChatReceipt> {
    const message = { type: 'message', content }
    const reply = { ...message, parent_id: parentId }
    return await this.#ask(parentId === null ? message : reply)
  }

  /** Does what moderators may. Resolves when it is done, rejects with `ChatError`. */
  async command(command: ChatCommand): Promise<ChatReceipt> {
    if (this.#state.phase !== 'open') {
      throw new ChatError('client.offline', 'There is no connection to the chat.')
    }
    return await this.#ask(command)
  }

  #ask(frame: { readonly type: string }): Promise<ChatReceipt> {
    const answer = this.#outbox.add(this.#world.createNonce(), frame, this.#world.nowMs())
    if (this.#state.phase === 'open') this.#flush()
    return answer
  }

  #flush(): void {
    this.#outbox.flush((text) => this.#connection?.socket?.send(text), this.#world.nowMs())
  }

  #connect(): void {
    this.#stopTimer()
    const connection: Connection = { socket: null, lastError: null }
    this.#connection = connection
    this.#setState({ phase: 'connecting' })
    this.#stopTimer = this.#world.setTimer(() => this.#lose(connection, ABNORMAL), JOIN_MS_MAX)
    const { token } = this.#options
    if (token === undefined) this.#openSocket(connection, null)
    else {
      token().then(
        (found) => this.#openSocket(connection, found),
        () => this.#lose(connection, ABNORMAL),
      )
    }
  }

  #openSocket(connection: Connection, token: string | null): void {
    if (this.#connection !== connection) return
    const isCurrent = (): boolean => this.#connection === connection
    connection.socket = this.#world.openSocket(this.#address(), token, {
      onOpen: () => undefined,
      onData: (data) => {
        const frame = isCurrent() ? parseServerFrame(data) : null
        if (frame !== null) this.#take(frame, connection)
      },
      onClose: (code) => this.#lose(connection, code),
    })
  }

  #address(): string {
    const { server, channelId } = this.#options
    const url = new URL('/ws/chat', server)
    url.protocol = url.protocol.replace('http', 'ws')
    url.searchParams.set('channelID', channelId)
    const position = this.#lines.position
    if (position !== null) {
      url.searchParams.set('since', String(position.seq))
      url.searchParams.set('epoch', position.epoch)
    }
    return url.href
  }

  #take(frame: ServerFrame, connection: Connection): void {
    switch (frame.type) {
      case 'history':
        this.#takeHistory(frame, connection)
        break
      case 'message':
      case 'notice':
      case 'delete':
        if (this.#lines.take(frame)) this.#tellRecord(frame)
        break
      case 'ack':
        this.#outbox.takeAck(frame)
        break
      case 'error':
        connection.lastError = frame
        if (!this.#outbox.takeError(frame)) this.#emit('error', frame)
        break
      default:
        this.#emitFrame(frame)
    }
  }

  /** News that change nothing here. */
  #emitFrame(frame: NewsFrame): void {
    switch (frame.type) {
      case 'stream':
        this.#emit('stream', frame)
        break
      case 'presence':
        this.#emit('presence', frame)
        break
      case 'health':
        this.#emit('health', frame)
        break
      case 'held':
        this.#emit('held', frame)
        break
      case 'decided':
        this.#emit('decided', frame)
        break
      case 'settings':
        this.#emit('settings', frame)
        break
      case 'you':
        this.#emit('you', frame)
        break
    }
  }

  #takeHistory(frame: HistoryFrame, connection: Connection): void {
    const isFirst = this.#lines.position === null
    const fresh = this.#lines.takeHistory(frame)
    this.#setState({ phase: 'open' })
    if (fresh === null) {
      for (const line of this.#lines.lines) this.#confirm(line)
      this.#emit('replaced', { isFirst })
    } else for (const record of fresh) this.#tellRecord(record)
    // Only now: what stands in the history has been said and is not sent again.
    this.#flush()
    this.#watch(connection, this.#world.nowMs())
  }

  #tellRecord(record: ChatRecord): void {
    this.#confirm(record)
    this.#emit('record', record)
  }

  #confirm(record: ChatRecord): void {
    if (record.type === 'message') this.#outbox.confirm(record.nonce, record)
  }

  /**
   * Looks now and then whether the server still answers, and when the connection counts as good.
   */
  #watch(connection: Connection, sinceMs: number): void {
    this.#stopTimer()
    this.#stopTimer = this.#world.setTimer(() => {
      const nowMs = this.#world.nowMs()
      if (nowMs - sinceMs >= STEADY_MS) this.#attempt = 0
      if (this.#outbox.isOverdue(nowMs)) this.#lose(connection, ABNORMAL)
      else this.#watch(connection, sinceMs)
    }, CHECK_MS)
  }

  #lose(connection: Connection, code: number): void {
    if (this.#connection !== connection) return
    this.#drop()
    if (!mayComeBack(code)) {
      this.#outbox.rejectAll(
        connection.lastError?.code ?? 'client.refused',
        connection.lastError?.message ?? 'The chat refused this connection.',
      )
      this.#setState({ phase: 'refused', code, error: connection.lastError })
      return
    }
    const pauseMs = pauseBefore(this.#attempt, this.#world.random())
    this.#attempt += 1
    this.#stopTimer = this.#world.setTimer(() => this.#connect(), pauseMs)
    this.#setState({ phase: 'waiting', pauseMs })
  }

  #drop(): void {
    this.#stopTimer()
    const connection = this.#connection
    this.#connection = null
    connection?.socket?.close()
    this.#outbox.unsend(this.#world.nowMs())
  }

  #setState(state: ChatState): void {
    this.#state = state
    this.#emit('state', state)
  }

  #emit<Name extends keyof ChatEvents>(name: Name, event: ChatEvents[Name]): void {
    for (const listener of this.#listeners[name]) listener(event)
  }
}
