import type { AudioFacts, VideoFacts } from '../../media/index.ts'

/**
 * A piece of a segment that ends between two pictures, or between two sounds of a picture that
 * stays.
 */
export interface Part {
  /** Whole packets; the parts of a segment, joined, are the segment to the byte. [LL04] */
  readonly bytes: Uint8Array
  /** 90 kHz; those of a segment add up to its own. */
  readonly durationTicks: number
  /** An IDR picture is inside, with the tables right before it; in sound alone always. [LL21] */
  readonly isIndependent: boolean
  /** Pictures inside; 0 where there is only sound. */
  readonly frameCount: number
}

/** What is known of a segment from its first picture on. */
export interface SegmentHead {
  /** 90 kHz: PTS of its first picture, or of its first sound where there is no picture. */
  readonly startTicks: number
  /** Time was left out before it: nothing came for so long that no segment could cover it. [H10] */
  readonly isAfterHole: boolean
  /** What is really inside, null for what is not. [M01] [M02] */
  readonly video: VideoFacts | null
  readonly audio: AudioFacts | null
}

/** A piece of a rendition that plays on its own. */
export interface Segment extends SegmentHead {
  /**
   * Up to the start of the next segment; of the last one, up to the end of its last picture. [H17]
   */
  readonly durationTicks: number
  /** PAT, PMT, then the packets of FFmpeg. */
  readonly bytes: Uint8Array
  /** All of it, as views of `bytes`; empty where PART-TARGET was not decided when it began. */
  readonly parts: readonly Part[]
  /** Pictures inside; 0 where there is only sound. */
  readonly frameCount: number
}

/** Parts come as they close, all but the last of a segment: that one comes with it. */
export type Cut =
  | { readonly kind: 'part'; readonly part: Part; readonly segment: SegmentHead }
  | { readonly kind: 'segment'; readonly segment: Segment }
