/** What the segment files of a broadcast alone still tell, when its playlists are lost. */
export { type FoundSegment, readFoundSegment } from './found-segment.ts'
export { type FoundFile, relist } from './relist.ts'
