import { latestOf, type MediaSeen, type RenditionSeen } from '../watching/index.ts'

/**
 * Bit rate over all downloaded segments; null below three of them, which say nothing of an average.
 */
export function averageOf(
  rendition: RenditionSeen,
): { readonly bps: number; readonly seconds: number } | null {
  const segments = wholeSegments(rendition)
  if (segments.length < 3) return null
  const seconds = segments.reduce((sum, segment) => sum + segment.seconds, 0)
  const bytes = segments.reduce((sum, segment) => sum + segment.answer.byteCount, 0)
  return seconds > 0 ? { bps: Math.round((bytes * 8) / seconds), seconds } : null
}

/**
 * The highest bit rate of any row of segments that lasts at least half a target and at most one and
 * a half and 0.5 s (8216bis §4.4.6.2, Apple 9.13); the average where no row does.
 */
export function peakOf(rendition: RenditionSeen): number {
  const target = latestOf(rendition)?.targetSeconds ?? 0
  const segments = wholeSegments(rendition)
  let peak = 0
  for (const from of segments.keys()) {
    let seconds = 0
    let bytes = 0
    let before: MediaSeen | null = null
    for (const segment of segments.slice(from)) {
      if (before !== null && segment.msn !== before.msn + 1) break
      before = segment
      seconds += segment.seconds
      bytes += segment.answer.byteCount
      if (seconds > 1.5 * target + 0.5) break
      if (seconds >= 0.5 * target) peak = Math.max(peak, Math.round((bytes * 8) / seconds))
    }
  }
  return peak === 0 ? (averageOf(rendition)?.bps ?? 0) : peak
}

/** Whether every segment of a finished playlist was downloaded. */
export function isWholeAsset(rendition: RenditionSeen): boolean {
  const listed = latestOf(rendition)?.segments.filter(({ isGap }) => !isGap) ?? []
  return listed.length > 0 && wholeSegments(rendition).length === listed.length
}

function wholeSegments(rendition: RenditionSeen): readonly MediaSeen[] {
  return rendition.segments
    .filter(({ answer }) => answer.isWhole && (answer.status === 200 || answer.status === 206))
    .toSorted((a, b) => a.msn - b.msn)
}
