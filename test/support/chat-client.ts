import { once } from 'node:events'
import { WebSocket } from 'ws'

/** One frame of the server, as far as tests look at it. */
export interface ServerFrame {
  readonly type: string
  readonly id?: string
  readonly seq?: number
  readonly content?: string
  readonly nonce?: string
  readonly code?: string
  readonly [field: string]: unknown
}

export interface ClientOptions {
  readonly channelId?: string
  /** `{user id}.{session id}`; absent: nobody. */
  readonly token?: string
  readonly since?: number
  readonly epoch?: string
  readonly headers?: Readonly<Record<string, string>>
  /** More of the address, from its `&` on. */
  readonly moreQuery?: string
  /** How long a wait may take, ms. */
  readonly patienceMs?: number
}

/** A chat client that remembers every frame it was sent. */
export class ChatClient {
  readonly frames: ServerFrame[] = []
  readonly ws: WebSocket
  /** Code and reason of the close; null while it is open. */
  closed: { readonly code: number; readonly reason: string } | null = null
  readonly #patienceMs: number
  #waiting: (() => void)[] = []

  constructor(port: number, options: ClientOptions = {}) {
    const query = new URLSearchParams({ channelID: options.channelId ?? 'channel-1' })
    if (options.since !== undefined) query.set('since', String(options.since))
    if (options.epoch !== undefined) query.set('epoch', options.epoch)
    this.#patienceMs = options.patienceMs ?? 10_000
    const headers: Record<string, string> = { ...options.headers }
    if (options.token !== undefined) headers['authorization'] = `Bearer ${options.token}`
    this.ws = new WebSocket(`ws://127.0.0.1:${port}/ws/chat?${query}${options.moreQuery ?? ''}`, {
      headers,
      perMessageDeflate: false,
    })
    this.ws.on('message', (data) => {
      this.frames.push(JSON.parse(data.toString()))
      this.#wake()
    })
    this.ws.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() }
      this.#wake()
    })
    this.ws.on('error', () => this.#wake())
  }

  /** A client whose history has come. */
  static async join(port: number, options: ClientOptions = {}): Promise<ChatClient> {
    const client = new ChatClient(port, options)
    await client.wait((frame) => frame.type === 'stream')
    return client
  }

  get history(): ServerFrame {
    const [frame] = this.frames
    if (frame === undefined) throw new TypeError('no history yet')
    return frame
  }

  /** Messages of the history and those since, in the order in which they came. */
  get messages(): readonly ServerFrame[] {
    return this.frames.flatMap((frame) =>
      frame.type === 'history' ? messagesOf(frame) : isRecord(frame) ? [frame] : [],
    )
  }

  send(frame: object): void {
    this.ws.send(JSON.stringify(frame))
  }

  /** Sends a frame with a nonce and waits for its `ack` or `error`. */
  async ask(frame: object): Promise<ServerFrame> {
    const nonce = `n${Math.random().toString(36).slice(2)}`
    this.send({ nonce, ...frame })
    const wanted = 'nonce' in frame ? frame.nonce : nonce
    const from = this.frames.length
    return await this.wait(
      (answer) => answer.nonce === wanted && (answer.type === 'ack' || answer.type === 'error'),
      from,
    )
  }

  async say(content: string, more: object = {}): Promise<ServerFrame> {
    return await this.ask({ type: 'message', content, ...more })
  }

  /** The first frame from number `from` on for which `isWanted` holds. */
  async wait(isWanted: (frame: ServerFrame) => boolean, from = 0): Promise<ServerFrame> {
    const signal = AbortSignal.timeout(this.#patienceMs)
    for (;;) {
      const found = this.frames.slice(from).find(isWanted)
      if (found !== undefined) return found
      if (this.closed !== null) throw new TypeError(`closed with ${this.closed.code}`)
      await this.#next(signal)
    }
  }

  async waitClosed(): Promise<{ readonly code: number; readonly reason: string }> {
    const signal = AbortSignal.timeout(this.#patienceMs)
    while (this.closed === null) await this.#next(signal)
    return this.closed
  }

  async close(): Promise<void> {
    if (this.ws.readyState === WebSocket.CLOSED) return
    const closed = once(this.ws, 'close')
    this.ws.close()
    await closed
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }

  async #next(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const onAbort = () => reject(new TypeError('waited too long for a frame'))
      signal.addEventListener('abort', onAbort, { once: true })
      this.#waiting.push(() => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      })
    })
  }
}

/** The messages of a history frame. */
export function messagesOf(frame: ServerFrame): readonly ServerFrame[] {
  const messages: unknown = frame['messages']
  return Array.isArray(messages) ? messages : []
}

function isRecord({ type }: ServerFrame): boolean {
  return type === 'message' || type === 'notice' || type === 'delete'
}
