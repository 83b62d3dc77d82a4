import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Clock, type Logger, ViblyError } from '../../base/index.ts'
import type { Entry, Following, Position, Span } from '../../ports/index.ts'
import type { Disk, OpenFiles } from './file-log-disk.ts'
import {
  type Damage,
  encodeRecord,
  FILE_CLOSING,
  RECORD_BYTES_MAX,
  RECORD_SEPARATOR,
  scanRecords,
} from './file-log-format.ts'
import {
  CHECKED_BYTES,
  createTopicFile,
  endOfFile,
  openTopicFile,
  type TopicFile,
} from './file-log-open.ts'
import { DamageLog, type ReadableFile, readAfter, readBefore } from './file-log-read.ts'

export interface TopicOptions {
  /** A file that is larger after a batch is put aside and a new one begun. [C10] */
  readonly fileBytesMax: number
  /** Files kept of one topic, the current one too; the oldest go first. */
  readonly filesMax: number
  /** Appends that wait for the disk; one more is refused with `log.busy`. */
  readonly waitingMax: number
  /** After a failed repair the next one is tried no sooner, ms. */
  readonly repairPauseMs: number
}

export interface TopicDeps {
  readonly disk: Disk
  readonly files: OpenFiles
  readonly clock: Clock
  readonly logger: Logger
}

interface Waiting {
  readonly compose: (seq: number) => string
  readonly resolve: (entry: Entry) => void
  readonly reject: (reason: unknown) => void
}

interface Doubt {
  /** What is answered to appends until then. */
  readonly reason: ViblyError
  readonly repair: () => Promise<void>
  readonly sinceMs: number
}

/** A batch is written in one go; what does not fit goes into the next. Below `CHECKED_BYTES`. */
const BATCH_BYTES_MAX = 256 * 1024

/**
 * The files of one topic: `{path}.json`, which grows, and `{path}.{seq}.json`, which are finished
 * and hold what came after number `seq`.
 *
 * One batch is under way at a time: a single write over the closing bracket and one fdatasync for
 * everything that waited; what arrives meanwhile shares the next. [C05]
 */
export class Topic {
  readonly #path: string
  readonly #deps: TopicDeps
  readonly #options: TopicOptions
  #older: readonly number[]
  #current: TopicFile
  /** Counts replacements of the current file, so that a read notices one. */
  #generation = 0
  #rotating: Promise<void> | null = null
  #waiting: Waiting[] = []
  #committing: Promise<void> | null = null
  /** When set, the file is in doubt: nothing is written until a repair succeeds. */
  #doubt: Doubt | null = null
  #phase: 'open' | 'closed' = 'open'
  readonly #followers = new Set<(entries: readonly Entry[]) => void>()
  readonly #damages: DamageLog

  /** @param olderSeqs the finished files there are, oldest first */
  static async open(
    path: string,
    olderSeqs: readonly number[],
    deps: TopicDeps,
    options: TopicOptions,
  ): Promise<Topic> {
    const current = await openTopicFile(`${path}.json`, endOfOlder(path, olderSeqs, deps), deps)
    return new Topic(path, olderSeqs, current, deps, options)
  }

  private constructor(
    path: string,
    older: readonly number[],
    current: TopicFile,
    deps: TopicDeps,
    options: TopicOptions,
  ) {
    this.#path = path
    this.#older = older
    this.#current = current
    this.#deps = deps
    this.#options = options
    this.#damages = new DamageLog(deps.logger)
  }

  /** Nobody follows and nothing waits: it may be closed and opened again later. */
  get isIdle(): boolean {
    return this.#followers.size === 0 && this.#committing === null
  }

  /** Of each finished file the number after which it begins, oldest first. */
  get olderSeqs(): readonly number[] {
    return this.#older
  }

  append(compose: (seq: number) => string): Promise<Entry> {
    if (this.#phase === 'closed') return Promise.reject(new ViblyError('log.closed'))
    if (this.#waiting.length >= this.#options.waitingMax) {
      return Promise.reject(new ViblyError('log.busy'))
    }
    const { promise, resolve, reject } = Promise.withResolvers<Entry>()
    this.#waiting.push({ compose, resolve, reject })
    this.#committing ??= this.#commitAll()
    return promise
  }

  follow(onEntries: (entries: readonly Entry[]) => void): Following {
    const { epoch, lastSeq } = this.#current
    this.#followers.add(onEntries)
    return { position: { epoch, lastSeq }, stop: () => this.#followers.delete(onEntries) }
  }

  async read(span: Span, countMax: number): Promise<readonly Entry[]> {
    await this.#rotating
    const generation = this.#generation
    const entries = await ('after' in span
      ? this.#readForward(span.after, countMax)
      : this.#readBackward(span.before, countMax))
    // The current file was replaced meanwhile, so these offsets may have been another file's.
    return generation === this.#generation ? entries : await this.read(span, countMax)
  }

  async close(): Promise<void> {
    this.#phase = 'closed'
    await this.#committing
    this.#followers.clear()
    await this.#deps.files.discard(this.#currentPath)
  }

  get #currentPath(): string {
    return `${this.#path}.json`
  }

  async #commitAll(): Promise<void> {
    // What arrives on other sockets in the same turn of the event loop shares the first batch: one
    // sync, and one round of writes to those who listen, instead of two.
    await nextTurn()
    while (this.#waiting.length > 0) {
      if (this.#doubt !== null) await this.#repair()
      if (this.#doubt !== null) this.#refuseAll(this.#doubt.reason)
      else await this.#commit()
    }
    this.#committing = null
  }

  async #commit(): Promise<void> {
    const { batch, entries } = this.#takeBatch()
    if (entries.length === 0) return
    const { end } = this.#current
    const lines = entries.flatMap(({ bytes }) => [RECORD_SEPARATOR, bytes])
    const bytes = Buffer.concat([...lines, FILE_CLOSING])
    try {
      const done = await this.#deps.files.use(this.#currentPath, async (file) => {
        await file.write(end, bytes)
        await file.sync()
        return true
      })
      if (done === null) throw new ViblyError('log.damaged', { path: this.#currentPath, bytes: 0 })
    } catch (thrown) {
      await this.#fail(batch, thrown)
      return
    }
    const lastSeq = entries.at(-1)?.seq ?? this.#current.lastSeq
    this.#current = {
      ...this.#current,
      lastSeq,
      end: end + bytes.byteLength - FILE_CLOSING.byteLength,
    }
    this.#show(entries)
    for (const [index, entry] of entries.entries()) batch[index]?.resolve(entry)
    if (this.#current.end <= this.#options.fileBytesMax) return
    this.#rotating = this.#rotate()
    await this.#rotating
    this.#rotating = null
  }

  /**
   * Composes what waits, in order, until the batch is full. One that refuses itself is rejected.
   */
  #takeBatch(): { readonly batch: readonly Waiting[]; readonly entries: readonly Entry[] } {
    const batch: Waiting[] = []
    const entries: Entry[] = []
    let seq = this.#current.lastSeq
    let byteCount = 0
    let taken = 0
    for (const waiting of this.#waiting) {
      if (byteCount + RECORD_BYTES_MAX > BATCH_BYTES_MAX) break
      taken += 1
      try {
        const bytes = encodeRecord(waiting.compose(seq + 1), seq + 1)
        if (bytes.byteLength > RECORD_BYTES_MAX) throw new ViblyError('log.record-too-large')
        batch.push(waiting)
        entries.push({ seq: seq + 1, bytes })
        byteCount += bytes.byteLength
        seq += 1
      } catch (thrown) {
        waiting.reject(thrown)
      }
    }
    this.#waiting = this.#waiting.slice(taken)
    return { batch, entries }
  }

  #show(entries: readonly Entry[]): void {
    for (const onEntries of this.#followers) {
      try {
        onEntries(entries)
      } catch (thrown) {
        this.#deps.logger.error('a follower of a log failed', thrown)
      }
    }
  }

  /**
   * A batch failed: its senders are told, and the file is cut back to what was acknowledged, so
   * that file and memory agree. [C07]
   */
  async #fail(batch: readonly Waiting[], thrown: unknown): Promise<void> {
    const reason = new ViblyError('log.write-failed', {}, thrown)
    this.#deps.logger.error('chat log not written', reason, { path: this.#currentPath })
    await this.#cutBack(reason)
    for (const { reject } of batch) reject(reason)
  }

  async #repair(): Promise<void> {
    const doubt = this.#doubt
    if (doubt === null) return
    const waitedMs = this.#deps.clock.monotonicMs() - doubt.sinceMs
    if (waitedMs >= this.#options.repairPauseMs) await doubt.repair()
  }

  /**
   * Ends the file at the last acknowledged record. After a failed fdatasync the kernel calls the
   * pages clean although they are not stored, and the next sync would succeed without storing
   * them. So the file is opened anew, its end verified, written once more, and synced; until
   * that has worked, the topic only reads.
   */
  async #cutBack(reason: ViblyError): Promise<void> {
    const { end, lastSeq } = this.#current
    const path = this.#currentPath
    try {
      await this.#deps.files.discard(path)
      const isDone = await this.#deps.files.use(path, async (file) => {
        const start = Math.max(0, end - CHECKED_BYTES)
        const bytes = await file.read(start, end - start)
        const last = scanRecords(bytes).records.at(-1)
        if (last?.seq !== lastSeq || last.end !== end - start) return false
        await file.truncate(end)
        await file.write(start, bytes)
        await file.write(end, FILE_CLOSING)
        await file.sync()
        return true
      })
      if (isDone !== true) throw new ViblyError('log.damaged', { path, bytes: end })
      if (this.#doubt !== null) this.#deps.logger.warn('chat log writable again', { path })
      this.#doubt = null
    } catch (thrown) {
      this.#beInDoubt(
        new ViblyError('log.read-only', {}, reason),
        () => this.#cutBack(reason),
        thrown,
      )
    }
  }

  #refuseAll(reason: ViblyError): void {
    const refused = this.#waiting
    this.#waiting = []
    for (const { reject } of refused) reject(reason)
  }

  /**
   * Puts the full file aside under the number after which it begins, and begins a new one. [C10]
   */
  async #rotate(): Promise<void> {
    const { epoch, lastSeq, after } = this.#current
    const path = this.#currentPath
    try {
      await this.#deps.files.discard(path)
      await this.#deps.disk.rename(path, `${this.#path}.${after}.json`)
      this.#older = [...this.#older, after]
      this.#current = await createTopicFile(path, { epoch, lastSeq }, this.#deps)
      await this.#removeOldest()
    } catch (thrown) {
      this.#deps.logger.error('chat log not rotated', thrown, { path })
      await this.#reopen(new ViblyError('log.read-only', {}, thrown))
    }
    this.#generation += 1
  }

  async #removeOldest(): Promise<void> {
    const excess = Math.max(0, this.#older.length + 1 - this.#options.filesMax)
    for (const after of this.#older.slice(0, excess)) {
      const path = `${this.#path}.${after}.json`
      await this.#deps.files.discard(path)
      await this.#deps.disk.remove(path)
    }
    this.#older = this.#older.slice(excess)
  }

  /** After a rotation stopped half way: whichever file is there now is the one to go on with. */
  async #reopen(reason: ViblyError): Promise<void> {
    const before = endOfOlder(this.#path, this.#older, this.#deps)
    try {
      await this.#deps.files.discard(this.#currentPath)
      this.#current = await openTopicFile(this.#currentPath, before, this.#deps)
      if (this.#doubt !== null) {
        this.#deps.logger.warn('chat log writable again', { path: this.#currentPath })
      }
      this.#doubt = null
    } catch (thrown) {
      this.#beInDoubt(reason, () => this.#reopen(reason), thrown)
    }
  }

  /** Told when it begins; every attempt to repair it that fails would say the same again. */
  #beInDoubt(reason: ViblyError, repair: () => Promise<void>, thrown: unknown): void {
    if (this.#doubt === null) {
      this.#deps.logger.error('chat log is read-only', thrown, { path: this.#currentPath })
    }
    this.#doubt = { reason, repair, sinceMs: this.#deps.clock.monotonicMs() }
  }

  async #readForward(after: number, countMax: number): Promise<Entry[]> {
    const entries: Entry[] = []
    const first = Math.max(
      0,
      this.#older.findLastIndex((begins) => begins <= after),
    )
    for (const begins of [...this.#older.slice(first), null]) {
      const countLeft = countMax - entries.length
      if (countLeft <= 0) break
      const more = await this.#useFile(begins, (file) => readAfter(file, after, countLeft))
      entries.push(...more)
    }
    return entries
  }

  async #readBackward(before: number, countMax: number): Promise<Entry[]> {
    const pieces: Entry[][] = []
    let countLeft = countMax
    for (const begins of [null, ...this.#older.toReversed()]) {
      if (countLeft <= 0) break
      if (begins !== null && begins >= before - 1) continue
      const more = await this.#useFile(begins, (file) => readBefore(file, before, countLeft))
      pieces.push(more)
      countLeft -= more.length
    }
    return pieces.reverse().flat()
  }

  /** Reads in the finished file that begins after `begins`, or in the current one (null). */
  async #useFile(
    begins: number | null,
    work: (file: ReadableFile) => Promise<Entry[]>,
  ): Promise<Entry[]> {
    const path = begins === null ? this.#currentPath : `${this.#path}.${begins}.json`
    const end = begins === null ? this.#current.end : null
    const onDamage = (damage: Damage) => this.#damages.tell(path, damage)
    const entries = await this.#deps.files.use(path, async (file) =>
      work({ file, end: end ?? (await file.size()), onDamage }),
    )
    return entries ?? []
  }
}

/** Where the newest finished file ends that can be read. */
function endOfOlder(
  path: string,
  older: readonly number[],
  deps: TopicDeps,
): () => Promise<Position | null> {
  return async () => {
    for (const begins of older.toReversed()) {
      const position = await endOfFile(`${path}.${begins}.json`, deps.files)
      if (position !== null) return position
    }
    return null
  }
}
