import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ViblyError } from '../../base/index.ts'
import { Latest, PICTURE_BYTES_MAX, PictureCutter } from './pictures.ts'

/**
 * Markers by ITU-T T.81 table B.1: a segment that contains FFD9, a scan with stuffing and a
 * restart.
 */
const PICTURE = Buffer.from(
  'ffd8 ffdb0006ffd90102 ffda00040102 11ff0022ffd333ffff00 ffd9'.replaceAll(' ', ''),
  'hex',
)

test('pictures are found whole, wherever the pipe cuts them', () => {
  const two = Buffer.concat([PICTURE, PICTURE])
  for (let at = 0; at <= two.byteLength; at += 1) {
    const cutter = new PictureCutter()
    const found = [...cutter.push(two.subarray(0, at)), ...cutter.push(two.subarray(at))]
    assert.deepEqual(
      found.map((picture) => Buffer.from(picture)),
      [PICTURE, PICTURE],
      `cut at ${at}`,
    )
  }
})

test('what is no JPEG, or has no end, is refused', () => {
  const broken = { code: 'transcode.thumbnail-broken' }
  assert.throws(() => new PictureCutter().push(Buffer.from('GIF89a')), broken)
  assert.throws(() => new PictureCutter().push(Buffer.from('ffd80000', 'hex')), broken)
  const endless = new PictureCutter()
  endless.push(PICTURE.subarray(0, 16))
  assert.throws(() => endless.push(Buffer.alloc(PICTURE_BYTES_MAX)), broken)
})

test('mutated pictures give pictures, nothing, or the fault', () => {
  const property = fc.property(
    fc.array(fc.tuple(fc.nat(PICTURE.byteLength - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
    (changes) => {
      const mutated = Buffer.from(PICTURE)
      for (const [at, value] of changes) mutated[at] = value
      try {
        const found = new PictureCutter().push(Buffer.concat([mutated, PICTURE]))
        const total = found.reduce((sum, picture) => sum + picture.byteLength, 0)
        assert.ok(total <= 2 * PICTURE.byteLength)
      } catch (thrown) {
        assert.ok(thrown instanceof ViblyError)
        assert.equal(thrown.code, 'transcode.thumbnail-broken')
      }
    },
  )
  const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)
  console.log(`seed ${seed}`)
  fc.assert(property, { seed, numRuns: 2000 })
})

test('a slow reader gets the newest only, and the last one before the end', async () => {
  const latest = new Latest<number>()
  const reader = latest[Symbol.asyncIterator]()
  const waiting = reader.next()
  latest.put(1)
  assert.deepEqual(await waiting, { value: 1, done: false })
  latest.put(2)
  latest.put(3)
  latest.end()
  assert.deepEqual(await reader.next(), { value: 3, done: false })
  assert.deepEqual(await reader.next(), { value: undefined, done: true })
})
