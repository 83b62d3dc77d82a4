/** The file system as the adapters use it, in one place that tests can break. */
export { readDiskSpace } from './disk-space.ts'
export {
  DIRECTORY_MODE,
  FILE_MODE,
  type FileSystem,
  isDiskFull,
  type NewFile,
  nodeFileSystem,
  syncDirectory,
} from './file-system.ts'
export { backupOf, replaceFile } from './replace-file.ts'
