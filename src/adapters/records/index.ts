/** The port `Records` on files: a JSON file for each collection, replaced whole. */
export { type FileRecords, openFileRecords } from './file-records.ts'
