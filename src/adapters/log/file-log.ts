import { join } from 'node:path'
import { type Clock, type Logger, ViblyError } from '../../base/index.ts'
import type { Entry, Following, Log, Span } from '../../ports/index.ts'
import { type Disk, OpenFiles, systemDisk } from './file-log-disk.ts'
import { Topic, type TopicOptions } from './file-log-topic.ts'

export interface FileLogOptions extends TopicOptions {
  /** The directory of the files; it exists. */
  readonly directory: string
  /** What file names begin with: topic `t` is `{prefix}t.json`. */
  readonly prefix: string
  /** Files kept open while nobody uses them. */
  readonly openFilesMax: number
  /** Topics kept in memory while nobody follows them. */
  readonly topicsMax: number
}

export const FILE_LOG_DEFAULTS = {
  fileBytesMax: 10 * 1024 * 1024,
  filesMax: 100,
  waitingMax: 1000,
  repairPauseMs: 1000,
  openFilesMax: 64,
  topicsMax: 1024,
} as const

export interface FileLogDeps {
  readonly clock: Clock
  readonly logger: Logger
  /** Another disk than the real one, for tests of faults. */
  readonly disk?: Disk
}

/**
 * A log in JSON files, one array a topic, appended in place: what stands in them is what was
 * acknowledged, and any program can read it. Topics are opened when they are first asked for.
 *
 * @throws the file system's error when the directory cannot be listed.
 */
export async function openFileLog(deps: FileLogDeps, options: FileLogOptions): Promise<Log> {
  const disk = deps.disk ?? systemDisk
  const finished = finishedFiles(await disk.list(options.directory), options.prefix)
  return new FileLog({ ...deps, disk }, options, finished)
}

/**
 * `{prefix}{topic}.{seq}.json`, the files that are full. Ids hold no dot, so names are unambiguous.
 */
const FINISHED_FILE = /^([A-Za-z0-9_-]{8,40})\.(\d{1,16})\.json$/
const TOPIC = /^[A-Za-z0-9_-]{8,40}$/

/** Per topic the numbers after which its finished files begin, oldest first. */
function finishedFiles(
  names: readonly string[],
  prefix: string,
): ReadonlyMap<string, readonly number[]> {
  const finished = new Map<string, number[]>()
  for (const name of names) {
    if (!name.startsWith(prefix)) continue
    const [, topic, seq] = FINISHED_FILE.exec(name.slice(prefix.length)) ?? []
    if (topic === undefined || seq === undefined) continue
    finished.set(topic, [...(finished.get(topic) ?? []), Number(seq)])
  }
  for (const seqs of finished.values()) seqs.sort((a, b) => a - b)
  return finished
}

interface TopicUse {
  readonly opening: Promise<Topic>
  /** Calls under way; while there are some, the topic stays. */
  users: number
}

class FileLog implements Log {
  readonly #deps: FileLogDeps & { readonly disk: Disk; readonly files: OpenFiles }
  readonly #options: FileLogOptions
  /** As they were at the start; a topic that is closed later is written back here. */
  readonly #finished: Map<string, readonly number[]>
  /** In order of use, the latest last. */
  readonly #topics = new Map<string, TopicUse>()
  #phase: 'open' | 'closed' = 'open'

  constructor(
    deps: FileLogDeps & { readonly disk: Disk },
    options: FileLogOptions,
    finished: ReadonlyMap<string, readonly number[]>,
  ) {
    const files = new OpenFiles(deps.disk, { filesMax: options.openFilesMax })
    this.#deps = { ...deps, files }
    this.#options = options
    this.#finished = new Map(finished)
  }

  append(topic: string, compose: (seq: number) => string): Promise<Entry> {
    return this.#use(topic, (opened) => opened.append(compose))
  }

  follow(topic: string, onEntries: (entries: readonly Entry[]) => void): Promise<Following> {
    return this.#use(topic, (opened) => opened.follow(onEntries))
  }

  read(topic: string, span: Span, countMax: number): Promise<readonly Entry[]> {
    return this.#use(topic, (opened) => opened.read(span, countMax))
  }

  async close(): Promise<void> {
    this.#phase = 'closed'
    const uses = [...this.#topics.values()]
    const opened = await Promise.allSettled(uses.map((use) => use.opening))
    await Promise.all(opened.map((one) => (one.status === 'fulfilled' ? one.value.close() : null)))
    this.#topics.clear()
    await this.#deps.files.close()
  }

  /**
   * What `work` makes of the topic, opened by whoever asks first; a failed opening is tried again.
   */
  async #use<T>(name: string, work: (topic: Topic) => T | Promise<T>): Promise<T> {
    if (this.#phase === 'closed') throw new ViblyError('log.closed')
    if (!TOPIC.test(name)) throw new ViblyError('log.topic-invalid')
    const use = this.#topics.get(name) ?? { opening: this.#open(name), users: 0 }
    use.users += 1
    this.#topics.delete(name)
    this.#topics.set(name, use)
    try {
      return await work(await use.opening)
    } finally {
      use.users -= 1
      await this.#forgetIdle()
    }
  }

  async #open(name: string): Promise<Topic> {
    const { directory, prefix } = this.#options
    const path = join(directory, `${prefix}${name}`)
    try {
      return await Topic.open(path, this.#finished.get(name) ?? [], this.#deps, this.#options)
    } catch (thrown) {
      this.#topics.delete(name)
      throw thrown instanceof ViblyError ? thrown : new ViblyError('log.read-failed', {}, thrown)
    }
  }

  /** Closes those unused the longest while there are more than `topicsMax`. */
  async #forgetIdle(): Promise<void> {
    if (this.#topics.size <= this.#options.topicsMax) return
    for (const [name, use] of this.#topics) {
      if (this.#topics.size <= this.#options.topicsMax) return
      if (use.users > 0) continue
      const topic = await use.opening
      if (use.users > 0 || !topic.isIdle || this.#topics.get(name) !== use) continue
      this.#topics.delete(name)
      this.#finished.set(name, topic.olderSeqs)
      await topic.close()
    }
  }
}
