/** What becomes of a source: one FFmpeg after the other, cut, stored and listed. */
export { BroadcastFolder } from './broadcast-folder.ts'
export { Offer, type Room } from './offer.ts'
export type { RenditionFigures } from './rendition-meter.ts'
export { Run } from './run.ts'
export { RunFailures } from './run-failures.ts'
