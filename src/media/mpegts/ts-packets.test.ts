import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AAC, H264, makeTs, picture, tone } from '../../../test/support/make-media.ts'
import { joinBytes } from '../../base/index.ts'
import { insertParameterSets, pidOf } from './ts-packets.ts'
import { TsReader, type TsUnit } from './ts-reader.ts'
import { encodeTables } from './ts-tables.ts'

const reader = new TsReader()
const bytes = makeTs([...picture('320x180', '30', 1), ...tone(1), ...H264, ...AAC])
const pictures = [...reader.push(bytes), ...reader.end()].filter(({ kind }) => kind === 'video')
const sets = pictures[0]?.parameterSets ?? assert.fail('the first picture has parameter sets')

/** Reads one picture with a reader that knows only the tables. */
function readAlone(packets: Uint8Array): { unit: TsUnit | undefined; reader: TsReader } {
  const fresh = new TsReader()
  const tables = encodeTables(reader.program ?? assert.fail('no program'))
  const [unit] = [...fresh.push(joinBytes([tables, packets])), ...fresh.end()]
  return { unit, reader: fresh }
}

test('[LL21] any picture gets its parameter sets, and nothing else of it changes', () => {
  for (const picture of pictures.slice(1)) {
    const longer = insertParameterSets(picture.packets, sets)
    assert.equal(longer.byteLength % 188, 0)
    const { unit, reader: fresh } = readAlone(longer)
    assert.equal(fresh.video?.width, 320)
    assert.equal(unit?.ptsTicks, picture.ptsTicks)
    assert.equal(unit?.dtsTicks, picture.dtsTicks)
    assert.equal(unit?.isRandomAccess, false)
    const [before, after] = [elementary(picture.packets), elementary(longer)]
    assert.deepEqual(after, Buffer.concat([before.subarray(0, 6), sets, before.subarray(6)]))
    assert.equal(fresh.skippedBytes, 0)
  }
})

test('a picture that has its parameter sets stays as it is', () => {
  const [first] = pictures
  assert.ok(first)
  assert.equal(insertParameterSets(first.packets, sets), first.packets)
  const again = insertParameterSets(pictures[1]?.packets ?? assert.fail(), sets)
  assert.equal(insertParameterSets(again, sets), again)
})

test('[LL21] parameter sets of any length fit', () => {
  const packets = pictures[1]?.packets ?? assert.fail()
  fc.assert(
    fc.property(fc.nat({ max: 800 }), (byteCount) => {
      const long = joinBytes([sets, new Uint8Array(byteCount).fill(0xa5)])
      const longer = insertParameterSets(packets, long)
      assert.equal(longer.byteLength % 188, 0)
      assert.equal(elementary(longer).byteLength, elementary(packets).byteLength + long.byteLength)
      assert.equal(readAlone(longer).reader.video?.height, 180)
    }),
  )
})

test('what is no whole picture stays as it is', () => {
  const packets = pictures[1]?.packets ?? assert.fail()
  const short = packets.subarray(0, 100)
  assert.equal(insertParameterSets(short, sets), short)
  assert.equal(pidOf(short), null)
  const rest = packets.slice(0, 188)
  rest[3] = 0x20
  assert.equal(insertParameterSets(rest, sets), rest)
})

/** The payloads of all packets, joined, behind the PES header. */
function elementary(packets: Uint8Array): Buffer {
  const payloads: Uint8Array[] = []
  for (let at = 0; at < packets.byteLength; at += 188) {
    const packet = packets.subarray(at, at + 188)
    const isStuffed = ((packet[3] ?? 0) & 0x20) !== 0
    payloads.push(packet.subarray(isStuffed ? 5 + (packet[4] ?? 0) : 4))
  }
  const pes = Buffer.concat(payloads)
  return pes.subarray(9 + (pes[8] ?? 0))
}
