import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AAC, H264, picture, runFfmpeg, tone } from '../../../test/support/make-media.ts'
import { ByteReader, joinBytes } from '../../base/index.ts'
import { TsReader } from '../mpegts/ts-reader.ts'
import { Timeline } from '../time/timeline.ts'
import { encodeFlvHeader, encodeFlvTag, type FlvTag } from './flv.ts'

const HEADERS = [
  { hasVideo: true, hasAudio: true, wire: '464c560105' },
  { hasVideo: true, hasAudio: false, wire: '464c560101' },
  { hasVideo: false, hasAudio: true, wire: '464c560104' },
]

for (const { wire, ...tracks } of HEADERS) {
  test(`the FLV header announces ${JSON.stringify(tracks)}`, () => {
    assert.equal(hex(encodeFlvHeader(tracks)), `${wire}0000000900000000`)
  })
}

const TAGS: readonly { name: string; tag: Omit<FlvTag, 'payload'>; wire: string }[] = [
  { name: 'audio at 0', tag: { kind: 'audio', timestampMs: 0 }, wire: '08000002 000000 00' },
  { name: 'video', tag: { kind: 'video', timestampMs: 0x123456 }, wire: '09000002 123456 00' },
  { name: 'data', tag: { kind: 'data', timestampMs: 40 }, wire: '12000002 000028 00' },
  {
    name: 'a time of 32 bits keeps its upper byte behind the others [R08]',
    tag: { kind: 'video', timestampMs: 0xfedcba98 },
    wire: '09000002 dcba98 fe',
  },
  {
    name: 'a time past 32 bits wraps [R08]',
    tag: { kind: 'video', timestampMs: 2 ** 32 + 5 },
    wire: '09000002 000005 00',
  },
]

for (const { name, tag, wire } of TAGS) {
  test(`FLV tag: ${name}`, () => {
    const bytes = encodeFlvTag({ ...tag, payload: Uint8Array.of(0xaa, 0xbb) })
    assert.equal(hex(bytes), `${wire.replaceAll(' ', '')}000000aabb0000000d`)
  })
}

test('[F12] a leap of 1 h in the middle makes FFmpeg write no more than what was sent', () => {
  const args = [...picture('160x90', '30', 6), ...tone(6), ...H264, ...AAC]
  const tags = tagsOf(runFfmpeg([...args, '-f', 'flv', 'pipe:1']))
  const timeline = new Timeline()
  let resets = 0
  const placed = tags.map((tag) => {
    const sentMs = tag.timestampMs + (tag.timestampMs >= 3000 ? 3_600_000 : 0)
    const { timestampMs, isReset } = timeline.push(tag.kind, sentMs)
    if (isReset) resets += 1
    return encodeFlvTag({ ...tag, timestampMs })
  })
  assert.equal(resets, 1)
  const flv = joinBytes([encodeFlvHeader({ hasVideo: true, hasAudio: true }), ...placed])
  // The default frame rate mode, which fills holes with copies: there must be none.
  const reader = new TsReader()
  const out = runFfmpeg(
    ['-f', 'flv', '-i', 'pipe:0', ...H264, ...AAC, '-f', 'mpegts', 'pipe:1'],
    flv,
  )
  const units = [...reader.push(out), ...reader.end()].filter((unit) => unit.kind === 'video')
  assert.ok(units.length >= 175 && units.length <= 185, `${units.length} pictures of 180`)
})

test('what is encoded here, FFmpeg reads: the same pictures and the same sound', () => {
  const args = [...picture('160x90', '30', 2), ...tone(2), ...H264, ...AAC]
  const original = runFfmpeg([...args, '-f', 'flv', 'pipe:1'])
  const tags = tagsOf(original).map((tag) => encodeFlvTag(tag))
  const flv = joinBytes([encodeFlvHeader({ hasVideo: true, hasAudio: true }), ...tags])
  const sums = ['-f', 'flv', '-i', 'pipe:0', '-c', 'copy', '-f', 'framecrc', 'pipe:1']
  assert.equal(runFfmpeg(sums, flv).toString(), runFfmpeg(sums, original).toString())
})

/** The tags of an FLV file, for tests alone: Vibly itself never reads one. */
function tagsOf(flv: Uint8Array): FlvTag[] {
  const reader = new ByteReader(flv)
  const kinds = { 8: 'audio', 9: 'video', 18: 'data' } as const
  const tags: FlvTag[] = []
  reader.skip(13)
  while (reader.remaining > 0) {
    const type = reader.u8()
    const payloadBytes = reader.u24()
    const timestampMs = reader.u24() + reader.u8() * 2 ** 24
    reader.skip(3)
    const payload = reader.take(payloadBytes)
    reader.skip(4)
    if (type === 8 || type === 9 || type === 18)
      tags.push({ kind: kinds[type], timestampMs, payload })
  }
  return tags
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
