import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ChunkHeader, decodeChunkHeader } from './chunk-header.ts'

const BEFORE: ChunkHeader = {
  chunkStreamId: 6,
  timestampMs: 1000,
  deltaMs: 40,
  extendedMs: null,
  messageBytes: 300,
  messageType: 9,
  messageStreamId: 1,
}
const EXTENDED: ChunkHeader = {
  ...BEFORE,
  timestampMs: 0x1000010,
  deltaMs: 0x1000000,
  extendedMs: 0x1000000,
}

const ROWS: readonly {
  name: string
  wire: string
  before?: ChunkHeader
  header: Partial<ChunkHeader>
  /** Bytes behind the header that must not be taken for it. */
  tail?: string
}[] = [
  { name: '[R04] id 3', wire: '03 000001 000002 08 01000000', header: { chunkStreamId: 3 } },
  { name: '[R04] id 63', wire: '3f 000001 000002 08 01000000', header: { chunkStreamId: 63 } },
  { name: '[R04] id 64', wire: '00 00 000001 000002 08 01000000', header: { chunkStreamId: 64 } },
  { name: '[R04] id 319', wire: '00 ff 000001 000002 08 01000000', header: { chunkStreamId: 319 } },
  {
    name: '[R04] id 320',
    wire: '01 00 01 000001 000002 08 01000000',
    header: { chunkStreamId: 320 },
  },
  {
    name: '[R04] id 65599',
    wire: '01 ff ff 000001 000002 08 01000000',
    header: { chunkStreamId: 65_599 },
  },
  {
    name: '[R06] format 0',
    wire: '06 000001 00012c 09 01000000',
    header: { timestampMs: 1, deltaMs: 1, messageBytes: 300, messageType: 9, messageStreamId: 1 },
  },
  {
    name: '[R06] format 1',
    wire: '46 000028 00000a 08',
    before: BEFORE,
    header: {
      timestampMs: 1040,
      deltaMs: 40,
      messageBytes: 10,
      messageType: 8,
      messageStreamId: 1,
    },
  },
  {
    name: '[R06] format 2',
    wire: '86 000010',
    before: BEFORE,
    header: { ...BEFORE, timestampMs: 1016, deltaMs: 16 },
  },
  { name: '[R06] format 3', wire: 'c6', before: BEFORE, header: BEFORE },
  {
    name: '[R07] extended timestamp in format 0',
    wire: '06 ffffff 00012c 09 01000000 01000000',
    header: { timestampMs: 0x1000000, extendedMs: 0x1000000 },
  },
  {
    name: '[R07] the largest timestamp that is not extended',
    wire: '06 fffffe 00012c 09 01000000',
    header: { timestampMs: 0xfffffe, extendedMs: null },
  },
  {
    name: '[R07] extended delta',
    wire: '86 ffffff 01000000',
    before: BEFORE,
    header: { timestampMs: 1000 + 0x1000000, deltaMs: 0x1000000 },
  },
  {
    name: '[R07] format 3 repeats the delta',
    wire: 'c6 01000000',
    before: EXTENDED,
    header: EXTENDED,
  },
  {
    name: '[R07] format 3 repeats the absolute time',
    wire: 'c6 01000010',
    before: EXTENDED,
    header: EXTENDED,
  },
  {
    name: '[R07] format 3 leaves it out',
    wire: 'c6',
    tail: '01000001',
    before: EXTENDED,
    header: EXTENDED,
  },
  {
    name: '[R08] timestamps wrap at 2^32',
    wire: '86 000030',
    before: { ...BEFORE, timestampMs: 0xfffffff0 },
    header: { timestampMs: 0x20 },
  },
  {
    name: '[R06] librtmp starts the control stream with format 1',
    wire: '42 000000 000006 04',
    header: {
      chunkStreamId: 2,
      messageType: 4,
      messageBytes: 6,
      messageStreamId: 0,
      timestampMs: 0,
    },
  },
]

for (const { name, wire, before, header, tail = '' } of ROWS) {
  test(`chunk header: ${name}`, () => {
    const previous = new Map(before === undefined ? [] : [[before.chunkStreamId, before]])
    const front = hex(wire)
    const bytes = Buffer.concat([hex('aa'), front, hex(tail)])
    const decoded = decodeChunkHeader(bytes, 1, previous)
    assert.equal(decoded?.headerBytes, front.byteLength)
    assert.deepEqual({ ...decoded?.header, ...header }, decoded?.header)
    // Without the repeated time, the first byte that differs settles it.
    const neededBytes = tail === '' ? bytes.byteLength : bytes.byteLength - 1
    for (let cut = 1; cut <= neededBytes; cut += 1) {
      if (cut === bytes.byteLength) continue
      assert.equal(decodeChunkHeader(bytes.subarray(0, cut), 1, previous), null, `cut at ${cut}`)
    }
  })
}

test('[R06] formats 1 to 3 cannot be the first on a chunk stream', () => {
  for (const first of [0x46, 0x86, 0xc6, 0x82, 0xc2]) {
    const bytes = Buffer.alloc(20, first)
    assert.throws(() => decodeChunkHeader(bytes, 0, new Map()), { code: 'rtmp.chunk-orphan' })
  }
})

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex')
}
