import type { ChannelId } from '../../base/index.ts'
import type { Log } from '../../ports/index.ts'
import {
  decodeLine,
  encodeTextFrame,
  type Line,
  type Since,
  seqOfId,
  timeOf,
  Visibility,
} from '../messages/index.ts'

export interface HistoryOptions {
  /** Messages in a history without a position. */
  readonly messagesShown: number
  /** Records kept in memory per channel; older ones are read from the log. */
  readonly entriesInMemoryMax: number
  /**
   * More missed records than this are not recovered: the client begins anew with the last messages.
   */
  readonly resumeEntriesMax: number
  /** So far back pages can be asked for. */
  readonly depthEntriesMax: number
}

/** Frames kept ready for the positions from which most clients join at the same time. */
const FRAMES_READY_MAX = 64
const READ_COUNT = 1000
/** Reads for one page of a thread. */
const THREAD_READS_MAX = 5

/**
 * What was said in one channel: its tail in memory, everything else in the log, and what of it may
 * be shown. One file read serves ten thousand joins.
 */
export class History {
  readonly visibility = new Visibility()
  readonly #channelId: ChannelId
  readonly #epoch: string
  readonly #log: Log
  readonly #options: HistoryOptions
  #tail: Line[] = []
  /** Every record after this number is in memory. */
  #memoryFrom: number
  /** Every deletion after this number has been learned. */
  #learnedFrom: number
  /** All records before this number are older than may be asked for. */
  #readDownTo = 0
  readonly #frames = new Map<string, Uint8Array>()
  #framesSeq = -1
  #learning: Promise<void> = Promise.resolve()

  constructor(
    channelId: ChannelId,
    epoch: string,
    lastSeq: number,
    log: Log,
    options: HistoryOptions,
  ) {
    this.#channelId = channelId
    this.#epoch = epoch
    this.#log = log
    this.#options = options
    this.#learnedFrom = lastSeq + 1
    this.#memoryFrom = lastSeq
  }

  /** Reads the tail from the log, from before `lastSeq`. Done once, before anything is asked. */
  async load(lastSeq: number): Promise<void> {
    const { entriesInMemoryMax } = this.#options
    const entries = await this.#log.read(
      this.#channelId,
      { before: lastSeq + 1 },
      entriesInMemoryMax,
    )
    const loaded = entries.map(decodeLine).filter((line) => line !== null)
    for (const line of loaded) this.visibility.learn(line)
    this.#tail = [...loaded, ...this.#tail]
    const first = entries[0]
    const isAll = first === undefined || entries.length < entriesInMemoryMax
    this.#learnedFrom = isAll ? 0 : first.seq
    this.#memoryFrom = isAll ? 0 : first.seq - 1
  }

  /** The records in memory, oldest first. */
  get tail(): readonly Line[] {
    return this.#tail
  }

  /** Adds what was stored just now. */
  add(line: Line): void {
    this.#tail.push(line)
    this.visibility.learn(line)
    // In lots, since shortening an array moves all of it.
    const excess = this.#tail.length - this.#options.entriesInMemoryMax
    if (excess <= this.#options.entriesInMemoryMax / 4) return
    this.#memoryFrom = this.#tail[excess - 1]?.seq ?? this.#memoryFrom
    this.#tail = this.#tail.slice(excess)
  }

  /** The `history` frame of a join; null when the log must be read first, see `prepare`. */
  frame(since: Since | null, publishedSeq: number): Uint8Array | null {
    if (this.#framesSeq !== publishedSeq) this.#frames.clear()
    this.#framesSeq = publishedSeq
    const isKnown = since !== null && since.epoch === this.#epoch && since.seq <= publishedSeq
    const key = isKnown ? String(since.seq) : ''
    const ready = this.#frames.get(key)
    if (ready !== undefined) return ready
    if (isKnown && since.seq < this.#memoryFrom) return null
    const frame = isKnown
      ? this.#missedFrame(since.seq, [], publishedSeq)
      : this.#lastFrame(publishedSeq)
    if (this.#frames.size < FRAMES_READY_MAX) this.#frames.set(key, frame)
    return frame
  }

  /**
   * As `frame`, for a position older than memory: reads what was missed, then calls `join` with the
   * frame in the same turn in which it was made.
   *
   * @param publishedSeq asked at that moment
   */
  async prepare(
    since: Since,
    publishedSeq: () => number,
    join: (frame: Uint8Array) => void,
  ): Promise<void> {
    const countMax = this.#options.resumeEntriesMax + 1
    const entries = await this.#log.read(this.#channelId, { after: since.seq }, countMax)
    const older = entries.map(decodeLine).filter((line) => line !== null)
    for (const line of older) this.visibility.learn(line)
    // The read reached the records in memory, so nothing is missing between the two.
    const isJoined = (entries.at(-1)?.seq ?? 0) >= this.#memoryFrom
    const isAll = isJoined && entries.length < countMax
    join(
      isAll ? this.#missedFrame(since.seq, older, publishedSeq()) : this.#lastFrame(publishedSeq()),
    )
  }

  /** Up to `countMax` shown messages before a number, oldest first, each as JSON bytes. */
  async page(before: number, countMax: number): Promise<readonly Uint8Array[]> {
    const pieces: Uint8Array[][] = []
    let count = 0
    let cursor = before
    while (count < countMax) {
      const entries = await this.#log.read(this.#channelId, { before: cursor }, countMax + 50)
      const first = entries[0]
      if (first === undefined) break
      await this.#learnFrom(first.seq)
      if (first.seq < this.#readDownTo) break
      const shown = entries.flatMap((entry) => this.#shownMessage(decodeLine(entry)))
      pieces.push(shown)
      count += shown.length
      cursor = first.seq
    }
    return pieces.reverse().flat().slice(-countMax)
  }

  /**
   * Up to `countMax` shown messages after a number, oldest first, each as JSON bytes, and the
   * number up to which they go: where to go on. No more: that number is null. For who reads all
   * there is, so it looks at every deletion first, however far back.
   */
  async pageAfter(after: number, countMax: number): Promise<Page> {
    await this.#learnFrom(after + 1, Number.POSITIVE_INFINITY)
    const entries = await this.#log.read(this.#channelId, { after }, countMax)
    const lines = entries.map(decodeLine).filter((line) => line !== null)
    const shown = lines.flatMap((line) => {
      const [bytes] = this.#shownMessage(line)
      return bytes === undefined ? [] : [{ bytes, atMs: timeOf(line) }]
    })
    const last = entries.at(-1)
    return { shown, nextAfter: last === undefined ? null : last.seq }
  }

  /**
   * The number of the last record that is older than a time, ms since 1970; 0 when none is. Found
   * by halving, since numbers and times rise together.
   *
   * @param lastSeq the number of the last record there is
   */
  async seqBefore(timeMs: number, lastSeq: number): Promise<number> {
    let low = 0
    let high = lastSeq
    while (low < high) {
      const middle = low + Math.trunc((high - low) / 2)
      const [entry] = await this.#log.read(this.#channelId, { after: middle }, 1)
      const line = entry === undefined ? null : decodeLine(entry)
      // One that cannot be read says nothing of its time; going on earlier misses none.
      if (entry === undefined || line === null || timeOf(line) >= timeMs) high = middle
      else low = entry.seq
    }
    return low
  }

  /** The message with this id, if it is there and shown. */
  async find(id: string): Promise<Line | null> {
    const line = await this.#stored(id)
    if (line === null) return null
    await this.#learnFrom(line.seq)
    return this.visibility.isHidden(line) ? null : line
  }

  /**
   * Up to `countMax` shown messages of the thread that a message is in or begins, after a number or
   * from its first one, oldest first. Looks through so many records at most that a page may be
   * short, even empty, and go on. null: there never was such a message.
   */
  async thread(id: string, after: number | null, countMax: number): Promise<Page | null> {
    const line = await this.#stored(id)
    if (line === null) return null
    const rootId = threadOf(line.record) ?? id
    const shown: Page['shown'][number][] = []
    let at = after ?? (seqOfId(rootId) ?? line.seq) - 1
    await this.#learnFrom(at + 1)
    for (let reads = 0; reads < THREAD_READS_MAX; reads += 1) {
      const entries = await this.#log.read(this.#channelId, { after: at }, READ_COUNT)
      if (entries.length === 0) return { shown, nextAfter: null }
      for (const entry of entries) {
        if (shown.length >= countMax) return { shown, nextAfter: at }
        at = entry.seq
        // Most lines are of other threads, and cheaper to search than to decode.
        if (!Buffer.from(entry.bytes).includes(rootId)) continue
        const found = decodeLine(entry)
        if (found === null || !isOfThread(found.record, rootId)) continue
        const [bytes] = this.#shownMessage(found)
        if (bytes !== undefined) shown.push({ bytes, atMs: timeOf(found) })
      }
    }
    return { shown, nextAfter: at }
  }

  /** The message with this id as it was stored, deleted or not. */
  async #stored(id: string): Promise<Line | null> {
    const seq = seqOfId(id)
    if (seq === null) return null
    const line = this.#tail.find((one) => one.seq === seq) ?? (await this.#read(seq))
    return line?.record.type === 'message' && line.record.id === id ? line : null
  }

  async #read(seq: number): Promise<Line | null> {
    const [entry] = await this.#log.read(this.#channelId, { after: seq - 1 }, 1)
    return entry === undefined || entry.seq !== seq ? null : decodeLine(entry)
  }

  #shownMessage(line: Line | null): readonly Uint8Array[] {
    if (line === null || line.record.type === 'delete') return []
    const bytes = this.visibility.shown(line)
    return bytes === null ? [] : [bytes]
  }

  #lastFrame(publishedSeq: number): Uint8Array {
    const shown = this.#tail
      .filter(({ seq }) => seq <= publishedSeq)
      .flatMap((l) => this.#shownMessage(l))
    return this.#format(shown.slice(-this.#options.messagesShown), publishedSeq, {
      recovered: false,
    })
  }

  /** Everything after `since`, deletions too: they concern what the client still has. */
  #missedFrame(since: number, older: readonly Line[], publishedSeq: number): Uint8Array {
    const lines = [...older.filter(({ seq }) => seq <= this.#memoryFrom), ...this.#tail]
    const missed = lines.filter(({ seq }) => seq > since && seq <= publishedSeq)
    const shown = missed.flatMap((line) => this.visibility.shown(line) ?? [])
    return this.#format(shown, publishedSeq, { recovered: true })
  }

  #format(
    messages: readonly Uint8Array[],
    lastSeq: number,
    { recovered }: { readonly recovered: boolean },
  ): Uint8Array {
    const head = {
      type: 'history',
      channel_id: this.#channelId,
      epoch: this.#epoch,
      last_seq: lastSeq,
      recovered,
    }
    const start = Buffer.from(`${JSON.stringify(head).slice(0, -1)},"messages":[`)
    const comma = Buffer.from(',')
    const joined = messages.flatMap((bytes, n) => (n === 0 ? [bytes] : [comma, bytes]))
    return encodeTextFrame(Buffer.concat([start, ...joined, Buffer.from(']}')]))
  }

  /**
   * Learns the deletions back to a number, through at most `countMax` records; one reading at a
   * time, and each stretch once.
   */
  #learnFrom(seq: number, countMax: number = this.#options.depthEntriesMax): Promise<void> {
    const learn = () => this.#learnDownTo(seq, countMax)
    // One that failed is no reason not to try again.
    this.#learning = this.#learning.then(learn, learn)
    return this.#learning
  }

  async #learnDownTo(seq: number, countMax: number): Promise<void> {
    let count = 0
    while (this.#learnedFrom > seq && count < countMax) {
      const span = { before: this.#learnedFrom }
      const entries = await this.#log.read(this.#channelId, span, READ_COUNT)
      for (const entry of entries) {
        const line = isDeletion(entry.bytes) ? decodeLine(entry) : null
        if (line !== null) this.visibility.learn(line)
      }
      count += entries.length
      this.#learnedFrom = entries[0]?.seq ?? 0
    }
    this.#readDownTo = this.#learnedFrom > seq ? this.#learnedFrom : 0
  }
}

/** Messages in the order of the log, each with its time, ms since 1970. */
export interface Page {
  readonly shown: readonly { readonly bytes: Uint8Array; readonly atMs: number }[]
  /** null: there is nothing after these. */
  readonly nextAfter: number | null
}

/** The thread a message is in; null: in none, or it begins one. */
function threadOf(record: Line['record']): string | null {
  return record.type === 'message' ? record.thread_id : null
}

function isOfThread(record: Line['record'], rootId: string): boolean {
  return record.type === 'message' && (record.id === rootId || record.thread_id === rootId)
}

const DELETION_START = Buffer.from('{"type":"delete"')

function isDeletion(bytes: Uint8Array): boolean {
  return DELETION_START.equals(bytes.subarray(0, DELETION_START.byteLength))
}
