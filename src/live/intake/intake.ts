import { type Clock, pause, TokenBucket, ViblyError } from '../../base/index.ts'
import type { MediaMessage } from '../../rtmp/index.ts'

/** A message of a publisher, with the time at which it came in, monotonic ms. */
export interface Arrived extends MediaMessage {
  readonly arrivedMs: number
}

export interface IntakeOptions {
  /** No media for so long: the connection counts as lost. */
  readonly idleMsMax: number
  /** The pipeline took nothing for so long: the broadcast gives up on itself. */
  readonly stallMsMax: number
  /** Averaged over 10 s. */
  readonly ingestKbpsMax: number
}

/** How a publisher's connection ended: by the streamer's stop, or by anything else. */
export type IntakeEnding = 'stopped' | 'lost'

/**
 * What a message takes beside its payload, counted everywhere: a flood of small ones is not free.
 */
export const OVERHEAD_BYTES = 128
/** What may wait between socket and pipeline; beyond it the socket is no longer read. */
const QUEUE_BYTES_MAX = 4 * 1024 * 1024
const CHECK_INTERVAL_MS = 1000
/** So late a check tells of a machine that was suspended, not of an encoder. */
const STANDSTILL_MS_MIN = 1000
const RATE_WINDOW_S = 10

/**
 * One publisher's connection as the live pipeline sees it: the server writes messages in, the
 * broadcast takes them out. The server stops reading its socket while `write` asks it to wait, and
 * so TCP slows the encoder down: nothing is dropped and nothing grows. [R27]
 */
export class Intake {
  readonly #clock: Clock
  readonly #options: IntakeOptions
  readonly #over = new AbortController()
  /** Aborted when the publisher is gone, however that was. */
  readonly #gone = new AbortController()
  readonly #rate: TokenBucket
  #queue: Arrived[] = []
  #queuedBytes = 0
  #lastMediaMs: number
  readonly #lastArrivedMs: Record<MediaMessage['kind'], number>
  #ending: IntakeEnding | null = null
  #heldBackSinceMs: number | null = null
  #wakeReader: (() => void) | null = null
  #room: { readonly promise: Promise<void>; readonly resolve: () => void } | null = null

  constructor(clock: Clock, options: IntakeOptions) {
    this.#clock = clock
    this.#options = options
    const nowMs = clock.monotonicMs()
    this.#lastMediaMs = nowMs
    this.#lastArrivedMs = { video: nowMs, audio: nowMs, data: nowMs }
    const bytesPerSecond = options.ingestKbpsMax * 125
    this.#rate = new TokenBucket(
      { perSecond: bytesPerSecond, burst: bytesPerSecond * RATE_WINDOW_S },
      nowMs,
    )
  }

  /** Aborted when the live side ends the connection; `reason` is the ViblyError for the encoder. */
  get signal(): AbortSignal {
    return this.#over.signal
  }

  /** null while the publisher is there. */
  get ending(): IntakeEnding | null {
    return this.#ending
  }

  /**
   * When the last message of its kind came in, monotonic ms; before the first, when this was made.
   */
  lastArrivedMs(kind: MediaMessage['kind']): number {
    return this.#lastArrivedMs[kind]
  }

  /**
   * Takes a message; the bytes now belong to the pipeline. null: go on. A promise: read no more
   * until it resolves.
   */
  write(message: MediaMessage): Promise<void> | null {
    if (this.#ending !== null) return null
    const nowMs = this.#clock.monotonicMs()
    this.#lastArrivedMs[message.kind] = nowMs
    if (message.kind !== 'data') this.#lastMediaMs = nowMs
    const bytes = message.payload.byteLength + OVERHEAD_BYTES
    if (this.#rate.take(bytes, nowMs) > 0) {
      this.cut(new ViblyError('live.bit-rate-too-high', { kbpsMax: this.#options.ingestKbpsMax }))
      return null
    }
    const { kind, timestampMs, payload } = message
    this.#queue.push({ kind, timestampMs, payload, arrivedMs: nowMs })
    this.#queuedBytes += bytes
    this.#wake()
    if (this.#queuedBytes <= QUEUE_BYTES_MAX) return null
    this.#heldBackSinceMs ??= nowMs
    this.#room ??= Promise.withResolvers<void>()
    return this.#room.promise
  }

  /** The publisher is gone. What it sent before is still handed out. */
  end(how: IntakeEnding): void {
    if (this.#ending !== null) return
    this.#ending = how
    this.#gone.abort()
    this.#wake()
    this.#makeRoom()
  }

  /** Ends the connection from this side; the encoder is told the reason. */
  cut(reason: ViblyError): void {
    this.end('lost')
    if (!this.#over.signal.aborted) this.#over.abort(reason)
  }

  /**
   * All that has arrived, batch by batch, until the publisher is gone and everything is out. One
   * reader only; a batch is emptied when the next is asked for.
   */
  async *batches(): AsyncGenerator<readonly Arrived[], void, undefined> {
    for (;;) {
      if (this.#queue.length > 0) {
        const batch = this.#queue
        this.#queue = []
        this.#queuedBytes = 0
        this.#makeRoom()
        yield batch
        // While the reader waits, its loop still holds the batch: nothing of it is to live so long.
        batch.length = 0
      } else if (this.#ending !== null) {
        return
      } else {
        await new Promise<void>((resolve) => {
          this.#wakeReader = resolve
        })
      }
    }
  }

  /**
   * Cuts a publisher that fell silent [R28] or that the pipeline cannot keep up with [R27].
   * Resolves as soon as it is gone: whoever takes over is waiting.
   */
  async watch(): Promise<void> {
    const { signal } = this.#gone
    let dueMs = this.#clock.monotonicMs() + CHECK_INTERVAL_MS
    while (await pause(this.#clock, CHECK_INTERVAL_MS, signal)) {
      const nowMs = this.#clock.monotonicMs()
      if (nowMs - dueMs > STANDSTILL_MS_MIN) this.#startWaits(nowMs)
      dueMs = nowMs + CHECK_INTERVAL_MS
      const { idleMsMax, stallMsMax } = this.#options
      if (this.#heldBackSinceMs !== null) {
        if (nowMs - this.#heldBackSinceMs > stallMsMax) {
          this.cut(new ViblyError('live.stalled', { stallMsMax }))
        }
      } else if (nowMs - this.#lastMediaMs > idleMsMax) {
        this.cut(new ViblyError('live.publisher-idle', { idleMsMax }))
      }
    }
  }

  /** It was this process that stood still: what came meanwhile is yet to be read. [X26] */
  #startWaits(nowMs: number): void {
    this.#lastMediaMs = nowMs
    if (this.#heldBackSinceMs !== null) this.#heldBackSinceMs = nowMs
  }

  /**
   * Once for each wait: there is a call for each message, and to resolve again costs time as well.
   */
  #wake(): void {
    const wake = this.#wakeReader
    this.#wakeReader = null
    wake?.()
  }

  #makeRoom(): void {
    if (this.#heldBackSinceMs !== null) this.#lastMediaMs = this.#clock.monotonicMs()
    this.#heldBackSinceMs = null
    this.#room?.resolve()
    this.#room = null
  }
}
