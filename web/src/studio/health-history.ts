import type { Health } from '../api/wire.ts'

/** One look at a stream, as the graphs draw it; null where there was nothing to measure. */
export interface HealthSample {
  /** s since 1970, as uPlot takes it. */
  readonly atS: number
  readonly kbps: number | null
  readonly frameRate: number | null
  /** Of the slowest rendition. */
  readonly speed: number | null
  readonly viewers: number | null
}

const KEPT_S = 600

/** Adds a look at `nowMs` and forgets what is older than ten minutes. Offline nothing is added. */
export function addSample(
  before: readonly HealthSample[],
  health: Health,
  viewers: number | null,
  nowMs: number,
): readonly HealthSample[] {
  if (health.status === 'offline') return before
  const atS = nowMs / 1000
  const speeds = health.renditions.flatMap(({ speed }) => (speed === null ? [] : [speed]))
  const isThere = health.status === 'live'
  const sample = {
    atS,
    kbps: isThere ? health.ingest_kbps : 0,
    frameRate: isThere ? health.frame_rate : 0,
    speed: speeds.length === 0 ? null : Math.min(...speeds),
    viewers,
  }
  return [...before.filter((one) => atS - one.atS <= KEPT_S), sample]
}
