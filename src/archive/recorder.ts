import { asViblyError, type Clock, type Logger, ViblyError } from '../base/index.ts'
import { encodeFlvHeader, encodeFlvTag, type FlvTag } from '../media/index.ts'
import type { Blobs } from '../ports/index.ts'
import { isHeader, isKeyframe, type LineEnd, RecordedLine } from './recorded-line.ts'
import type { Space } from './space.ts'

export interface RecorderDeps {
  readonly blobs: Blobs
  readonly clock: Clock
  readonly logger: Logger
  /** Recording is the first that a disk without room goes without. [F16] */
  readonly space: Pick<Space, 'level' | 'noteRefusal'>
}

/** Written at the latest when so much waits, or the oldest of it has waited so long. */
const BATCH_BYTES = 256 * 1024
const BATCH_MS = 1000
/** At least so often what is written is on disk, whatever happens to the power. [F19] */
const SYNC_MS = 5000
/** What may wait for a slow disk: beyond it the recording ends, so that the broadcast does not. */
const WAITING_BYTES_MAX = 16 * 1024 * 1024
const NOTHING: Promise<void> = Promise.resolve()

/** A place in the recording: what stands before it. */
interface Mark {
  readonly isBegun: boolean
  readonly end: LineEnd | null
  readonly headers: ReadonlyMap<FlvTag['kind'], Uint8Array>
}

const NOTHING_STORED: Mark = { isBegun: false, end: null, headers: new Map() }

/** Where a server's life writes down what it is sent: `recording.flv`, `recording-1.flv`, ... */
export function recordingSource(folder: string, index: number): string {
  return `${folder}/recording${index === 0 ? '' : `-${index}`}.flv`
}

/** Those among the keys of one folder that `recordingSource` made, in the order of their making. */
export function recordingSources(keys: readonly string[]): readonly string[] {
  const indexOf = (key: string) => /\/recording(?:-(\d+))?\.flv$/.exec(key)
  return keys
    .filter((key) => indexOf(key) !== null)
    .toSorted((a, b) => Number(indexOf(a)?.[1] ?? 0) - Number(indexOf(b)?.[1] ?? 0))
}

/**
 * Writes down what a broadcast's FFmpegs are fed, bit by bit as it was sent, in one FLV that can be
 * read up to its last whole tag wherever a crash cuts it. Connections follow each other without a
 * hole. Each life of the server has an FLV of its own, as a torn tag is nothing to go on from. [F19]
 *
 * Live goes first. While the disk has no room the recording pauses, and goes on with the next key frame
 * that finds some, right behind what there is. [F16] A recorder that cannot write for any other reason
 * gives up, is logged, and takes nothing more. It keeps what it has.
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
  /** The headers that are written, or about to be. */
  #headers = new Map<FlvTag['kind'], Uint8Array>()
  /** The headers of what comes now. */
  readonly #newest = new Map<FlvTag['kind'], FlvTag>()
  #isPaused = false
  /** Where all that is stored ends; there it goes on when a write was refused. */
  #stored: Mark = NOTHING_STORED
  readonly #line = new RecordedLine()

  /** Nothing is written to `key` before the first tag. */
  constructor(key: string, deps: RecorderDeps) {
    this.#deps = deps
    this.#key = key
    this.#syncedMs = deps.clock.monotonicMs()
  }

  /** Why nothing more is recorded, in words for the owner; null while all is well. */
  get failure(): ViblyError | null {
    return this.#failure
  }

  /** Whether nothing is recorded for want of room. */
  get isPaused(): boolean {
    return this.#isPaused
  }

  /** What comes now has a line of time of its own, and is put behind what there is. */
  startConnection(): void {
    this.#line.startPiece()
  }

  /** Takes what an FFmpeg is fed, media once; headers that are no news are passed over. Never waits. */
  take(tags: readonly FlvTag[]): void {
    for (const tag of tags) {
      if (this.#failure !== null) return
      if (isHeader(tag)) this.#newest.set(tag.kind, tag)
      if (this.#mayTake(tag) && (!isHeader(tag) || this.#isNews(tag))) this.#push(tag)
    }
    if (this.#isDue()) this.#write()
  }

  /** Resolves when all that was taken is stored, or cannot be. */
  async flush(): Promise<void> {
    await this.#writing
    this.#write()
    await this.#writing
  }

  /** A pause ends with a picture that needs none before it. */
  #mayTake(tag: FlvTag): boolean {
    const hasRoom = this.#deps.space.level === 'enough'
    if (!this.#isPaused) {
      if (hasRoom) return true
      this.#pause(new ViblyError('live.disk-low'))
      return false
    }
    if (!hasRoom || isHeader(tag) || !(isKeyframe(tag) || !this.#newest.has('video'))) return false
    this.#isPaused = false
    this.startConnection()
    for (const header of this.#newest.values()) if (this.#isNews(header)) this.#push(header)
    this.#deps.logger.info('the recording goes on')
    return true
  }

  /** What waits is still written: it was taken while there was room. */
  #pause(reason: ViblyError): void {
    this.#isPaused = true
    this.#deps.logger.warn('the recording pauses, the broadcast goes on', {
      code: reason.code,
      reason: reason.message,
    })
  }

  #isNews(header: FlvTag): boolean {
    const before = this.#headers.get(header.kind)
    if (before !== undefined && Buffer.compare(before, header.payload) === 0) return false
    this.#headers.set(header.kind, header.payload)
    return true
  }

  #push(tag: FlvTag): void {
    if (this.#waiting.length === 0) this.#waitingSinceMs = this.#deps.clock.monotonicMs()
    if (!this.#isBegun) {
      // Which tracks there will be is not known: both are announced, neither is relied on.
      this.#waiting.push(encodeFlvHeader({ hasVideo: true, hasAudio: true }))
      this.#isBegun = true
    }
    const bytes = encodeFlvTag({ ...tag, timestampMs: this.#line.place(tag) })
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
    this.#writing = this.#append(bytes, this.#mark())
  }

  /** Never rejects: a failure is the recorder's end, not the broadcast's. */
  async #append(bytes: Uint8Array, mark: Mark): Promise<void> {
    const nowMs = this.#deps.clock.monotonicMs()
    const isToSync = nowMs - this.#syncedMs >= SYNC_MS - BATCH_MS
    if (isToSync) this.#syncedMs = nowMs
    try {
      await this.#deps.blobs.append(this.#key, bytes, isToSync ? 'durable' : 'as-opened')
      this.#stored = mark
    } catch (thrown) {
      const reason = asViblyError(thrown)
      if (reason.code === 'blobs.full') this.#fallBack(reason)
      else this.#fail(reason)
    } finally {
      this.#isWriting = false
    }
  }

  /** Nothing of the write is in the file: what was taken since the one before is lost. */
  #fallBack(reason: ViblyError): void {
    this.#deps.space.noteRefusal()
    this.#waiting = []
    this.#waitingBytes = 0
    const { isBegun, end, headers } = this.#stored
    this.#isBegun = isBegun
    this.#line.endAt(end)
    this.#headers = new Map(headers)
    if (!this.#isPaused) this.#pause(reason)
  }

  #mark(): Mark {
    return { isBegun: this.#isBegun, end: this.#line.end, headers: new Map(this.#headers) }
  }

  #fail(reason: ViblyError): void {
    if (this.#failure !== null) return
    this.#failure = reason
    this.#waiting = []
    this.#waitingBytes = 0
    this.#deps.logger.error('the recording stops here, the broadcast goes on', reason)
  }
}
