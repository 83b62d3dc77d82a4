import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { FlvTag } from '../../media/index.ts'
import { TagGroup } from './tag-group.ts'

/** Most of them small, some larger than a block. */
const tag: fc.Arbitrary<FlvTag> = fc.record({
  kind: fc.constantFrom('audio', 'video', 'data'),
  timestampMs: fc.nat(2 ** 52),
  payload: fc.oneof(
    { weight: 20, arbitrary: fc.uint8Array({ maxLength: 300 }) },
    { weight: 1, arbitrary: fc.nat(40_000).map((bytes) => new Uint8Array(bytes).fill(bytes)) },
  ),
})

test('what is kept comes back as it was, in its order, at any time and of any size', () => {
  // Shared, so that most groups get blocks in which others left their bytes.
  const spare: Buffer[] = []
  fc.assert(
    fc.property(fc.array(tag, { maxLength: 200 }), fc.nat(2 ** 52), (tags, trimMs) => {
      const kept = new TagGroup(null, spare)
      for (const one of tags) kept.push(one)
      assert.deepEqual(plain(kept.tags()), plain(tags))
      kept.trim(trimMs)
      const isTrimmed = tags[0] !== undefined && tags[0].timestampMs < trimMs
      const left = tags.filter(({ timestampMs }) => !isTrimmed || timestampMs >= trimMs)
      assert.deepEqual(plain(kept.tags()), plain(left))
      kept.clear()
    }),
  )
})

test('what was handed out stays as it was when its memory is used again', () => {
  const spare: Buffer[] = []
  const before = new TagGroup(null, spare)
  before.push({ kind: 'video', timestampMs: 1, payload: Uint8Array.of(1, 1, 1) })
  const out = before.tags()
  before.clear()
  assert.deepEqual([before.bytes, before.tags()], [0, []])
  const after = new TagGroup(null, spare)
  after.push({ kind: 'audio', timestampMs: 2, payload: Uint8Array.of(2, 2, 2) })
  assert.equal(spare.length, 0, 'the block is in use')
  assert.deepEqual([...(out[0]?.payload ?? [])], [1, 1, 1])
})

test('[R27] after a burst only a little memory waits to be used again', () => {
  const spare: Buffer[] = []
  const burst = new TagGroup(null, spare)
  const payload = new Uint8Array(1000)
  for (let count = 0; count < 10_000; count += 1)
    burst.push({ kind: 'video', timestampMs: 0, payload })
  burst.clear()
  assert.ok(spare.reduce((sum, block) => sum + block.byteLength, 0) <= 1024 * 1024)
})

function plain(tags: readonly FlvTag[]): readonly unknown[] {
  return tags.map((one) => ({ ...one, payload: [...one.payload] }))
}
