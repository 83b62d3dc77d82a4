/**
 * The ports on one machine's disk: records, blobs and the chat log, and the data folder they live
 * in. Knows no domain; only `app` may know it.
 */
export { lockDataDir, makeFolder } from './data-dir.ts'
export { type FileSystem, type NewFile, nodeFileSystem, readDiskSpace } from './disk/index.ts'
export { type DiskBlobOptions, openDiskBlobs } from './disk-blobs.ts'
export { FILE_LOG_DEFAULTS, type FileLogOptions, openFileLog } from './log/index.ts'
export { type FileRecords, openFileRecords } from './records/index.ts'
export { loadSecret } from './server-secret.ts'
