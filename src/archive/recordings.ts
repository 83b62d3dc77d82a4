import { type BroadcastId, type Clock, type Logger, pause, ViblyError } from '../base/index.ts'
import type { Blobs } from '../ports/index.ts'
import type { Loan, Mp4File, Remux, RemuxJob } from '../transcode/index.ts'
import type { BroadcastRecord } from './broadcast-record.ts'
import { type Library, readBlob } from './library.ts'
import {
  type RecordedFacts,
  restoreRecording,
  sampleEntryOf,
  surveyRecording,
} from './recorded-flv.ts'
import { recordingSources } from './recorder.ts'
import type { Space } from './space.ts'

export interface RecordingsDeps {
  readonly blobs: Blobs
  readonly library: Library
  readonly clock: Clock
  readonly logger: Logger
  /** A place for an FFmpeg; null: the signal fired before there was one. [X20] */
  lend(signal: AbortSignal): Promise<Loan | null>
  /** Makes an MP4 at idle priority; stops at once when the signal fires. */
  readonly remux: Remux
  /** Poster and storyboard; says whether there is anything to see. */
  makePictures(record: BroadcastRecord, signal: AbortSignal): Promise<boolean>
  /** What is made takes room before it gives some back: it waits until there is enough. */
  readonly space: Pick<Space, 'enough'>
}

const FILE_NAME = 'recording.mp4'
/** A recording that failed so often is left as it is: trying again would not help. */
const TRIES_MAX = 3
/**
 * What the MP4 may differ from what was recorded: a picture, a block of sound, and rounding; ms.
 */
const DIFFERENCE_MS_MAX = 100
/**
 * How long a server that stops still works on what there is; the rest waits for its next start.
 * [X03]
 */
const CLOSE_MS_MAX = 3000

/**
 * Turns what was recorded into `recording.mp4` when its broadcast is over: in the background, one
 * after the other. The FLV goes only when the MP4 is checked and stored. [F19]
 */
export class Recordings {
  readonly #deps: RecordingsDeps
  #waiting: BroadcastId[] = []
  #working: {
    readonly id: BroadcastId
    readonly stop: AbortController
    done: Promise<void>
  } | null = null
  #isClosed = false

  constructor(deps: RecordingsDeps) {
    this.#deps = deps
  }

  /**
   * Begins on what an earlier server left: cut anywhere, all but its torn last tag is there.
   * Resolves when it is known what that is. Tries are counted, across starts too.
   */
  async resume(): Promise<void> {
    const { blobs, library } = this.#deps
    const keys = await blobs.list('', 2)
    const recorded = new Set(recordingSources(keys).map((key) => key.split('/')[0]))
    const finished = new Set(keys.filter((key) => key.endsWith(FILE_NAME)))
    for (const { id, endedAt, hasRecording, pictures } of library.all()) {
      if (endedAt === null) continue
      const isRecorded = recorded.has(id)
      if (!isRecorded && !hasRecording && finished.has(recordingFile(id))) await this.#show(id)
      if (isRecorded || pictures === 'due') this.add(id)
    }
  }

  /** Its broadcast is over and stored. */
  add(id: BroadcastId): void {
    if (this.#isClosed) return
    this.#waiting.push(id)
    if (this.#working === null) this.#next()
  }

  /** Resolves when nothing touches the broadcast's folder any more: it is about to be removed. */
  async forget(id: BroadcastId): Promise<void> {
    this.#waiting = this.#waiting.filter((waiting) => waiting !== id)
    const working = this.#working
    if (working?.id !== id) return
    working.stop.abort(new ViblyError('live.recording-dropped'))
    await working.done
  }

  /** Finishes what it can in `CLOSE_MS_MAX`; what is left is found by `resume`. */
  async close(): Promise<void> {
    const enough = new AbortController()
    const late = pause(this.#deps.clock, CLOSE_MS_MAX, enough.signal).then((isTimeUp) => {
      if (!isTimeUp) return
      this.#isClosed = true
      this.#waiting = []
      this.#working?.stop.abort(new ViblyError('live.server-stopping'))
    })
    while (this.#working !== null) await this.#working.done
    this.#isClosed = true
    enough.abort()
    await late
  }

  #next(): void {
    const id = this.#waiting.shift()
    if (id === undefined) {
      this.#working = null
      return
    }
    const stop = new AbortController()
    const done = this.#work(id, stop.signal).finally(() => this.#next())
    this.#working = { id, stop, done }
  }

  /** In a slot that no broadcast needs; what has to give it back begins again when there is one. */
  async #work(id: BroadcastId, signal: AbortSignal): Promise<void> {
    const loan = await this.#deps.lend(signal)
    if (loan === null) return
    try {
      const either = AbortSignal.any([signal, loan.signal])
      await this.#carry(id, either)
      await this.#illustrate(id, either)
      if (loan.signal.aborted && !signal.aborted) this.#waiting.push(id)
    } finally {
      loan.close()
    }
  }

  /** One recording ends here, however it does. */
  async #carry(id: BroadcastId, signal: AbortSignal): Promise<void> {
    const logger = this.#deps.logger.child({ broadcast_id: id })
    try {
      await this.#deps.space.enough(signal)
      await this.#finish(id, signal, logger)
    } catch (thrown) {
      if (signal.aborted) {
        logger.info('a recording is left for later', { reason: String(signal.reason) })
        return
      }
      logger.error('a recording could not be finished and is kept as it is', thrown)
      try {
        await this.#countTry(id)
      } catch (uncounted) {
        logger.error('that a recording failed could not be stored', uncounted)
      }
    }
  }

  /**
   * After the recording, which people wait for. Whatever keeps it from being done, is tried once.
   */
  async #illustrate(id: BroadcastId, signal: AbortSignal): Promise<void> {
    const { library, logger } = this.#deps
    const record = library.get(id)
    if (record?.pictures !== 'due' || record.endedAt === null || signal.aborted) return
    let pictures: BroadcastRecord['pictures'] = 'none'
    try {
      if (await this.#deps.makePictures(record, signal)) pictures = 'made'
    } catch (thrown) {
      if (signal.aborted) return
      logger.error('a broadcast stays without pictures', thrown, { broadcast_id: id })
    }
    const newest = library.get(id)
    if (newest === null) return
    try {
      await library.save({ ...newest, pictures })
    } catch (thrown) {
      logger.error('that a broadcast has pictures was not stored', thrown, { broadcast_id: id })
    }
  }

  async #finish(id: BroadcastId, signal: AbortSignal, logger: Logger): Promise<void> {
    const { blobs, library } = this.#deps
    const before = library.get(id)
    if (before === null) return
    const sources = recordingSources(await blobs.list(id))
    if (before.hasRecording) return await this.#removeAll(sources)
    if ((await this.#triesOf(id)) >= TRIES_MAX) {
      logger.warn('a recording has failed too often and is left alone', { tries: TRIES_MAX })
      return
    }
    const { files } = await this.#open(sources, signal)
    const facts = await surveyRecording(files)
    if (facts === null) return await this.#removeAll(sources)
    const mp4 = await this.#remux(sources, facts, signal)
    try {
      checkRecording(mp4, facts)
      signal.throwIfAborted()
      await blobs.put(recordingFile(id), mp4.read(), 'durable')
    } finally {
      await mp4.remove()
    }
    await this.#show(id)
    await this.#removeAll([...sources, triesFile(id)])
    logger.info('recording finished', { duration_s: mp4.durationMs / 1000 })
  }

  async #remux(
    sources: readonly string[],
    facts: RecordedFacts,
    signal: AbortSignal,
  ): Promise<Mp4File> {
    const { files, bytes } = await this.#open(sources, signal)
    const job: RemuxJob = {
      flv: restoreRecording(files, facts),
      bytes,
      sampleEntry: sampleEntryOf(facts),
      hasAudioChanges: facts.hasAudioChanges,
    }
    return await this.#deps.remux(job, signal)
  }

  /** The bytes of each when it is their turn. Reading stops when the signal fires. */
  async #open(sources: readonly string[], signal: AbortSignal) {
    const { blobs } = this.#deps
    let bytes = 0
    for (const key of sources) {
      const found = await blobs.open(key, null)
      found?.body.destroy()
      bytes += found?.head.bytes ?? 0
    }
    async function* read(key: string): AsyncGenerator<Uint8Array> {
      const found = await blobs.open(key, null)
      for await (const piece of found?.body ?? []) {
        signal.throwIfAborted()
        yield piece
      }
    }
    return { bytes, files: sources.map(read) }
  }

  async #removeAll(keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.#deps.blobs.removeAll(key)
  }

  /** From now on the recording is offered. */
  async #show(id: BroadcastId): Promise<void> {
    const record = this.#deps.library.get(id)
    if (record !== null)
      await this.#deps.library.save({ ...record, hasRecording: true, bytes: null })
  }

  async #triesOf(id: BroadcastId): Promise<number> {
    if ((await this.#deps.blobs.list(triesFile(id))).length === 0) return 0
    return Number(new TextDecoder().decode(await readBlob(this.#deps.blobs, triesFile(id))))
  }

  async #countTry(id: BroadcastId): Promise<void> {
    const tries = (await this.#triesOf(id)) + 1
    await this.#deps.blobs.put(triesFile(id), new TextEncoder().encode(String(tries)))
  }
}

function recordingFile(id: BroadcastId): string {
  return `${id}/${FILE_NAME}`
}

/** How often its finishing failed, as a number in text. */
function triesFile(id: BroadcastId): string {
  return `${id}/recording.tries`
}

/** @throws ViblyError `live.recording-differs`. */
function checkRecording(mp4: Mp4File, facts: RecordedFacts): void {
  const isWhole =
    Math.abs(mp4.durationMs - facts.durationMs) <= DIFFERENCE_MS_MAX &&
    mp4.hasVideo === (facts.video !== null) &&
    mp4.hasAudio === (facts.audio !== null)
  if (isWhole) return
  throw new ViblyError('live.recording-differs', {
    recordedMs: Math.round(facts.durationMs),
    foundMs: Math.round(mp4.durationMs),
    hasVideo: mp4.hasVideo,
    hasAudio: mp4.hasAudio,
  })
}
