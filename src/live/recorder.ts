import { asViblyError, ByteReader, type Clock, type Logger, ViblyError } from '../base/index.ts'
import { encodeFlvHeader, encodeFlvTag, type FlvTag } from '../media/index.ts'
import type { Blobs } from '../ports/index.ts'

export interface RecorderDeps {
  readonly blobs: Blobs
  readonly clock: Clock
  readonly logger: Logger
}

/** Written at the latest when so much waits, or the oldest of it has waited so long. */
const BATCH_BYTES = 256 * 1024
const BATCH_MS = 1000
/** At least so often what is written is on disk, whatever happens to the power. [F19] */
const SYNC_MS = 5000
/** What may wait for a slow disk: beyond it the recording ends, so that the broadcast does not. */
const WAITING_BYTES_MAX = 16 * 1024 * 1024
/** The last picture or sound before a break counts this long, until a real step is known; ms. */
const STEP_MS_FIRST = 33
const STEP_MS_MAX = 100
/** What stands before the NAL units: type, packet type, composition time (FLV 10.1 §E.4.3.1). */
export const VIDEO_HEADER_BYTES = 5
const NOTHING: Promise<void> = Promise.resolve()

/** The FLV that grows while the broadcast of this folder is live. */
export function recordingSource(folder: string): string {
  return `${folder}/recording.flv`
}

/**
 * Writes down what a broadcast's FFmpegs are fed, bit by bit as it was sent, in one FLV that can be
 * read up to its last whole tag wherever a crash cuts it. Connections follow each other without a
 * hole, so that the recording is as long as what was sent. [F19]
 *
 * Live goes first: a recorder that cannot write gives up, is logged, and takes nothing more. It keeps
 * what it has.
 */
export class Recorder {
  readonly #deps: RecorderDeps
  readonly #key: string
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #waitingSinceMs = 0
  #isBegun = false
  #writing: Promise<void> = NOTHING
  #isWriting = false
  #syncedMs: number
  #failure: ViblyError | null = null
  /** What was written: an FFmpeg that replaces one is fed the same tags again. */
  readonly #taken = new WeakSet<FlvTag>()
  readonly #headers = new Map<FlvTag['kind'], Uint8Array>()
  /** Recording's time minus the connection's; null until the connection's first tag. */
  #shiftMs: number | null = null
  /** Where the next connection begins, and from when on its first picture may be shown. */
  #endMs = 0
  #shownEndMs = 0
  readonly #lastMs = new Map<FlvTag['kind'], number>()

  /** `folder` is the broadcast's, among the blobs. Nothing is written before the first tag. */
  constructor(folder: string, deps: RecorderDeps) {
    this.#deps = deps
    this.#key = recordingSource(folder)
    this.#syncedMs = deps.clock.monotonicMs()
  }

  /** Why nothing more is recorded, in words for the owner; null while all is well. */
  get failure(): ViblyError | null {
    return this.#failure
  }

  /** What comes now has a line of time of its own, and is put behind what there is. */
  startConnection(): void {
    this.#shiftMs = null
    this.#lastMs.clear()
  }

  /** Takes what an FFmpeg is fed: what it has taken before, it passes over. Never waits. */
  take(tags: readonly FlvTag[]): void {
    for (const tag of tags) {
      if (this.#failure !== null) return
      if (isHeader(tag)) this.#takeHeader(tag)
      else if (!this.#taken.has(tag)) this.#takeMedia(tag)
    }
    if (this.#isDue()) this.#write()
  }

  /** Resolves when all that was taken is stored, or cannot be. */
  async flush(): Promise<void> {
    await this.#writing
    this.#write()
    await this.#writing
  }

  #takeHeader(tag: FlvTag): void {
    const before = this.#headers.get(tag.kind)
    if (before !== undefined && Buffer.compare(before, tag.payload) === 0) return
    this.#headers.set(tag.kind, tag.payload)
    this.#push(tag, this.#shiftMs === null ? this.#endMs : this.#place(tag))
  }

  #takeMedia(tag: FlvTag): void {
    this.#taken.add(tag)
    const delayMs = compositionMs(tag)
    // A break may leave out the pictures that are shown before the last one that came.
    const startMs = Math.max(this.#endMs, this.#shownEndMs - delayMs)
    this.#shiftMs ??= startMs - tag.timestampMs
    const timestampMs = this.#place(tag)
    const stepMs = timestampMs - (this.#lastMs.get(tag.kind) ?? timestampMs)
    const shownMs = stepMs > 0 && stepMs <= STEP_MS_MAX ? stepMs : STEP_MS_FIRST
    this.#lastMs.set(tag.kind, timestampMs)
    this.#endMs = Math.max(this.#endMs, timestampMs + shownMs)
    this.#shownEndMs = Math.max(this.#shownEndMs, timestampMs + delayMs + shownMs)
    this.#push(tag, timestampMs)
  }

  #place(tag: FlvTag): number {
    return Math.max(0, tag.timestampMs + (this.#shiftMs ?? 0))
  }

  #push(tag: FlvTag, timestampMs: number): void {
    if (this.#waiting.length === 0) this.#waitingSinceMs = this.#deps.clock.monotonicMs()
    if (!this.#isBegun) {
      // Which tracks there will be is not known: both are announced, neither is relied on.
      this.#waiting.push(encodeFlvHeader({ hasVideo: true, hasAudio: true }))
      this.#isBegun = true
    }
    const bytes = encodeFlvTag({ ...tag, timestampMs })
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.byteLength
    if (this.#waitingBytes > WAITING_BYTES_MAX) {
      this.#fail(new ViblyError('live.recording-too-slow', { bytesMax: WAITING_BYTES_MAX }))
    }
  }

  #isDue(): boolean {
    if (this.#isWriting || this.#waiting.length === 0) return false
    const waitedMs = this.#deps.clock.monotonicMs() - this.#waitingSinceMs
    return this.#waitingBytes >= BATCH_BYTES || waitedMs >= BATCH_MS
  }

  #write(): void {
    if (this.#waiting.length === 0 || this.#isWriting) return
    const bytes = Buffer.concat(this.#waiting)
    this.#waiting = []
    this.#waitingBytes = 0
    this.#isWriting = true
    this.#writing = this.#append(bytes)
  }

  /** Never rejects: a failure is the recorder's end, not the broadcast's. */
  async #append(bytes: Uint8Array): Promise<void> {
    const nowMs = this.#deps.clock.monotonicMs()
    const isToSync = nowMs - this.#syncedMs >= SYNC_MS - BATCH_MS
    if (isToSync) this.#syncedMs = nowMs
    try {
      await this.#deps.blobs.append(this.#key, bytes, isToSync ? 'durable' : 'as-opened')
    } catch (thrown) {
      this.#fail(asViblyError(thrown))
    } finally {
      this.#isWriting = false
    }
  }

  #fail(reason: ViblyError): void {
    if (this.#failure !== null) return
    this.#failure = reason
    this.#waiting = []
    this.#waitingBytes = 0
    this.#deps.logger.error('the recording stops here, the broadcast goes on', reason)
  }
}

/** How much later than decoded a picture is shown, ms; 0 for sound (FLV 10.1 §E.4.3.1). */
export function compositionMs(tag: FlvTag): number {
  if (tag.kind !== 'video' || tag.payload.byteLength < VIDEO_HEADER_BYTES) return 0
  return new ByteReader(tag.payload.subarray(2)).i24()
}

/** AVCPacketType and AACPacketType 0: a sequence header (FLV 10.1 §E.4.2.1, §E.4.3.1). */
export function isHeader(tag: FlvTag): boolean {
  return tag.payload[1] === 0
}
