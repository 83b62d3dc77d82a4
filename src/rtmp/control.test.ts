import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Message } from './chunks/message.ts'
import {
  type Control,
  decodeControl,
  encodeAcknowledgement,
  encodePeerBandwidth,
  encodePingRequest,
  encodePingResponse,
  encodeSetChunkSize,
  encodeStreamBegin,
  encodeWindow,
} from './control.ts'

const ROWS: readonly {
  name: string
  message: Message
  type: number
  wire: string
  control: Control
}[] = [
  {
    name: 'Set Chunk Size',
    message: encodeSetChunkSize(4096),
    type: 1,
    wire: '00001000',
    control: { kind: 'set-chunk-size', chunkBytes: 4096 },
  },
  {
    name: 'Acknowledgement past 2^32',
    message: encodeAcknowledgement(2 ** 32 + 5),
    type: 3,
    wire: '00000005',
    control: { kind: 'other' },
  },
  {
    name: 'Window Acknowledgement Size',
    message: encodeWindow(2_500_000),
    type: 5,
    wire: '002625a0',
    control: { kind: 'window', windowBytes: 2_500_000 },
  },
  {
    name: 'Set Peer Bandwidth',
    message: encodePeerBandwidth(2_500_000),
    type: 6,
    wire: '002625a002',
    control: { kind: 'peer-bandwidth', windowBytes: 2_500_000 },
  },
  {
    name: 'Stream Begin',
    message: encodeStreamBegin(1),
    type: 4,
    wire: '000000000001',
    control: { kind: 'other' },
  },
  {
    name: 'PingRequest',
    message: encodePingRequest(7),
    type: 4,
    wire: '000600000007',
    control: { kind: 'ping-request', stamp: 7 },
  },
  {
    name: 'PingResponse',
    message: encodePingResponse(7),
    type: 4,
    wire: '000700000007',
    control: { kind: 'ping-response', stamp: 7 },
  },
]

for (const { name, message, type, wire, control } of ROWS) {
  test(`[R11] control: ${name}`, () => {
    assert.equal(message.type, type)
    assert.equal(message.messageStreamId, 0)
    assert.equal(Buffer.from(message.payload).toString('hex'), wire)
    assert.deepEqual(decodeControl(message), control)
    if (control.kind === 'other') return
    // Set Peer Bandwidth ends in a limit type that changes nothing here.
    const neededBytes = Math.min(message.payload.byteLength, type === 6 ? 4 : 6)
    for (let cut = 0; cut < neededBytes; cut += 1) {
      const short = { ...message, payload: message.payload.subarray(0, cut) }
      assert.throws(() => decodeControl(short), { code: 'bytes.out-of-range' }, `cut at ${cut}`)
    }
  })
}

test('Abort, and what is no control message', () => {
  const abort = { ...encodeWindow(3), type: 2 }
  assert.deepEqual(decodeControl(abort), { kind: 'abort', chunkStreamId: 3 })
  assert.equal(decodeControl({ ...abort, type: 20 }), null)
})

test('[R11] a window of nothing is no reason to lose a broadcast', () => {
  assert.deepEqual(decodeControl(encodeWindow(0)), { kind: 'other' })
  assert.deepEqual(decodeControl(encodePeerBandwidth(0)), { kind: 'other' })
})
