import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeAmf0 } from './amf/amf0.ts'
import type { Message } from './chunks/message.ts'
import { mediaOf } from './media.ts'

function message(type: number, payload: Uint8Array, timestampMs = 1000): Message {
  return { type, messageStreamId: 1, timestampMs, payload }
}

function tag(type: number, timestampMs: number, body: readonly number[]): readonly number[] {
  const low = timestampMs % 0x1000000
  const high = Math.trunc(timestampMs / 0x1000000)
  const time = [Math.trunc(low / 0x10000), Math.trunc(low / 0x100) % 0x100, low % 0x100, high]
  return [type, 0, 0, body.length, ...time, 0, 0, 0, ...body, 0, 0, 0, 11 + body.length]
}

test('audio and video are handed on as they are, empty messages are left out', () => {
  const payload = Uint8Array.of(0xaf, 0x01)
  assert.deepEqual(mediaOf(message(8, payload)), [{ kind: 'audio', timestampMs: 1000, payload }])
  assert.deepEqual(mediaOf(message(9, payload)), [{ kind: 'video', timestampMs: 1000, payload }])
  for (const type of [8, 9, 15, 18, 22])
    assert.deepEqual(mediaOf(message(type, new Uint8Array(0))), [])
})

test('[R13] [R15] metadata loses what was meant for the server only', () => {
  const body = encodeAmf0(['onMetaData', new Map([['width', 640]])])
  const sent = encodeAmf0(['@setDataFrame', 'onMetaData', new Map([['width', 640]])])
  const expected = [{ kind: 'data', timestampMs: 1000, payload: body }]
  assert.deepEqual(mediaOf(message(18, sent)), expected)
  assert.deepEqual(mediaOf(message(18, body)), expected)
  const ofAmf3 = Buffer.concat([Uint8Array.of(0), sent])
  assert.deepEqual(mediaOf(message(15, ofAmf3)), expected)
  assert.deepEqual(mediaOf(message(18, encodeAmf0(['@clearDataFrame', 'onMetaData']))), [])
})

test('[R16] an aggregate is split, its first part at the time of the message', () => {
  const bytes = Uint8Array.of(...tag(8, 0xfffffff0, [1, 2]), ...tag(9, 4, [3]), ...tag(22, 5, [9]))
  const expected = [
    { kind: 'audio', timestampMs: 1000, payload: Uint8Array.of(1, 2) },
    { kind: 'video', timestampMs: 1020, payload: Uint8Array.of(3) },
  ]
  assert.deepEqual(mediaOf(message(22, bytes)).slice(0, 1), expected.slice(0, 1))
  const sameEra = Uint8Array.of(...tag(8, 500, [1, 2]), ...tag(9, 520, [3]))
  assert.deepEqual(mediaOf(message(22, sameEra)), expected)
  const withoutLastSize = sameEra.subarray(0, -4)
  assert.deepEqual(mediaOf(message(22, withoutLastSize)), expected)
})

test('[R08] [R16] times in an aggregate wrap like all others', () => {
  const bytes = Uint8Array.of(...tag(8, 0xfffffff0, [1]), ...tag(8, 4, [2]))
  const times = mediaOf(message(22, bytes)).map((media) => media.timestampMs)
  assert.deepEqual(times, [1000, 1020])
})

test('[R16] an aggregate that does not fit its length is refused', () => {
  const bytes = Uint8Array.of(...tag(8, 0, [1, 2, 3]))
  for (let cut = 1; cut < 14; cut += 1) {
    const sent = message(22, bytes.subarray(0, cut))
    assert.throws(() => mediaOf(sent), { code: 'rtmp.aggregate-invalid' }, `cut at ${cut}`)
  }
  const many = new Uint8Array(16 * 5000)
  for (let at = 0; at < many.byteLength; at += 16) many.set(tag(8, 0, [1]), at)
  assert.throws(() => mediaOf(message(22, many)), { code: 'rtmp.aggregate-invalid' })
})
