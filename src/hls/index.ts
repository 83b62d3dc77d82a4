/**
 * HLS packaging: MPEG-TS of each rendition to parts and segments, segments to playlists that move
 * in step. Pure state and text; knows nothing of FFmpeg processes, files, HTTP or who watches.
 */
export { type FoundSegment, readFoundSegment } from './found-segment.ts'
export { intactLength } from './intact.ts'
export {
  type Journal,
  markLost,
  type PlayedSegment,
  parseJournal,
  playedSegments,
  recoverPlaylist,
} from './journal.ts'
export type { Variant } from './master.ts'
export { type JournaledRendition, joinJournals, type Past } from './past.ts'
export { PLAYLIST_END } from './playlist.ts'
export type { JournalText } from './playlists.ts'
export { Presentation } from './presentation.ts'
export { type FoundFile, relist } from './relist.ts'
export type { ReloadTarget } from './reload.ts'
export type { Cut, Part, Segment, SegmentHead } from './segment.ts'
export { Segmenter, type SegmenterOptions } from './segmenter.ts'
export { TICKS_PER_MS, TICKS_PER_SECOND, targetSeconds } from './time.ts'
