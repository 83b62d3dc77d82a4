/** What can be swapped for another technology: interfaces only, no domain, no code that runs. */
export type { BlobHead, Blobs, ByteRange, Durability } from './blobs.ts'
export type { DiskSpace } from './disk-space.ts'
export type { Entry, Following, Log, Position, Span } from './log.ts'
export type { Collection, Records, Versioned } from './records.ts'
