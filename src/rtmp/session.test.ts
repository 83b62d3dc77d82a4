import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { Dialogue } from '../../test/support/rtmp-dialogue.ts'
import { ByteWriter, joinBytes, ViblyError } from '../base/index.ts'
import { type AmfValue, amfObject } from './amf/amf-value.ts'
import { encodeMessage } from './chunks/chunk-writer.ts'
import { MESSAGE_TYPE } from './chunks/message.ts'
import { decodeCommand, encodeCommand } from './command.ts'
import { decodeControl, encodePeerBandwidth, encodePingRequest, encodeWindow } from './control.ts'
import { HANDSHAKE_BYTES } from './handshake/handshake.ts'
import { RTMP_DEFAULTS } from './options.ts'
import { RtmpSession } from './session.ts'

const HANDSHAKE = Uint8Array.of(3, ...randomBytes(2 * HANDSHAKE_BYTES))
const CONNECT = ['connect', 1, amfObject({ app: 'live', flashVer: 'FMLE/3.0', tcUrl: 'x' })]
const PUBLISH = ['publish', 5, null, 'live_key', 'live']

function connected(): Dialogue {
  const dialogue = new Dialogue({ isOpen: true }).feed(HANDSHAKE).say(CONNECT)
  dialogue.answers()
  return dialogue
}

function publishing(): Dialogue {
  const dialogue = connected().say(PUBLISH, 1)
  dialogue.answers()
  return dialogue
}

function video(payload: Uint8Array, chunkStreamId = 4): Uint8Array {
  return encodeMessage(
    { type: 9, messageStreamId: 1, timestampMs: 40, payload },
    chunkStreamId,
    128,
  )
}

test('[R01] only version 3 gets an answer, of each of the 256 first bytes', () => {
  for (let first = 0; first < 256; first += 1) {
    const session = new RtmpSession(RTMP_DEFAULTS)
    const feed = () => session.feed(Uint8Array.of(first))
    if (first === 3) assert.doesNotThrow(feed)
    else assert.throws(feed, { code: 'rtmp.not-rtmp' })
    assert.equal(session.next(), null)
  }
})

test('[R02] handshake, connect and publish in one piece or cut at any byte', () => {
  const wire = joinBytes([
    HANDSHAKE,
    encodeMessage(encodeCommand(0, CONNECT), 3, 128),
    encodeMessage(encodeCommand(1, PUBLISH), 3, 128),
    video(Uint8Array.of(0x17, 1)),
  ])
  for (let cut = 0; cut < wire.byteLength; cut += 1) {
    const dialogue = new Dialogue({ isOpen: true }).feed(wire.subarray(0, cut), wire.subarray(cut))
    assert.deepEqual(dialogue.kinds, ['publish', 'media'], `cut at ${cut}`)
  }
  const bytewise = new Dialogue({ isOpen: true })
  for (const byte of wire) bytewise.feed(Uint8Array.of(byte))
  assert.deepEqual(bytewise.kinds, ['publish', 'media'])
})

test('[R02] no S0 before C0, S2 is C1 exactly', () => {
  const session = new RtmpSession(RTMP_DEFAULTS)
  session.feed(HANDSHAKE.subarray(0, HANDSHAKE_BYTES))
  assert.equal(session.next(), null)
  session.feed(HANDSHAKE.subarray(HANDSHAKE_BYTES, HANDSHAKE_BYTES + 1))
  const event = session.next()
  assert.ok(event?.kind === 'send')
  assert.deepEqual(
    event.bytes.subarray(1 + HANDSHAKE_BYTES),
    HANDSHAKE.subarray(1, 1 + HANDSHAKE_BYTES),
  )
})

test('connect is answered with window, bandwidth, chunk size and success', () => {
  const dialogue = new Dialogue({ isOpen: true }).feed(HANDSHAKE).say(CONNECT)
  assert.deepEqual(dialogue.answers(), [
    'window',
    'peer-bandwidth',
    'set-chunk-size',
    '_result 1 NetConnection.Connect.Success',
  ])
})

test('[R17] encoders that speak Enhanced RTMP are told the codecs that are taken, others nothing', () => {
  const dialogue = new Dialogue({ isOpen: true }).feed(HANDSHAKE)
  dialogue.say(['connect', 1, amfObject({ app: 'live', fourCcList: ['av01', 'hvc1', 'Opus'] })])
  const result = dialogue.messages.at(-1)
  assert.ok(result)
  const { object } = decodeCommand(result)
  assert.ok(object instanceof Map)
  assert.deepEqual(object.get('fourCcList'), ['avc1', 'mp4a'])
  assert.deepEqual(object.get('videoFourCcInfoMap'), new Map([['avc1', 1]]))
  assert.equal(object.get('capsEx'), 0)

  const plain = new Dialogue({ isOpen: true }).feed(HANDSHAKE).say(CONNECT).messages.at(-1)
  assert.ok(plain)
  const members = decodeCommand(plain).object
  assert.ok(members instanceof Map && !members.has('fourCcList'))
})

const COMMANDS: readonly (readonly [values: readonly AmfValue[], answers: readonly string[]])[] = [
  [['releaseStream', 2, null, 'k'], ['_result 2 ']],
  [['FCPublish', 3, null, 'k'], ['_result 3 ']],
  [['createStream', 4, null], ['_result 4 1']],
  [['_checkbw', 5, null], ['_result 5 ']],
  [['getStreamLength', 6, null, 'k'], ['_result 6 0']],
  [
    ['FCUnpublish', 7, null, 'k'],
    ['onFCUnpublish 0 ', '_result 7 '],
  ],
  [['deleteStream', 8, null, 1], ['_result 8 ']],
  [['closeStream', 0, null], []],
  [['neverHeardOf', 9, null], ['_error 9 NetConnection.Call.Failed']],
  [['neverHeardOf', 0], []],
  [['neverHeardOf'], []],
]

test('[R12] every command is answered when it has a transaction, unknown ones are not fatal', () => {
  for (const [values, answers] of COMMANDS) {
    const dialogue = connected().say(values)
    assert.deepEqual(dialogue.answers(), answers)
    assert.equal(dialogue.session.phase, 'connected')
  }
})

test('[R12] the commands before publish come in any order, pipelined, or not at all', () => {
  const setUp = COMMANDS.slice(0, 5).map(([values]) => values)
  for (let rotation = 0; rotation < setUp.length; rotation += 1) {
    const dialogue = connected()
    const order = [...setUp.slice(rotation), ...setUp.slice(0, rotation)]
    const wire = [...order, PUBLISH].map((values) =>
      encodeMessage(encodeCommand(1, values), 3, 128),
    )
    dialogue.feed(joinBytes(wire))
    assert.equal(dialogue.session.phase, 'publishing')
  }
  assert.equal(connected().say(PUBLISH, 1).session.phase, 'publishing')
})

test('publish is answered on its message stream, with the key in a Secret', () => {
  const dialogue = connected().say(PUBLISH, 1)
  assert.deepEqual(dialogue.answers(), [
    'other',
    '_result 5 ',
    'onStatus 0 NetStream.Publish.Start',
  ])
  const event = dialogue.events.find((candidate) => candidate.kind === 'publish')
  assert.equal(event?.streamKey.reveal(), 'live_key')
  assert.equal(event?.encoder, 'FMLE/3.0')
  assert.ok(!JSON.stringify(dialogue.events).includes('live_key'))
})

test('[R29] the key may stand in the address', () => {
  const dialogue = new Dialogue({ isOpen: true }).feed(HANDSHAKE)
  dialogue
    .say(['connect', 1, amfObject({ app: 'live/live_key/' })])
    .say(['publish', 2, null, ''], 1)
  const event = dialogue.events.find((candidate) => candidate.kind === 'publish')
  assert.equal(event?.streamKey.reveal(), 'live_key')
})

test('[R02] while a publish waits for its answer nothing behind it is looked at', () => {
  const dialogue = new Dialogue({ isOpen: false }).feed(HANDSHAKE).say(CONNECT)
  const publish = encodeMessage(encodeCommand(1, PUBLISH), 3, 128)
  dialogue.answers()
  dialogue.feed(joinBytes([publish, video(Uint8Array.of(0x17, 0))]))
  assert.deepEqual(dialogue.kinds, ['publish'])
  assert.deepEqual(dialogue.answers(), [])
  dialogue.session.accept()
  dialogue.drain()
  assert.deepEqual(dialogue.kinds, ['publish', 'media'])
})

test('[R32] a refused publish hears it by _error and by onStatus, never Publish.Start, then the end', () => {
  const dialogue = new Dialogue({ isOpen: false }).feed(HANDSHAKE).say(CONNECT).say(PUBLISH, 1)
  dialogue.answers()
  const fault = new ViblyError('rtmp.stream-key-malformed')
  dialogue.session.refuse(fault, 'NetStream.Publish.BadName')
  dialogue.drain()
  const code = 'NetStream.Publish.BadName'
  assert.equal(dialogue.messages[0]?.messageStreamId, 0)
  assert.equal(dialogue.messages[1]?.messageStreamId, 1)
  assert.deepEqual(dialogue.answers(), [`_error 5 ${code}`, `onStatus 0 ${code}`])
  assert.deepEqual(dialogue.kinds, ['publish', 'close'])
  dialogue.feed(video(Uint8Array.of(0x17, 0)))
  assert.deepEqual(dialogue.kinds, ['publish', 'close'])
})

test('[R29] [R32] wrong application, empty and impossible keys are refused with a sentence', () => {
  const apps = ['', 'other', 'Live', 'live/a/b'].map((app) => {
    const dialogue = new Dialogue({ isOpen: true }).feed(HANDSHAKE)
    return dialogue.say(['connect', 1, amfObject({ app, tcUrl: 'rtmp://h/other' })])
  })
  for (const dialogue of apps) {
    assert.equal(dialogue.fault, 'rtmp.app-unknown')
    assert.equal(dialogue.answers()[0], '_error 1 NetConnection.Connect.Rejected')
  }
  for (const key of ['', '?a=b', 'a b', null, 7]) {
    const dialogue = connected().say(['publish', 5, null, key], 1)
    assert.equal(dialogue.fault, 'rtmp.stream-key-malformed')
    assert.ok(!dialogue.kinds.includes('publish'))
  }
})

test('[R14] [R30] connect in strange forms', () => {
  const objects: readonly AmfValue[] = [
    amfObject({
      app: 'live',
      tcUrl: '\u001b[31m\r\n%',
      swfUrl: 'x'.repeat(2000),
      flashVer: '\r\n',
    }),
    amfObject({
      app: 'live',
      tcUrl: null,
      fourCcList: ['avc1'],
      nested: amfObject({ deep: [1, [2]] }),
    }),
    amfObject({ tcUrl: 'rtmp://host:1935/live' }),
    amfObject({ app: '', tcUrl: 'rtmp://host:1935/live' }),
  ]
  for (const object of objects) {
    const dialogue = new Dialogue({ isOpen: true }).feed(HANDSHAKE).say(['connect', 1, object])
    assert.equal(dialogue.session.phase, 'connected')
  }
  assert.equal(
    new Dialogue({ isOpen: true }).feed(HANDSHAKE).say(['connect', 1, null]).fault,
    'rtmp.app-unknown',
  )
})

test('[R13] an encoder that speaks AMF 3 publishes like the others', () => {
  const asAmf3 = (values: readonly AmfValue[]) => {
    const { payload } = encodeCommand(1, values)
    const message = { ...encodeCommand(1, values), type: 17, payload: Uint8Array.of(0, ...payload) }
    return encodeMessage(message, 3, 128)
  }
  const dialogue = new Dialogue({ isOpen: true }).feed(HANDSHAKE, asAmf3(CONNECT), asAmf3(PUBLISH))
  assert.equal(dialogue.session.phase, 'publishing')
})

test('[R19] playing is refused, and so are shared objects', () => {
  for (const name of ['play', 'play2']) {
    const dialogue = connected().say([name, 3, null, 'live_key'], 1)
    assert.deepEqual(dialogue.answers(), [
      '_error 3 NetStream.Play.Failed',
      'onStatus 0 NetStream.Play.Failed',
    ])
    assert.equal(dialogue.fault, 'rtmp.publish-only')
  }
  for (const type of [16, 19]) {
    const message = { type, messageStreamId: 0, timestampMs: 0, payload: Uint8Array.of(1) }
    assert.equal(connected().feed(encodeMessage(message, 3, 128)).fault, 'rtmp.publish-only')
  }
})

test('[R35] every orderly end, and only of the stream that is published', () => {
  for (const values of [
    ['FCUnpublish', 6, null, 'k'],
    ['deleteStream', 0, null, 1],
    ['closeStream', 0, null],
  ]) {
    const dialogue = publishing().say(values, 1)
    assert.deepEqual(dialogue.kinds, ['publish', 'unpublish'])
    assert.equal(dialogue.answers().at(-1), 'onStatus 0 NetStream.Unpublish.Success')
    dialogue.say(['deleteStream', 0, null, 1], 1)
    assert.deepEqual(dialogue.kinds, ['publish', 'unpublish'])
    assert.deepEqual(dialogue.say(PUBLISH, 1).kinds, ['publish', 'unpublish', 'publish'])
  }
  assert.deepEqual(publishing().say(['deleteStream', 0, null, 2], 1).kinds, ['publish'])
})

test('what the server ends, the publisher is told', () => {
  const dialogue = publishing()
  dialogue.session.end(new ViblyError('rtmp.server-closing'), 'NetStream.Failed')
  dialogue.drain()
  assert.deepEqual(dialogue.answers(), ['onStatus 0 NetStream.Failed'])
  assert.deepEqual(dialogue.kinds, ['publish', 'close'])
})

test('[R10] an acknowledgement each time the window of the peer is full', () => {
  const dialogue = connected()
  dialogue.feed(encodeMessage(encodeWindow(100_000), 2, 128)).say(PUBLISH, 1)
  dialogue.answers()
  const wire = video(new Uint8Array(1_000_000))
  for (let at = 0; at < wire.byteLength; at += 16_384) dialogue.feed(wire.subarray(at, at + 16_384))
  const acknowledged = dialogue.messages.filter(
    (message) => message.type === MESSAGE_TYPE.acknowledgement,
  )
  assert.ok(acknowledged.length >= 9, String(acknowledged.length))
})

test('[R11] pings are answered, and a bandwidth that is news with the window', () => {
  const dialogue = connected()
  dialogue.feed(encodeMessage(encodePingRequest(77), 2, 128))
  assert.deepEqual(decodeControl(dialogue.messages[0] ?? encodeWindow(1)), {
    kind: 'ping-response',
    stamp: 77,
  })
  dialogue.answers()
  dialogue.feed(
    encodeMessage(encodePeerBandwidth(5000), 2, 128),
    encodeMessage(encodePeerBandwidth(5000), 2, 128),
  )
  assert.deepEqual(dialogue.answers(), ['window'])
})

test('[R06] librtmp answers our first ping with a header that leaves the message stream out', () => {
  const pong = new ByteWriter(14).u8(0x42).u24(0).u24(6).u8(4).u16(7).u32(1).bytes()
  const ping = new RtmpSession(RTMP_DEFAULTS).encodePing(1)
  assert.equal(Buffer.from(ping).toString('hex'), '02000000000006040000000000060000' + '0001')
  assert.equal(
    publishing()
      .feed(pong, video(Uint8Array.of(0x17, 1)))
      .kinds.at(-1),
    'media',
  )
})

test("media before publish and after its end is nobody's", () => {
  const frame = video(Uint8Array.of(0x17, 1))
  assert.deepEqual(connected().feed(frame).kinds, [])
  assert.deepEqual(publishing().say(['FCUnpublish', 0, null], 1).feed(frame).kinds, [
    'publish',
    'unpublish',
  ])
})

test('[R22] the larger limits hold only once a publish was accepted', () => {
  const large = video(new Uint8Array(20_000))
  assert.throws(() => connected().feed(large), { code: 'rtmp.message-too-large' })
  assert.equal(publishing().feed(large).kinds.at(-1), 'media')
})

test('commands out of order end the connection', () => {
  const early = () => new Dialogue({ isOpen: true }).feed(HANDSHAKE).say(PUBLISH, 1)
  assert.throws(early, { code: 'rtmp.command-out-of-order' })
  assert.throws(() => connected().say(CONNECT), { code: 'rtmp.command-out-of-order' })
  assert.throws(() => publishing().say(PUBLISH, 1), { code: 'rtmp.command-out-of-order' })
  assert.throws(() => connected().say([7]), { code: 'rtmp.command-invalid' })
})
