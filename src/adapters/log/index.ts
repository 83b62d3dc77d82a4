/** The port `Log` on files: JSON arrays that grow in place. */
export { FILE_LOG_DEFAULTS, type FileLogOptions, openFileLog } from './file-log.ts'
