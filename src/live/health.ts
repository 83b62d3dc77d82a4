import type { WarningCode } from '../base/index.ts'
import type { SourceFacts } from '../transcode/index.ts'
import type { IngestFigures, RenditionPace } from './intake/index.ts'
import type { RenditionFigures } from './output/index.ts'

/** How a broadcast that is on air is doing, for its owner. */
export interface Health {
  readonly status: 'live' | 'interrupted'
  /** 1000 bit/s. */
  readonly ingestKbps: number
  /** Pictures a second as they arrive; null: none. */
  readonly frameRate: number | null
  /** null: not known yet. */
  readonly keyframeIntervalMs: number | null
  /** Of the source; null: no picture. */
  readonly width: number | null
  readonly height: number | null
  /** RFC 6381, of the source; null before its headers are in. */
  readonly codecs: string | null
  readonly droppedFrames: number
  readonly lateMs: number
  readonly renditions: readonly RenditionHealth[]
  readonly warnings: readonly WarningCode[]
}

/** How one of its renditions is doing. */
export interface RenditionHealth extends RenditionPace {
  /** 1000 bit/s; 0 before the first segment. */
  readonly kbps: number
  readonly frameRate: number | null
  readonly speed: number | null
}

/** Less is a hiccup that is caught up with. */
const BEHIND_MS_MIN = 2000

/**
 * Joins what was measured. `paces` and `figures` are empty while no FFmpeg runs. `others`: warnings
 * that others found.
 */
export function describeHealth(from: {
  readonly status: Health['status']
  readonly ingest: IngestFigures
  readonly source: SourceFacts | null
  readonly paces: readonly RenditionPace[]
  readonly figures: ReadonlyMap<string, RenditionFigures>
  readonly others: readonly WarningCode[]
}): Health {
  const { status, ingest, source, paces, figures } = from
  const isBehind = paces.some(({ behindMs }) => behindMs >= BEHIND_MS_MIN)
  const codecs = [source?.video, source?.audio].flatMap((track) => track?.codecString ?? [])
  return {
    status,
    ingestKbps: ingest.kbps,
    frameRate: ingest.frameRate,
    keyframeIntervalMs: ingest.keyframeIntervalMs,
    width: source?.video?.width ?? null,
    height: source?.video?.height ?? null,
    codecs: codecs.length === 0 ? null : codecs.join(','),
    droppedFrames: ingest.droppedFrames,
    lateMs: ingest.lateMs,
    renditions: paces.map((pace) => {
      const { kbps = null, frameRate = null, speed = null } = figures.get(pace.name) ?? {}
      return { ...pace, kbps: kbps ?? 0, frameRate, speed }
    }),
    warnings: [
      // A server that is behind reads the line late: then the line is not to blame.
      ...ingest.warnings.filter((code) => !(isBehind && code === 'ingest.late')),
      ...(isBehind ? (['transcode.behind'] as const) : []),
      ...from.others,
    ],
  }
}
