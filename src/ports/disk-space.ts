/** What a disk has left for Vibly, and what it has in all. */
export interface DiskSpace {
  readonly bytesFree: number
  readonly bytesTotal: number
  /** Files that may still be made; `filesTotal` 0: the file system does not count them. */
  readonly filesFree: number
  readonly filesTotal: number
}
