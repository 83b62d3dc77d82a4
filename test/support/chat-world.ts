import { ChatClient, type ChatEvents } from '../../client/chat-client.ts'
import type { ChatMessage, ChatRecord, ErrorFrame } from '../../client/chat-frames.ts'
import type { ChatSocketEvents, ChatSurroundings } from '../../client/chat-surroundings.ts'

/** The frame that a connection starts with, with nothing in it. */
export const HISTORY = {
  type: 'history',
  channel_id: 'channel_1',
  epoch: 'e1',
  last_seq: 0,
} as const

interface Told {
  readonly record: ChatRecord[]
  readonly replaced: ChatEvents['replaced'][]
  readonly error: ErrorFrame[]
}

/** A client that has begun to connect, what it told, and the world around it. */
export function startChatClient(
  options: { server?: string; random?: number; linesMax?: number } = {},
) {
  const world = new ChatWorld(options.random ?? 0.999)
  const client = new ChatClient({
    server: options.server ?? 'http://chat.test',
    channelId: 'channel_1',
    surroundings: world,
    linesMax: options.linesMax ?? 500,
  })
  const events: Told = { record: [], replaced: [], error: [] }
  client.on('record', (event) => events.record.push(event))
  client.on('replaced', (event) => events.replaced.push(event))
  client.on('error', (event) => events.error.push(event))
  client.open()
  return { client, world, events, shown: () => client.lines.map(({ seq }) => seq) }
}

export function message(seq: number, facts: { nonce?: string; by?: string } = {}): ChatMessage {
  const id = facts.by ?? 'ann'
  return {
    type: 'message',
    id: `m${seq}`,
    seq,
    channel_id: 'channel_1',
    parent_id: null,
    thread_id: null,
    parent: null,
    content: `text ${seq}`,
    user: { id, username: id, display_name: id, roles: [] },
    created_at: '2026-01-01T00:00:00.000Z',
    ...(facts.nonce !== undefined && { nonce: facts.nonce }),
  }
}

/** A world whose clock is turned by hand and whose sockets are played by the test. */
export class ChatWorld implements ChatSurroundings {
  url = ''
  token: string | null = null
  opened = 0
  closed = 0
  readonly sent: { readonly nonce: string; readonly content?: string }[] = []
  events: ChatSocketEvents = { onOpen() {}, onData() {}, onClose() {} }
  readonly #random: number
  readonly #timers = new Map<number, { readonly run: () => void; readonly atMs: number }>()
  #made = 0
  #nowMs = 0

  constructor(random: number) {
    this.#random = random
  }

  get sentNonces(): readonly string[] {
    return this.sent.map(({ nonce }) => nonce)
  }

  get timers(): number {
    return this.#timers.size
  }

  openSocket: ChatSurroundings['openSocket'] = (url, token, events) => {
    this.url = url
    this.token = token
    this.events = events
    this.opened += 1
    return {
      send: (text) => this.sent.push(JSON.parse(text)),
      close: () => {
        this.closed += 1
      },
    }
  }
  random = () => this.#random
  nowMs = () => this.#nowMs
  createNonce = () => {
    this.#made += 1
    return `nonce_${this.#made}`
  }
  setTimer = (run: () => void, afterMs: number) => {
    this.#made += 1
    const id = this.#made
    this.#timers.set(id, { run, atMs: this.#nowMs + afterMs })
    return () => this.#timers.delete(id)
  }

  /** Turns the clock. `refuse`: connections opened on the way break at once. */
  advance(ms: number, sockets: 'accept' | 'refuse' = 'accept'): void {
    const untilMs = this.#nowMs + ms
    for (;;) {
      const [id, next] = [...this.#timers].toSorted(([, a], [, b]) => a.atMs - b.atMs).at(0) ?? [
        0,
        null,
      ]
      if (next === null || next.atMs > untilMs) break
      this.#timers.delete(id)
      this.#nowMs = next.atMs
      const { opened } = this
      next.run()
      if (this.opened > opened) {
        // A connection is looked at before it gives up by itself.
        if (sockets === 'refuse') this.events.onClose(1006)
        return
      }
    }
    this.#nowMs = untilMs
  }

  receive(frame: object): void {
    this.events.onData(JSON.stringify(frame))
  }

  history(facts: {
    messages?: readonly ChatRecord[]
    lastSeq?: number
    recovered?: boolean
    epoch?: string
  }): void {
    const { messages = [], lastSeq = 0, recovered = false, epoch = 'e1' } = facts
    this.receive({ ...HISTORY, epoch, last_seq: lastSeq, recovered, messages })
  }
}
