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
/**
 * What may wait for a slow disk: beyond it the recording pauses, so that the broadcast does not.
 */
const WAITING_BYTES_MAX = 16 * 1024 * 1024
/** After a fault of the disk; twice as long after each further one, until something is stored. */
const RETRY_MS_MIN = 5000
const RETRY_MS_MAX = 60_000
const TOO_SLOW = 'live.recording-too-slow'
const NOTHING: Promise<void> = Promise.resolve()

/** A place in the recording: what stands before it. */
interface Mark {
  readonly isBegun: boolean
  readonly end: LineEnd | null
  readonly headers: ReadonlyMap<FlvTag['kind'], Uint8Array>
}

const NOTHING_STORED: Mark = { isBegun: false, end: null, headers: new Map() }

/** Where it is written down: `recording.flv`, `recording-1.flv`, ... */
function recordingSource(folder: string, index: number): string {
  return `${folder}/recording${index === 0 ? '' : `-${index}`}.flv`
}

/** Those among the keys of one folder that a recorder made, in the order of their making. */
export function recordingSources(keys: readonly string[]): readonly string[] {
  return keys
    .filter((key) => indexOf(key) !== null)
    .toSorted((a, b) => (indexOf(a) ?? 0) - (indexOf(b) ?? 0))
}

/** Of the file that none of these keys of one folder names yet. */
export function nextRecordingIndex(keys: readonly string[]): number {
  return Math.max(-1, ...keys.map((key) => indexOf(key) ?? -1)) + 1
}

/** null: it is no such file. */
function indexOf(key: string): number | null {
  const found = /\/recording(?:-(\d+))?\.flv$/.exec(key)
  return found === null ? null : Number(found[1] ?? 0)
}

/**
 * Writes down what a broadcast's FFmpegs are fed, bit by bit as it was sent, in one FLV that can be
 * read up to its last whole tag wherever a crash cuts it. Connections follow each other without a
 * hole. Each life of the server has an FLV of its own, as a torn tag is nothing to go on from.
 * [F19]
 *
 * Live goes first. While the disk has no room the recording pauses, and goes on with the next key
 * frame that finds some, right behind what there is. [F16] After any other fault of the disk nobody
 * knows what is in the file, so it goes on a while later in a file of its own; so it does when a
 * disk that was too slow has caught up.
 */
export class Recorder {
  readonly #deps: RecorderDeps
  readonly #folder: string
  /** Of the file that is written. */
  #index: number
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #waitingSinceMs = 0
  #isBegun = false
  #writing: Promise<void> = NOTHING
  #isWriting = false
  #syncedMs: number
  #failure: ViblyError | null = null
  /** Not tried again before, monotonic ms. */
  #retryAtMs = Number.NEGATIVE_INFINITY
  #retryMs = RETRY_MS_MIN
  /** The headers that are written, or about to be. */
  #headers = new Map<FlvTag['kind'], Uint8Array>()
  /** The headers of what comes now. */
  readonly #newest = new Map<FlvTag['kind'], FlvTag>()
  #isPaused = false
  /** Where all that is stored ends; there it goes on when a write was refused. */
  #stored: Mark = NOTHING_STORED
  #line = new RecordedLine()

  /** `index`: of its first file in `folder`, which is not made before the first tag. */
  constructor(place: { readonly folder: string; readonly index: number }, deps: RecorderDeps) {
    this.#deps = deps
    this.#folder = place.folder
    this.#index = place.index
    this.#syncedMs = deps.clock.monotonicMs()
  }

  /**
   * Why nothing is recorded, in words for the owner; null while all is well, or there is no room.
   */
  get failure(): ViblyError | null {
    return this.#failure
  }

  /** Whether nothing is recorded for want of room. */
  get isPaused(): boolean {
    return this.#isPaused && this.#failure === null
  }

  /** What comes now has a line of time of its own, and is put behind what there is. */
  startConnection(): void {
    this.#line.startPiece()
  }

  /**
   * Takes what an FFmpeg is fed, media once; headers that are no news are passed over. Never waits.
   */
  take(tags: readonly FlvTag[]): void {
    for (const tag of tags) {
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
    if (!hasRoom || this.#deps.clock.monotonicMs() < this.#retryAtMs) return false
    if (isHeader(tag) || !(isKeyframe(tag) || !this.#newest.has('video'))) return false
    this.#isPaused = false
    this.#failure = null
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
      this.#waitForDisk()
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
      const key = recordingSource(this.#folder, this.#index)
      await this.#deps.blobs.append(key, bytes, isToSync ? 'durable' : 'as-opened')
      this.#stored = mark
      if (isToSync) this.#retryMs = RETRY_MS_MIN
    } catch (thrown) {
      const reason = asViblyError(thrown)
      if (reason.code === 'blobs.full') this.#fallBack(reason)
      else if (reason.code === 'blobs.unwritable') this.#startAnew(reason)
      else this.#fail(reason)
    } finally {
      this.#isWriting = false
    }
    if (this.#failure?.code === TOO_SLOW) this.#startAnew(this.#failure)
  }

  /** Nothing of the write is in the file: what was taken since the one before is lost. */
  #fallBack(reason: ViblyError): void {
    this.#deps.space.noteRefusal()
    this.#forgetWaiting()
    const { isBegun, end, headers } = this.#stored
    this.#isBegun = isBegun
    this.#line.endAt(end)
    this.#headers = new Map(headers)
    if (!this.#isPaused) this.#pause(reason)
  }

  /** What is in the file is not known: what comes later goes into the next. */
  #startAnew(reason: ViblyError): void {
    this.#forgetWaiting()
    this.#index += 1
    this.#isBegun = false
    this.#line = new RecordedLine()
    this.#headers = new Map()
    this.#stored = NOTHING_STORED
    this.#failure = reason
    this.#retryAtMs = this.#deps.clock.monotonicMs() + this.#retryMs
    this.#retryMs = Math.min(2 * this.#retryMs, RETRY_MS_MAX)
    if (!this.#isPaused) this.#pause(reason)
  }

  /** What it was given last must be stored before it is given more. */
  #waitForDisk(): void {
    const reason = new ViblyError(TOO_SLOW, { bytesMax: WAITING_BYTES_MAX })
    this.#forgetWaiting()
    this.#failure = reason
    this.#retryAtMs = Number.POSITIVE_INFINITY
    this.#pause(reason)
  }

  #mark(): Mark {
    return { isBegun: this.#isBegun, end: this.#line.end, headers: new Map(this.#headers) }
  }

  /** For good. */
  #fail(reason: ViblyError): void {
    this.#retryAtMs = Number.POSITIVE_INFINITY
    this.#isPaused = true
    this.#failure = reason
    this.#forgetWaiting()
    this.#deps.logger.error('the recording stops here, the broadcast goes on', reason)
  }

  #forgetWaiting(): void {
    this.#waiting = []
    this.#waitingBytes = 0
  }
}
