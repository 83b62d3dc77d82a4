/**
 * What is listed of a broadcast: segments and parts of all its renditions, in step, with their
 * moments and rates.
 */
export { Listing, type ListingOptions, PART_TARGETS } from './listing.ts'
export type { Moment } from './moments.ts'
export { type JournaledRendition, joinJournals, type Past } from './past.ts'
export {
  RenditionState,
  type RunRendition,
  type SegmentFacts,
  type StoredSegment,
} from './rendition.ts'
export { type Row, RunRows } from './run-rows.ts'
