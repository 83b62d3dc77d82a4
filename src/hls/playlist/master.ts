import type { AudioFacts, VideoFacts } from '../../media/index.ts'

/** What the multivariant playlist says of the picture and the sound of a rendition. */
export type ShownVideo = Pick<VideoFacts, 'codecString' | 'width' | 'height'>
export type ShownAudio = Pick<AudioFacts, 'codecString'>

/** One rendition as the multivariant playlist describes it. */
export interface Variant {
  /** Relative to the multivariant playlist, or absolute. */
  readonly uri: string
  readonly peakBps: number
  readonly averageBps: number
  readonly video: ShownVideo | null
  readonly audio: ShownAudio | null
  /** Pictures per second as measured; null where there are none. */
  readonly frameRate: number | null
}

/** Players start with the first variant, and 2 Mbit/s is what most lines carry at once. [M07] */
const FIRST_BPS = 2_000_000

/**
 * The multivariant playlist (RFC 8216 §4.3.4.2) with what is really in the segments: codecs, size,
 * rates. Order: the variant nearest 2 Mbit/s, then the others from the tallest down. [M01] [M02]
 * [M03]
 */
export function formatMaster(variants: readonly Variant[]): string {
  const lines = ['#EXTM3U', '#EXT-X-INDEPENDENT-SEGMENTS']
  for (const variant of inOrder(variants)) {
    lines.push(`#EXT-X-STREAM-INF:${attributesOf(variant).join(',')}`, variant.uri)
  }
  return `${lines.join('\n')}\n`
}

function attributesOf(variant: Variant): readonly string[] {
  const { video, audio } = variant
  const codecs = [video?.codecString, audio?.codecString].filter((codec) => codec !== undefined)
  const attributes = [
    `BANDWIDTH=${variant.peakBps}`,
    `AVERAGE-BANDWIDTH=${variant.averageBps}`,
    `CODECS="${codecs.join(',')}"`,
  ]
  if (video !== null) attributes.push(`RESOLUTION=${video.width}x${video.height}`)
  if (variant.frameRate !== null) attributes.push(`FRAME-RATE=${variant.frameRate.toFixed(3)}`)
  return attributes
}

function inOrder(variants: readonly Variant[]): readonly Variant[] {
  const byHeight = variants.toSorted(
    (a, b) => (b.video?.height ?? 0) - (a.video?.height ?? 0) || b.peakBps - a.peakBps,
  )
  const distance = (variant: Variant) => Math.abs(variant.peakBps - FIRST_BPS)
  const first = byHeight.toSorted((a, b) => distance(a) - distance(b))[0]
  return first === undefined ? [] : [first, ...byHeight.filter((variant) => variant !== first)]
}
