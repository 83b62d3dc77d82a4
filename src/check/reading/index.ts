/** Playlists and transport streams as the judge reads them, and as parsers of others do. */
export { deltaFault, mergeDelta } from './delta.ts'
export { type MasterList, parseMasterList, type Variant } from './master-list.ts'
export {
  type ListedPart,
  type ListedRange,
  type ListedSegment,
  lastMsnOf,
  lastOf,
  listedSeconds,
  type MediaList,
  parseMediaList,
  segmentChange,
} from './media-list.ts'
export { masterParserFaults, parserFaults } from './parsers.ts'
export {
  digestOf,
  isTs,
  type PartsFacts,
  readParts,
  readTs,
  type TsFacts,
  ticksBetween,
} from './ts-facts.ts'
