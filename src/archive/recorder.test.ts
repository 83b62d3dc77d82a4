import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { MemoryBlobs } from '../../test/support/memory-blobs.ts'
import { silentLogger } from '../../test/support/silent-logger.ts'
import { ViblyError } from '../base/index.ts'
import { encodeVideoPayload, FlvReader, type FlvTag } from '../media/index.ts'
import { readBlob } from './library.ts'
import { restoreRecording, sampleEntryOf, surveyRecording } from './recorded-flv.ts'
import { nextRecordingIndex, Recorder, recordingSources } from './recorder.ts'
import type { SpaceLevel } from './space.ts'

const AVC = '0142c01fffe100176742c01fda014016ec0440000003004000000f03c60ca801000468ce0fc8'
const VIDEO_HEADER = tag('video', 10_000, `1700000000${AVC}`)
const OTHER_HEADER = tag('video', 10_000, `1700000000${AVC.replace('c01fda', 'c01fdb')}`)
const AUDIO_HEADER = tag('audio', 10_000, 'af001190')
const KEYFRAME = '1701000000000000016588'
const PICTURE = '2701000000000000014188'

test('[F19] connections follow each other without a hole, whatever their clocks began at', async () => {
  const { recorder, blobs } = openRecorder()
  const first = [0, 40, 80].map((ms) => tag('video', 10_000 + ms, KEYFRAME))
  recorder.startConnection()
  recorder.take([VIDEO_HEADER, AUDIO_HEADER, ...first, tag('audio', 10_021, 'af0121')])
  recorder.startConnection()
  recorder.take([VIDEO_HEADER, AUDIO_HEADER, tag('video', 77_000, KEYFRAME)])
  recorder.take([tag('video', 77_040, KEYFRAME)])
  await recorder.flush()
  const media = (await tagsIn(blobs)).filter((one) => one.payload[1] !== 0)
  assert.deepEqual(
    media.map(({ kind, timestampMs }) => [kind, timestampMs]),
    [
      ['video', 0],
      ['video', 40],
      ['video', 80],
      ['audio', 21],
      ['video', 120],
      ['video', 160],
    ],
  )
  const facts = await surveyRecording([piecesOf(blobs)])
  assert.equal(facts?.durationMs, 200)
})

test('[F19] a break between pictures that wait for each other shows none of them twice at once', async () => {
  const { recorder, blobs } = openRecorder()
  const delayed = (ms: number, delayMs: number) =>
    tag('video', ms, `1701${delayMs.toString(16).padStart(6, '0')}000000016588`)
  recorder.startConnection()
  recorder.take([VIDEO_HEADER, delayed(10_000, 80), delayed(10_040, 160)])
  recorder.startConnection()
  recorder.take([delayed(10_000, 80), delayed(10_040, 160)])
  await recorder.flush()
  const media = (await tagsIn(blobs)).filter((one) => one.payload[1] !== 0)
  const shown = media.map((one) => one.timestampMs + (one.payload[4] ?? 0))
  assert.deepEqual(shown, [80, 200, 240, 360])
})

test('[F19] a header is recorded when it changes, and not with every FFmpeg', async () => {
  const { recorder, blobs } = openRecorder()
  const pictures = [0, 40, 80].map((ms) => tag('video', 10_000 + ms, KEYFRAME))
  recorder.startConnection()
  recorder.take([VIDEO_HEADER, ...pictures])
  recorder.take([VIDEO_HEADER, tag('video', 10_120, KEYFRAME)])
  recorder.take([OTHER_HEADER, tag('video', 10_160, KEYFRAME)])
  await recorder.flush()
  const tags = await tagsIn(blobs)
  assert.deepEqual(
    tags.map((one) => (one.payload[1] === 0 ? 'header' : one.timestampMs)),
    ['header', 0, 40, 80, 120, 'header', 160],
  )
})

test('[F19] with headers that change, one header is left and key frames carry the right sets', async () => {
  const { recorder, blobs } = openRecorder()
  recorder.take([VIDEO_HEADER, tag('video', 10_000, KEYFRAME)])
  recorder.take([OTHER_HEADER, tag('video', 10_040, KEYFRAME)])
  await recorder.flush()
  const facts = (await surveyRecording([piecesOf(blobs)])) ?? assert.fail('nothing was recorded')
  assert.equal(facts.hasVideoChanges, true)
  const reader = new FlvReader()
  const restored: string[] = []
  for await (const piece of restoreRecording([piecesOf(blobs)], facts)) {
    for (const one of reader.push(piece)) restored.push(Buffer.from(one.payload).toString('hex'))
  }
  const sets = (sps: string) => `00000017${sps}0000000468ce0fc8`
  const sps = '6742c01fda014016ec0440000003004000000f03c60ca8'
  assert.deepEqual(restored, [
    `1700000000${AVC}`,
    `1701000000${sets(sps)}000000016588`,
    `1701000000${sets(sps.replace('c01fda', 'c01fdb'))}000000016588`,
  ])
})

test('[F19] [X02] what two lives of the server recorded follows each other without a hole, a torn tag apart', async () => {
  const { recorder, blobs } = openRecorder()
  recorder.startConnection()
  recorder.take([VIDEO_HEADER, ...[0, 40, 80].map((ms) => tag('video', 10_000 + ms, KEYFRAME))])
  await recorder.flush()
  const first = await readBlob(blobs, 'b/recording.flv')
  const torn = first.subarray(0, first.byteLength - 7)
  const { recorder: second, blobs: others } = openRecorder()
  second.startConnection()
  second.take([VIDEO_HEADER, tag('video', 55_000, KEYFRAME), tag('video', 55_040, KEYFRAME)])
  await second.flush()
  const files = () => [
    (async function* () {
      yield torn
    })(),
    piecesOf(others),
  ]
  const facts = (await surveyRecording(files())) ?? assert.fail('nothing was recorded')
  assert.equal(facts.durationMs, 4 * 40)
  assert.equal(facts.hasVideoChanges, false)
  const reader = new FlvReader()
  const times: number[] = []
  for await (const piece of restoreRecording(files(), facts)) {
    times.push(...reader.push(piece).map(({ timestampMs }) => timestampMs))
  }
  assert.deepEqual(times, [0, 0, 40, 80, 120], 'a header, then pictures; the torn one is left out')
})

test('[F19] after a fault of the disk the recording goes on in another file, later each time', async () => {
  const { recorder, blobs, clock } = openRecorder()
  const { append } = blobs
  recorder.take([VIDEO_HEADER, tag('video', 10_000, KEYFRAME), tag('video', 10_040, PICTURE)])
  await recorder.flush()
  blobs.append = () =>
    Promise.reject(new ViblyError('blobs.unwritable', { key: 'x', reason: 'EIO' }))
  let atMs = 10_080
  const take = async (): Promise<void> => {
    recorder.take([tag('video', atMs, PICTURE), tag('video', atMs + 40, KEYFRAME)])
    atMs += 80
    await recorder.flush()
  }
  for (const pauseMs of [5000, 10_000]) {
    await take()
    assert.equal(recorder.failure?.code, 'blobs.unwritable')
    assert.equal(recorder.isPaused, false, 'that is for want of room')
    await clock.advance(pauseMs - 1)
    await take()
    await clock.advance(1)
  }
  blobs.append = append
  await take()
  assert.equal(recorder.failure, null)
  await take()
  const keys = (await blobs.list('b')).toSorted()
  assert.deepEqual(keys, ['b/recording-2.flv', 'b/recording.flv'])
  assert.equal(nextRecordingIndex(keys), 3)
  const files = () => recordingSources(keys).map((key) => piecesOf(blobs, key))
  const facts = await surveyRecording(files())
  assert.equal(facts?.durationMs, 5 * 40)
})

test('[F16] while the disk has little room nothing is recorded; then it goes on at a key frame, without a hole', async () => {
  const { recorder, blobs, space } = openRecorder()
  recorder.startConnection()
  recorder.take([VIDEO_HEADER, AUDIO_HEADER, tag('video', 10_000, KEYFRAME)])
  space.level = 'low'
  recorder.take([tag('video', 10_040, PICTURE), tag('audio', 10_050, 'af0121')])
  assert.equal(recorder.isPaused, true)
  recorder.take([OTHER_HEADER, tag('video', 12_000, KEYFRAME)])
  space.level = 'enough'
  recorder.take([tag('audio', 13_980, 'af0121'), tag('video', 13_990, PICTURE)])
  assert.equal(recorder.isPaused, true)
  recorder.take([tag('video', 14_000, KEYFRAME), tag('video', 14_040, PICTURE)])
  assert.equal(recorder.isPaused, false)
  await recorder.flush()
  assert.deepEqual(
    (await tagsIn(blobs)).map((one) =>
      one.payload[1] === 0 ? `${one.kind} header` : one.timestampMs,
    ),
    ['video header', 'audio header', 0, 'video header', 33, 73],
  )
  assert.equal(recorder.failure, null)
})

test('[F16] a write that the full disk refused leaves whole tags, and the next goes on behind them', async () => {
  const { recorder, blobs, space } = openRecorder()
  recorder.startConnection()
  recorder.take([VIDEO_HEADER, tag('video', 10_000, KEYFRAME)])
  await recorder.flush()
  const { append } = blobs
  blobs.append = () => Promise.reject(new ViblyError('blobs.full', { key: 'x' }))
  recorder.take([OTHER_HEADER, tag('video', 10_040, KEYFRAME), tag('video', 10_080, PICTURE)])
  await recorder.flush()
  assert.equal(space.level, 'full')
  assert.equal(recorder.isPaused, true)
  blobs.append = append
  recorder.take([tag('video', 10_120, KEYFRAME)])
  space.level = 'enough'
  recorder.take([tag('video', 10_160, KEYFRAME), tag('video', 10_200, PICTURE)])
  await recorder.flush()
  assert.deepEqual(
    (await tagsIn(blobs)).map((one) => (one.payload[1] === 0 ? 'header' : one.timestampMs)),
    ['header', 0, 'header', 33, 73],
  )
})

test('[F16] a recording whose very first write was refused begins when there is room', async () => {
  const { recorder, blobs, space } = openRecorder()
  const { append } = blobs
  blobs.append = () => Promise.reject(new ViblyError('blobs.full', { key: 'x' }))
  recorder.take([AUDIO_HEADER, tag('audio', 10_000, 'af0121')])
  await recorder.flush()
  blobs.append = append
  space.level = 'enough'
  recorder.take([10_021, 10_044].map((ms) => tag('audio', ms, 'af0121')))
  await recorder.flush()
  const facts = await surveyRecording([piecesOf(blobs)])
  assert.equal(facts?.durationMs, 46)
})

test('a disk that is too slow pauses the recording before memory ends, until it has caught up', async () => {
  const { recorder, blobs, clock } = openRecorder()
  const { append } = blobs
  const { promise: caughtUp, resolve: catchUp } = Promise.withResolvers<void>()
  blobs.append = async (...written) => {
    await caughtUp
    await append.apply(blobs, written)
  }
  const mebibyte = `17010000${'00'.repeat(2 ** 20)}`
  const take = (count: number): void => {
    for (let at = 0; at < count; at += 1) recorder.take([tag('video', 10_000 + at, mebibyte)])
  }
  recorder.take([VIDEO_HEADER])
  take(20)
  assert.equal(recorder.failure?.code, 'live.recording-too-slow')
  await clock.advance(60_000)
  take(20)
  assert.equal(recorder.failure?.code, 'live.recording-too-slow', 'it has not caught up')
  catchUp()
  await recorder.flush()
  await clock.advance(5000)
  take(1)
  assert.equal(recorder.failure, null)
  await recorder.flush()
  assert.deepEqual((await blobs.list('b')).toSorted(), ['b/recording-1.flv', 'b/recording.flv'])
})

class FakeSpace {
  level: SpaceLevel = 'enough'

  noteRefusal(): void {
    this.level = 'full'
  }
}

/** A record of one array with one parameter set (ISO 14496-15 §8.3.3.1): lengths of four bytes. */
const HEVC = (set: string) => `01${'00'.repeat(20)}0301a100010003${set}`

for (const [codec, records, entry, sets] of [
  ['hevc', [HEVC('420101'), HEVC('420102')], 'hev1', ['00000003420101', '00000003420102']],
  ['av1', ['81010c000a0101', '81010c000a0102'], null, ['0a0101', '0a0102']],
] as const) {
  test(`[F19] [R17] a recording of ${codec} has its picture, changes of the header too`, async () => {
    const { recorder, blobs } = openRecorder()
    const config = (hex: string) => enhanced(codec, 'config', 10_000, hex)
    const frame = (ms: number) => enhanced(codec, 'frame', 10_000 + ms, 'f00d')
    recorder.startConnection()
    recorder.take([config(records[0]), AUDIO_HEADER, frame(0), frame(40)])
    recorder.take([config(records[0]), frame(80), config(records[1]), frame(120)])
    await recorder.flush()
    const facts = await surveyRecording([piecesOf(blobs)])
    assert.ok(facts?.video, 'it has a picture')
    assert.equal(facts.durationMs, 160)
    assert.equal(sampleEntryOf(facts), entry)
    const restored = []
    for await (const bytes of restoreRecording([piecesOf(blobs)], facts)) restored.push(bytes)
    const tags = new FlvReader().push(Buffer.concat(restored))
    const shown = tags.map(({ payload }) => Buffer.from(payload).toString('hex'))
    assert.ok(shown[0]?.endsWith(records[0]))
    const pictures = shown.filter((hex) => hex.endsWith('f00d'))
    assert.equal(pictures.length, 4)
    for (const [at, hex] of pictures.entries()) {
      assert.ok(hex.endsWith(`${sets[at < 3 ? 0 : 1]}f00d`), hex)
    }
  })
}

/** A tag as FFmpeg is fed it, of a codec with a FourCC. */
function enhanced(
  codec: 'hevc' | 'av1',
  packet: 'config' | 'frame',
  timestampMs: number,
  hex: string,
): FlvTag {
  const data = Buffer.from(hex, 'hex')
  const payload = encodeVideoPayload({ codec, packet, isKeyframe: true, compositionMs: 0, data })
  return { kind: 'video', timestampMs, payload }
}

function openRecorder() {
  const blobs = new MemoryBlobs()
  const space = new FakeSpace()
  const clock = new FakeClock()
  const deps = { blobs, clock, logger: silentLogger, space }
  return { blobs, space, clock, recorder: new Recorder({ folder: 'b', index: 0 }, deps) }
}

async function* piecesOf(blobs: MemoryBlobs, key = 'b/recording.flv') {
  yield await readBlob(blobs, key)
}

async function tagsIn(blobs: MemoryBlobs): Promise<readonly FlvTag[]> {
  return new FlvReader().push(await readBlob(blobs, 'b/recording.flv'))
}

function tag(kind: 'audio' | 'video', timestampMs: number, hex: string): FlvTag {
  return { kind, timestampMs, payload: Uint8Array.from(Buffer.from(hex, 'hex')) }
}
