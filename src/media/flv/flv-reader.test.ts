import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeFlvHeader, encodeFlvTag, type FlvTag } from './flv.ts'
import { FlvReader } from './flv-reader.ts'

const TAGS: readonly FlvTag[] = [
  { kind: 'video', timestampMs: 0, payload: Uint8Array.of(0x17, 0, 0, 0, 0, 1) },
  { kind: 'audio', timestampMs: 21, payload: Uint8Array.of(0xaf, 1, 2, 3) },
  { kind: 'data', timestampMs: 2 ** 24 + 5, payload: Uint8Array.of(2) },
  { kind: 'video', timestampMs: 2 ** 32 - 1, payload: new Uint8Array(300).fill(7) },
]
const FRONT = encodeFlvHeader({ hasVideo: true, hasAudio: true })
const FILE = Buffer.concat([FRONT, ...TAGS.map(encodeFlvTag)])

test('[F19] a file cut at any byte gives its whole tags and drops the torn one', () => {
  for (let cut = 0; cut <= FILE.byteLength; cut += 1) {
    const tags = new FlvReader().push(FILE.subarray(0, cut))
    let end = FRONT.byteLength
    const whole = TAGS.filter((tag) => {
      end += encodeFlvTag(tag).byteLength
      return end <= cut
    })
    assert.deepEqual(tags.map(plain), whole.map(plain), `cut at ${cut}`)
  }
})

test('pieces of any size give the same tags', () => {
  for (const size of [1, 2, 7, 64, 1000]) {
    const reader = new FlvReader()
    const tags: FlvTag[] = []
    for (let at = 0; at < FILE.byteLength; at += size) {
      tags.push(...reader.push(FILE.subarray(at, at + size)))
    }
    assert.deepEqual(tags.map(plain), TAGS.map(plain))
    assert.equal(reader.isBroken, false)
  }
})

test('[F19] zeros, as a power loss leaves them, end the file; nothing behind them is read', () => {
  const reader = new FlvReader()
  const spoilt = Buffer.concat([FILE, Buffer.alloc(64), encodeFlvTag(TAGS[1] ?? assert.fail())])
  assert.equal(reader.push(spoilt).length, TAGS.length)
  assert.ok(reader.isBroken)
  assert.deepEqual(reader.push(FILE), [])
  const other = new FlvReader()
  assert.deepEqual(other.push(Buffer.alloc(100)), [])
  assert.ok(other.isBroken, 'what does not begin as FLV is none')
})

function plain({ kind, timestampMs, payload }: FlvTag) {
  return { kind, timestampMs, payload: Buffer.from(payload).toString('hex') }
}
