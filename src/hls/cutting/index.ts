/**
 * The MPEG-TS of one rendition to parts and segments. Knows nothing of the other renditions, names
 * or playlists.
 */
export { PartTarget } from './part-target.ts'
export type { Cut, Part, Segment, SegmentHead } from './segment.ts'
export { Segmenter, type SegmenterOptions } from './segmenter.ts'
export { targetSeconds } from './target-duration.ts'
