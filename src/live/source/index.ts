/** What came in as what FFmpeg is fed with: headers, groups of pictures, one line of time. */
export { Source, type SourceStart, type SourceStep } from './source.ts'
