/**
 * HLS packaging: MPEG-TS of each rendition to parts and segments, segments to playlists that move
 * in step. Pure state and text; knows nothing of FFmpeg processes, files, HTTP or who watches.
 */
export {
  type Cut,
  type Part,
  type Segment,
  Segmenter,
  type SegmenterOptions,
  type SegmentHead,
  targetSeconds,
} from './cutting/index.ts'
export { type JournaledRendition, joinJournals, type Past } from './listing/index.ts'
export {
  intactLength,
  type Journal,
  markLost,
  PLAYLIST_END,
  type PlayedSegment,
  parseJournal,
  playedSegments,
  recoverPlaylist,
  type Variant,
} from './playlist/index.ts'
export type { JournalText } from './playlists.ts'
export { Presentation } from './presentation.ts'
export { type FoundFile, type FoundSegment, readFoundSegment, relist } from './recovery/index.ts'
export type { ReloadTarget } from './reload.ts'
