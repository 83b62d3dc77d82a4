import type { AckFrame, ErrorFrame } from './chat-frames.ts'

/**
 * Why something that was asked for did not happen: the server's code and sentence, or `client.*`.
 */
export class ChatError extends Error {
  readonly code: string
  /** ms after which it may be tried again; null: waiting does not help. */
  readonly retryAfterMs: number | null

  constructor(code: string, message: string, retryAfterMs: number | null = null) {
    super(message)
    this.name = 'ChatError'
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}

/** Where a message was stored; null for a command that stores none. */
export type ChatReceipt = { readonly id: string; readonly seq: number } | null

interface Waiting {
  readonly text: string
  /** The server keeps nonces of messages: sent again, they are not said again. */
  readonly isRepeatable: boolean
  readonly atMs: number
  readonly resolve: (receipt: ChatReceipt) => void
  readonly reject: (error: ChatError) => void
  sentMs: number | null
}

const WAITING_MAX = 20
/**
 * The server knows a nonce for 5 minutes; a message is not sent again when it may have forgotten.
 */
const REPEAT_MS_MAX = 4 * 60_000
/** A server that is there answers sooner, so the connection is taken for dead. */
const ACK_MS_MAX = 15_000

const UNCONFIRMED = 'The connection was lost: this may not have arrived.'

/** What was sent and has not been answered, in order. Does no I/O. */
export class ChatOutbox {
  readonly #waiting = new Map<string, Waiting>()

  /** @returns what to wait for; rejects with ChatError `client.too-many` when 20 wait already */
  add(nonce: string, frame: { readonly type: string }, nowMs: number): Promise<ChatReceipt> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.size >= WAITING_MAX) {
        reject(new ChatError('client.too-many', 'Too much waits to be sent.'))
        return
      }
      const text = JSON.stringify({ ...frame, nonce })
      const isRepeatable = frame.type === 'message'
      this.#waiting.set(nonce, { text, isRepeatable, atMs: nowMs, resolve, reject, sentMs: null })
    })
  }

  /** Sends what has not been sent on this connection. */
  flush(send: (text: string) => void, nowMs: number): void {
    for (const waiting of this.#waiting.values()) {
      if (waiting.sentMs !== null) continue
      waiting.sentMs = nowMs
      send(waiting.text)
    }
  }

  /** The connection is gone: messages wait for the next, unless they are too old for it. */
  unsend(nowMs: number): void {
    for (const [nonce, waiting] of this.#waiting) {
      const isLate = nowMs - waiting.atMs > REPEAT_MS_MAX
      const isLost = waiting.sentMs !== null && !waiting.isRepeatable
      waiting.sentMs = null
      if (isLate || isLost) this.#reject(nonce, new ChatError('client.unconfirmed', UNCONFIRMED))
    }
  }

  /** Whether an answer is overdue. */
  isOverdue(nowMs: number): boolean {
    return [...this.#waiting.values()].some(
      ({ sentMs }) => sentMs !== null && nowMs - sentMs > ACK_MS_MAX,
    )
  }

  takeAck({ nonce, id, seq }: AckFrame): void {
    this.confirm(nonce, id === undefined || seq === undefined ? null : { id, seq })
  }

  /** A record with this nonce was seen: it was said, whether its acknowledgement came or not. */
  confirm(nonce: string | null | undefined, receipt: ChatReceipt): void {
    if (nonce === null || nonce === undefined) return
    this.#waiting.get(nonce)?.resolve(receipt)
    this.#waiting.delete(nonce)
  }

  /** @returns false when the error is of none of these */
  takeError({ nonce, code, message, retry_after_ms }: ErrorFrame): boolean {
    if (nonce === undefined || !this.#waiting.has(nonce)) return false
    this.#reject(nonce, new ChatError(code, message, retry_after_ms ?? null))
    return true
  }

  /** Nothing more will be sent. */
  rejectAll(code: string, message: string): void {
    for (const nonce of [...this.#waiting.keys()]) this.#reject(nonce, new ChatError(code, message))
  }

  #reject(nonce: string, error: ChatError): void {
    const waiting = this.#waiting.get(nonce)
    this.#waiting.delete(nonce)
    waiting?.reject(error)
  }
}
