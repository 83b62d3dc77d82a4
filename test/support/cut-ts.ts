import { type Cut, type Segment, Segmenter, type SegmenterOptions } from '../../src/hls/index.ts'

/** Everything that a segmenter makes of MPEG-TS, handed to it in chunks. */
export function cut(bytes: Uint8Array, options: SegmenterOptions = {}, chunkBytes = 65_536): Cut[] {
  const segmenter = new Segmenter(options)
  const cuts: Cut[] = []
  for (let at = 0; at < bytes.byteLength; at += chunkBytes) {
    cuts.push(...segmenter.push(bytes.subarray(at, at + chunkBytes)))
  }
  cuts.push(...segmenter.end())
  return cuts
}

/** The whole segments among the cuts. */
export function segmentsOf(cuts: readonly Cut[]): Segment[] {
  return cuts.flatMap((one) => (one.kind === 'segment' ? [one.segment] : []))
}
