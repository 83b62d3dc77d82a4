import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ByteWriter, joinBytes, ViblyError } from '../../base/index.ts'
import { RTMP_DEFAULTS } from '../options.ts'
import { ChunkReader } from './chunk-reader.ts'
import { encodeMessage } from './chunk-writer.ts'
import type { RtmpLimits } from './limits.ts'
import type { Message } from './message.ts'

const LIMITS = RTMP_DEFAULTS.whilePublishing
const BEFORE = RTMP_DEFAULTS.beforePublish

/** A message on a chunk stream, in the form in which its chunks are to be written. */
interface Sent {
  readonly chunkStreamId: number
  readonly format: 0 | 1 | 2 | 3
  readonly deltaMs: number
  readonly payload: Uint8Array
  readonly type: number
}

/** The chunks of one message and what a reader must make of it. */
interface Encoded {
  readonly chunks: readonly Uint8Array[]
  readonly message: Message
}

/**
 * Writes messages in all formats, as an encoder that saves headers would; remembers what it must.
 */
class FormatWriter {
  readonly #before = new Map<number, Sent & { readonly timestampMs: number }>()
  readonly #chunkBytes: number
  readonly #omits: boolean

  constructor(options: { chunkBytes: number; omitsExtended: boolean }) {
    this.#chunkBytes = options.chunkBytes
    this.#omits = options.omitsExtended
  }

  encode(wanted: Sent): Encoded {
    const before = this.#before.get(wanted.chunkStreamId)
    const format = before === undefined ? 0 : fitting(wanted, before)
    const deltaMs = format === 3 && before !== undefined ? before.deltaMs : wanted.deltaMs
    const startMs = format === 0 ? 0 : (before?.timestampMs ?? 0)
    const timestampMs = (startMs + deltaMs) % 2 ** 32
    const sent = { ...wanted, format, deltaMs, timestampMs }
    this.#before.set(wanted.chunkStreamId, sent)

    const chunks: Uint8Array[] = []
    const { payload, type } = wanted
    for (let at = 0; at === 0 || at < payload.byteLength; at += this.#chunkBytes) {
      const writer = new ByteWriter()
      writeHeader(writer, sent, at === 0 ? format : 3, this.#omits)
      chunks.push(writer.put(payload.subarray(at, at + this.#chunkBytes)).bytes())
    }
    return { chunks, message: { type, messageStreamId: 1, timestampMs, payload } }
  }
}

/** The wanted format, or the closest that says all that has changed. */
function fitting(wanted: Sent, before: Sent): 0 | 1 | 2 | 3 {
  const isAlike =
    wanted.payload.byteLength === before.payload.byteLength && wanted.type === before.type
  return isAlike || wanted.format === 0 ? wanted.format : 1
}

function writeHeader(writer: ByteWriter, sent: Sent, format: number, omitsExtended: boolean): void {
  const { chunkStreamId, deltaMs } = sent
  const first = format * 64
  if (chunkStreamId < 64) writer.u8(first + chunkStreamId)
  else if (chunkStreamId < 320) writer.u8(first).u8(chunkStreamId - 64)
  else {
    const rest = chunkStreamId - 64
    writer
      .u8(first + 1)
      .u8(rest % 256)
      .u8(Math.trunc(rest / 256))
  }
  const isExtended = deltaMs >= 0xffffff
  if (format <= 2) writer.u24(isExtended ? 0xffffff : deltaMs)
  if (format <= 1) writer.u24(sent.payload.byteLength).u8(sent.type)
  if (format === 0) writer.u32le(1)
  if (isExtended && !(format === 3 && omitsExtended)) writer.u32(deltaMs)
}

/**
 * Chunks of different chunk streams in turns, as `order` says; those of one stream stay in order.
 */
function interleave(
  encoded: readonly (Encoded & { chunkStreamId: number })[],
  order: readonly number[],
) {
  const lanes = new Map<number, { chunk: Uint8Array; message: Message | null }[]>()
  for (const { chunkStreamId, chunks, message } of encoded) {
    const lane = lanes.get(chunkStreamId) ?? []
    lanes.set(chunkStreamId, lane)
    for (const [index, chunk] of chunks.entries()) {
      lane.push({ chunk, message: index === chunks.length - 1 ? message : null })
    }
  }
  const wire: Uint8Array[] = []
  const messages: Message[] = []
  for (let turn = 0; lanes.size > 0; turn += 1) {
    const ids = [...lanes.keys()]
    const id = ids[(order[turn % order.length] ?? 0) % ids.length] ?? 0
    const next = lanes.get(id)?.shift()
    if (next === undefined) {
      lanes.delete(id)
      continue
    }
    wire.push(next.chunk)
    if (next.message !== null) messages.push(next.message)
  }
  return { wire: joinBytes(wire), messages }
}

function readAll(reader: ChunkReader, wire: Uint8Array, cuts: readonly number[]): Message[] {
  const messages: Message[] = []
  let at = 0
  for (let index = 0; at < wire.byteLength; index += 1) {
    const end = at + (cuts[index % cuts.length] ?? wire.byteLength)
    reader.feed(wire.subarray(at, end))
    at = end
    for (let message = reader.next(); message !== null; message = reader.next()) {
      messages.push({ ...message, payload: Uint8Array.from(message.payload) })
    }
  }
  return messages
}

/**
 * Times that an omitted extended timestamp can be told from: the payloads that then stand in its
 * place start with a high byte, which no time here does.
 */
const tellable = {
  payload: fc.uint8Array({ minLength: 1, maxLength: 600, min: 0x80 }),
  largeMs: fc.integer({ min: 0xfffff0, max: 0x1000100 }),
}
const anything = {
  payload: fc.uint8Array({ maxLength: 600 }),
  largeMs: fc.integer({ min: 0xfffff0, max: 0xffffffff }),
}

function sents({ payload, largeMs }: typeof anything): fc.Arbitrary<Sent[]> {
  const sent = fc.record({
    chunkStreamId: fc.constantFrom(2, 3, 63, 64, 319, 320, 65_599),
    format: fc.constantFrom<(0 | 1 | 2 | 3)[]>(0, 1, 2, 3),
    deltaMs: fc.oneof(fc.integer({ min: 0, max: 100 }), largeMs),
    payload: fc.oneof(payload, fc.constant(new Uint8Array(40).fill(0x87))),
    type: fc.constantFrom(8, 9, 18, 20),
  })
  return fc.array(sent, { minLength: 1, maxLength: 30 })
}
const cuts = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 10 })
const order = fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 20 })

for (const omitsExtended of [false, true]) {
  const how = omitsExtended ? 'left out of' : 'repeated in'
  test(`[R04] [R06] [R07] any messages, formats, interleaving and cuts; extended time ${how} format 3`, () => {
    fc.assert(
      fc.property(
        sents(omitsExtended ? tellable : anything),
        cuts,
        order,
        fc.constantFrom(1, 2, 37, 128, 4096),
        (list, sizes, turns, chunkBytes) => {
          const writer = new FormatWriter({ chunkBytes, omitsExtended })
          const encoded = list.map((sent) => ({
            chunkStreamId: sent.chunkStreamId,
            ...writer.encode(sent),
          }))
          const { wire, messages } = interleave(encoded, turns)
          const reader = new ChunkReader(LIMITS)
          reader.setChunkSize(chunkBytes)
          assert.deepEqual(readAll(reader, wire, sizes), messages)
          assert.equal(reader.partialBytes, 0)
        },
      ),
      { numRuns: 300 },
    )
  })
}

test('[R02] the same messages whatever byte the read ends at', () => {
  const messages = [video(300, 0x1000000), { ...video(10, 0x1000000), type: 20 }, video(0, 5)]
  const wire = joinBytes(messages.map((message, index) => encodeMessage(message, 3 + index, 128)))
  const whole = readAll(new ChunkReader(LIMITS), wire, [wire.byteLength])
  assert.equal(whole.length, 3)
  for (let cut = 1; cut < wire.byteLength; cut += 1) {
    const parts = readAll(new ChunkReader(LIMITS), wire, [cut, wire.byteLength])
    assert.deepEqual(parts, whole, `cut at ${cut}`)
  }
  assert.deepEqual(readAll(new ChunkReader(LIMITS), wire, [1]), whole)
})

test('[R05] chunk sizes that RTMP allows, and those it does not', () => {
  for (const chunkBytes of [1, 127, 128, 4096, 60_000, 65_536, 0xffffff, 2 ** 31 - 1]) {
    const reader = new ChunkReader(LIMITS)
    reader.setChunkSize(chunkBytes)
    const wire = encodeMessage(video(70_000, 1), 4, chunkBytes)
    assert.equal(readAll(reader, wire, [65_536])[0]?.payload.byteLength, 70_000)
  }
  for (const chunkBytes of [0, 2 ** 31, 2 ** 32 - 1]) {
    const reader = new ChunkReader(LIMITS)
    assert.throws(() => reader.setChunkSize(chunkBytes), { code: 'rtmp.chunk-size-invalid' })
  }
})

test('[R05] a chunk size may change in the middle of a message of another chunk stream', () => {
  const { payload } = video(400, 0)
  const header = encodeMessage(video(400, 0), 4, 0xffff).subarray(0, 12)
  const reader = new ChunkReader(LIMITS)
  const front = joinBytes([header, payload.subarray(0, 128)])
  assert.deepEqual(readAll(reader, front, [front.byteLength]), [])
  reader.setChunkSize(1000)
  const rest = joinBytes([Uint8Array.of(0xc4), payload.subarray(128)])
  assert.deepEqual(readAll(reader, rest, [50])[0]?.payload, payload)
})

test('[R09] an aborted message is forgotten, the next one is whole', () => {
  const reader = new ChunkReader(LIMITS)
  const wire = encodeMessage(video(300, 0), 4, 128)
  assert.deepEqual(readAll(reader, wire.subarray(0, 12 + 128), [500]), [])
  assert.ok(reader.partialBytes > 0)
  reader.abort(4)
  reader.abort(5)
  assert.equal(reader.partialBytes, 0)
  assert.equal(
    readAll(reader, encodeMessage(video(200, 0), 4, 128), [500])[0]?.payload.byteLength,
    200,
  )
})

test('CVE-2016-10191: a new header in the middle of a message ends the connection', () => {
  for (const format of [0, 1, 2]) {
    const reader = new ChunkReader(LIMITS)
    readAll(reader, encodeMessage(video(300, 0), 4, 128).subarray(0, 12 + 128), [500])
    const header = Uint8Array.of(format * 64 + 4, 0, 0, 0, 0xff, 0xff, 0, 9, 1, 0, 0, 0)
    assert.throws(() => readAll(reader, header, [12]), { code: 'rtmp.chunk-interrupted' })
  }
})

test('[R22] messages at their limit pass, one byte more ends the connection', () => {
  const rows: readonly (readonly [RtmpLimits, type: number, bytes: number])[] = [
    [BEFORE, 20, BEFORE.commandBytesMax],
    [BEFORE, 8, BEFORE.audioBytesMax],
    [BEFORE, 9, BEFORE.videoBytesMax],
    [LIMITS, 20, 64 * 1024],
    [LIMITS, 18, 64 * 1024],
    [LIMITS, 8, 1024 * 1024],
    [LIMITS, 9, 8 * 1024 * 1024],
    [LIMITS, 22, 8 * 1024 * 1024],
  ]
  for (const [limits, type, bytes] of rows) {
    const reader = new ChunkReader(limits)
    reader.setChunkSize(2 ** 24)
    const wire = encodeMessage({ ...video(bytes, 0), type }, 4, 2 ** 24)
    assert.equal(readAll(reader, wire, [65_536])[0]?.payload.byteLength, bytes)
    const header = new ByteWriter(12)
      .u8(4)
      .u24(0)
      .u24(bytes + 1)
      .u8(type)
      .u32le(1)
      .bytes()
    const next = () => readAll(new ChunkReader(limits), header, [12])
    assert.throws(next, { code: 'rtmp.message-too-large' })
  }
})

test('[R21] [R22] 65,597 chunk streams that announce 16 MiB each: closed, next to nothing held', () => {
  const reader = new ChunkReader(LIMITS)
  const flood = function* (): Generator<Uint8Array> {
    for (let id = 64; id < 65_600; id += 1) {
      const writer = new ByteWriter(160)
        .u8(1)
        .u8((id - 64) % 256)
        .u8(Math.trunc((id - 64) / 256))
      yield writer
        .u24(0)
        .u24(8 * 1024 * 1024)
        .u8(9)
        .u32le(1)
        .put(new Uint8Array(128))
        .bytes()
    }
  }
  assert.throws(
    () => {
      for (const chunk of flood()) readAll(reader, chunk, [chunk.byteLength])
    },
    { code: 'rtmp.chunk-streams-too-many' },
  )
  assert.ok(reader.partialBytes <= 32 * 64 * 1024)
})

test('[R22] unfinished messages together stay within their limit', () => {
  const reader = new ChunkReader(LIMITS)
  reader.setChunkSize(2 ** 20)
  const body = new Uint8Array(2 ** 20)
  const fill = () => {
    for (let id = 3; id < 30; id += 1) {
      const header = new ByteWriter(12)
        .u8(id)
        .u24(0)
        .u24(2 * 2 ** 20)
        .u8(9)
        .u32le(1)
        .bytes()
      readAll(reader, joinBytes([header, body]), [65_536])
    }
  }
  assert.throws(fill, { code: 'rtmp.partials-too-large' })
  assert.ok(reader.partialBytes <= LIMITS.partialBytesMax + 2 * 2 ** 20)
})

test('[R25] any bytes give messages or a ViblyError, and nothing grows past its limit', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), cuts, (wire, sizes) => {
      const reader = new ChunkReader(BEFORE)
      try {
        readAll(reader, wire, sizes)
      } catch (thrown) {
        assert.ok(thrown instanceof ViblyError)
        return
      }
      assert.ok(reader.partialBytes <= BEFORE.partialBytesMax)
    }),
    { numRuns: 3000 },
  )
})

function video(payloadBytes: number, timestampMs: number): Message {
  const payload = Uint8Array.from({ length: payloadBytes }, (_, index) => (index * 7) % 251)
  return { type: 9, messageStreamId: 1, timestampMs, payload }
}
