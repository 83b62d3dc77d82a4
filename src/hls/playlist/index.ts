/**
 * Playlists as text: what players are given, and what is stored entry by entry and read back.
 * Values in, text out; knows nothing of what is listed when.
 */
export { intactLength } from './intact.ts'
export {
  formatJournalEntry,
  type Journal,
  type JournalEntry,
  markLost,
  type PlayedSegment,
  parseJournal,
  playedSegments,
  recoverPlaylist,
} from './journal.ts'
export { formatMaster, type ShownAudio, type ShownVideo, type Variant } from './master.ts'
export {
  formatEntry,
  formatHead,
  formatHint,
  formatOpenEntry,
  formatReport,
  NOTHING_FORESEEN,
  type PartEntry,
  PLAYLIST_END,
  type PlaylistEntry,
  SKIP_TARGETS,
} from './playlist.ts'
export {
  formatGapName,
  formatPartName,
  formatSegmentName,
  parseSegmentName,
} from './segment-name.ts'
