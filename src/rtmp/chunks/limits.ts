/** Bounds of what one connection keeps in memory. [R22] */
export interface RtmpLimits {
  /** Chunk streams in use, whatever their ids. */
  readonly chunkStreamsMax: number
  readonly commandBytesMax: number
  readonly audioBytesMax: number
  readonly videoBytesMax: number
  /** All unfinished messages together. */
  readonly partialBytesMax: number
}
