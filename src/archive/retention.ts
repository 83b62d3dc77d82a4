import { type BroadcastId, type ChannelId, type Clock, type Logger, pause } from '../base/index.ts'
import type { Blobs } from '../ports/index.ts'
import type { BroadcastRecord } from './broadcast-record.ts'
import type { Library } from './library.ts'
import type { Recordings } from './recordings.ts'

/** How much of what was broadcast is kept; null: all of it. */
export interface RetentionOptions {
  readonly ageMsMax: number | null
  /** Of all broadcasts together, those that are live included. */
  readonly bytesMax: number | null
  readonly channelBytesMax: number | null
}

/** A broadcast as far as room is concerned. */
export interface Kept {
  readonly id: BroadcastId
  readonly channelId: ChannelId
  /** ms since 1970; null: it is live, and never goes. */
  readonly endedAtMs: number | null
  readonly bytes: number
}

export type Reason = 'age' | 'total-size' | 'channel-size'

/** What has to go, oldest first, and why: by age, then by channel, then by the total. */
export function decideRemovals(
  kept: readonly Kept[],
  options: RetentionOptions,
  nowMs: number,
): readonly { readonly id: BroadcastId; readonly reason: Reason }[] {
  const removed = new Map<BroadcastId, Reason>()
  const { ageMsMax, bytesMax, channelBytesMax } = options
  if (ageMsMax !== null) {
    for (const { id, endedAtMs } of kept) {
      if (endedAtMs !== null && nowMs - endedAtMs > ageMsMax) removed.set(id, 'age')
    }
  }
  const takeOldest = (from: readonly Kept[], limit: number | null, reason: Reason): void => {
    if (limit === null) return
    const left = from.filter(({ id }) => !removed.has(id))
    let bytes = left.reduce((sum, one) => sum + one.bytes, 0)
    for (const one of oldestFirst(left)) {
      if (bytes <= limit) return
      removed.set(one.id, reason)
      bytes -= one.bytes
    }
  }
  for (const channelId of new Set(kept.map((one) => one.channelId))) {
    const own = kept.filter((one) => one.channelId === channelId)
    takeOldest(own, channelBytesMax, 'channel-size')
  }
  takeOldest(kept, bytesMax, 'total-size')
  return oldestFirst(kept).flatMap(({ id }) => {
    const reason = removed.get(id)
    return reason === undefined ? [] : [{ id, reason }]
  })
}

/** Only those that are over. */
function oldestFirst(kept: readonly Kept[]): readonly Kept[] {
  return kept
    .filter(({ endedAtMs }) => endedAtMs !== null)
    .toSorted((a, b) => (a.endedAtMs ?? 0) - (b.endedAtMs ?? 0))
}

export interface RetentionDeps {
  readonly library: Library
  readonly blobs: Blobs
  readonly clock: Clock
  readonly logger: Logger
  readonly recordings: Pick<Recordings, 'forget'>
}

/** How often it is looked at what is there. */
const SWEEP_EVERY_MS = 60_000
/**
 * A long broadcast has tens of thousands of files: while it is live they are counted less often.
 */
const LIVE_MEASURE_EVERY_MS = 10 * 60_000

/** What the broadcasts of one channel take. */
export interface ChannelUse {
  readonly channelId: ChannelId
  readonly bytes: number
  readonly broadcasts: number
}

/**
 * Knows how many bytes each broadcast takes, and removes the oldest of those that are over when
 * there is more than is to be kept.
 */
export class Retention {
  readonly #deps: RetentionDeps
  readonly #options: RetentionOptions
  readonly #stop = new AbortController()
  readonly #measured = new Map<BroadcastId, { readonly bytes: number; readonly atMs: number }>()
  #sweeping: Promise<void> = Promise.resolve()

  constructor(deps: RetentionDeps, options: RetentionOptions) {
    this.#deps = deps
    this.#options = options
  }

  /** Of all that was measured so far. */
  get mediaBytes(): number {
    return [...this.#measured.values()].reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /**
   * What each channel has stored, in no order. Looks at what is new since it was last looked at.
   */
  async bytesByChannel(): Promise<readonly ChannelUse[]> {
    const uses = new Map<ChannelId, ChannelUse>()
    for (const record of this.#deps.library.all()) {
      const { channelId } = record
      const before = uses.get(channelId) ?? { channelId, bytes: 0, broadcasts: 0 }
      uses.set(channelId, {
        channelId,
        bytes: before.bytes + (await this.#measure(record)),
        broadcasts: before.broadcasts + 1,
      })
    }
    return [...uses.values()]
  }

  /** Begins in the background: a server with years of broadcasts is not to wait for it. */
  start(): void {
    this.#sweeping = this.#run()
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#sweeping
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        await this.sweep()
      } catch (thrown) {
        this.#deps.logger.error('it could not be looked at what is kept', thrown)
      }
      await pause(this.#deps.clock, SWEEP_EVERY_MS, signal)
    }
  }

  /** Measures what is there and removes what is too old or too much. */
  async sweep(): Promise<void> {
    const { library, recordings, clock, logger } = this.#deps
    const kept: Kept[] = []
    for (const record of library.all()) {
      if (this.#stop.signal.aborted) return
      const endedAtMs = record.endedAt === null ? null : Date.parse(record.endedAt)
      const bytes = await this.#measure(record)
      kept.push({ id: record.id, channelId: record.channelId, endedAtMs, bytes })
    }
    for (const id of this.#measured.keys()) {
      if (library.get(id) === null) this.#measured.delete(id)
    }
    for (const { id, reason } of decideRemovals(kept, this.#options, clock.nowMs())) {
      if (this.#stop.signal.aborted) return
      await recordings.forget(id)
      await library.remove(id)
      const bytes = this.#measured.get(id)?.bytes ?? 0
      this.#measured.delete(id)
      logger.info('a broadcast was removed to keep within the limits', {
        broadcast_id: id,
        reason,
        bytes,
      })
    }
  }

  /** Once it is finished it does not change any more: then its record says how much it is. */
  async #measure(record: BroadcastRecord): Promise<number> {
    const { library, blobs, clock } = this.#deps
    const nowMs = clock.monotonicMs()
    const before = this.#measured.get(record.id)
    const isFresh = before !== undefined && nowMs - before.atMs < LIVE_MEASURE_EVERY_MS
    if (record.endedAt === null && isFresh) return before.bytes
    const bytes = record.bytes ?? (await sizeOf(blobs, record.id))
    this.#measured.set(record.id, { bytes, atMs: nowMs })
    const newest = library.get(record.id)
    const isFinished = newest !== null && newest.endedAt !== null && newest.pictures !== 'due'
    if (isFinished && newest.bytes === null) await library.save({ ...newest, bytes })
    return bytes
  }
}

/** One look after the other: nobody waits for the answer, and others want the disk. */
async function sizeOf(blobs: Blobs, folder: string): Promise<number> {
  let bytes = 0
  for (const key of await blobs.list(folder)) {
    const found = await blobs.open(key, null)
    bytes += found?.head.bytes ?? 0
    found?.body.destroy()
  }
  return bytes
}
