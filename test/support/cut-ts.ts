import assert from 'node:assert/strict'
import { joinBytes } from '../../src/base/index.ts'
import { PartTarget } from '../../src/hls/cutting/part-target.ts'
import { type Cut, type Segment, Segmenter, type SegmenterOptions } from '../../src/hls/index.ts'
import { LENGTHS } from './hls-lengths.ts'

/** Everything that a segmenter makes of MPEG-TS, handed to it in chunks. */
export function cut(
  bytes: Uint8Array,
  options: Partial<SegmenterOptions> = {},
  chunkBytes = 65_536,
): Cut[] {
  const segmenter = createSegmenter(options)
  const cuts: Cut[] = []
  for (let at = 0; at < bytes.byteLength; at += chunkBytes) {
    cuts.push(...segmenter.push(bytes.subarray(at, at + chunkBytes)))
  }
  cuts.push(...segmenter.end())
  return cuts
}

export function createSegmenter(options: Partial<SegmenterOptions> = {}): Segmenter {
  const { segmentMs, partMs } = LENGTHS
  return new Segmenter({ segmentMs, partTarget: new PartTarget(partMs), ...options })
}

/** The whole segments among the cuts. */
export function segmentsOf(cuts: readonly Cut[]): Segment[] {
  return cuts.flatMap((one) => (one.kind === 'segment' ? [one.segment] : []))
}

/**
 * The parts are the segment, in bytes and in time; all but the last come before it, by themselves.
 */
export function assertParts(cuts: readonly Cut[]): void {
  let ahead: Extract<Cut, { kind: 'part' }>[] = []
  for (const one of cuts) {
    if (one.kind === 'part') {
      ahead.push(one)
      continue
    }
    const { parts, ...segment } = one.segment
    assert.deepEqual(
      parts.slice(0, -1),
      ahead.map(({ part }) => part),
    )
    for (const { segment: head } of ahead) assert.equal(head.startTicks, segment.startTicks)
    if (parts.length > 0) {
      const bytes = joinBytes(parts.map((part) => part.bytes))
      assert.equal(Buffer.compare(bytes, segment.bytes), 0)
      const ticks = parts.reduce((sum, part) => sum + part.durationTicks, 0)
      assert.equal(ticks, segment.durationTicks)
      assert.equal(parts[0]?.isIndependent, true)
    }
    ahead = []
  }
  assert.equal(ahead.length, 0)
}
