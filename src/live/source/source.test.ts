import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LENGTHS } from '../../../test/support/hls-lengths.ts'
import { ViblyError } from '../../base/index.ts'
import type { MediaMessage } from '../../rtmp/index.ts'
import { Source, type SourceOptions, type SourceStep } from './source.ts'

// AVCDecoderConfigurationRecords of 1280x720 and (level byte changed) of another encoder setting.
const AVC = '0142c01fffe100176742c01fda014016ec0440000003004000000f03c60ca801000468ce0fc8'
const OTHER_AVC = AVC.replaceAll('42c01f', '42c020')
const AAC = '1190'

const videoConfig = (avc = AVC): MediaMessage => message('video', 0, `1700000000${avc}`)
const audioConfig = (aac = AAC): MediaMessage => message('audio', 0, `af00${aac}`)
const keyframe = (ms: number): MediaMessage => message('video', ms, '1701000000000000016588')
const frame = (ms: number): MediaMessage => message('video', ms, '2701000000000000014188')
const sound = (ms: number): MediaMessage => message('audio', ms, 'af012110')

function message(kind: MediaMessage['kind'], timestampMs: number, hex: string): MediaMessage {
  return { kind, timestampMs, payload: Uint8Array.from(Buffer.from(hex, 'hex')) }
}

/** Two seconds of a picture at 25 fps with one key frame in front. */
function groupOfPictures(fromMs: number, durationMs = 2000): readonly MediaMessage[] {
  const frames: MediaMessage[] = [keyframe(fromMs)]
  for (let ms = fromMs + 40; ms < fromMs + durationMs; ms += 40) frames.push(frame(ms))
  return frames
}

/** Pictures without a key frame. */
function frozen(fromMs: number): readonly MediaMessage[] {
  return groupOfPictures(fromMs, 1600).slice(1)
}

/** That of a first connection. */
function openSource(options: Partial<SourceOptions> = {}): Source {
  const { segmentMs } = LENGTHS
  return new Source({ segmentMs, videoCodecs: ['h264'], keyframeIntervalMs: null, ...options })
}

function feed(source: Source, messages: readonly MediaMessage[]): readonly SourceStep[] {
  return messages.map((one) => source.push(one)).filter((step) => step !== null)
}

function starts(steps: readonly SourceStep[]): readonly Extract<SourceStep, { type: 'start' }>[] {
  return steps.filter((step) => step.type === 'start')
}

test('with both headers in, the first key frame starts, at once and with the headers in front', () => {
  const source = openSource()
  const steps = feed(source, [
    videoConfig(),
    audioConfig(),
    sound(0),
    frame(0),
    keyframe(40),
    frame(80),
  ])
  const [start, next] = steps
  assert.equal(start?.type, 'start')
  assert.equal(start.source.video?.width, 1280)
  assert.equal(start.source.audio?.sampleRate, 48_000)
  assert.deepEqual(
    start.tags.map((tag) => [tag.kind, tag.payload[1]]),
    [
      ['video', 0],
      ['audio', 0],
      ['video', 1],
    ],
  )
  assert.equal(next?.type, 'tags')
  assert.deepEqual(start.fresh, start.tags)
})

test('[X14] sound alone starts once no picture has come for a while', () => {
  const source = openSource()
  const messages = Array.from({ length: 100 }, (_, index) => sound(index * 21))
  const [start, ...others] = starts(feed(source, [audioConfig(), ...messages]))
  assert.equal(start?.source.video, null)
  assert.equal(others.length, 0)
  assert.ok(start.tags.length > 60, 'what was heard while waiting is not lost')
})

test('[X14] a picture alone starts once no sound has come for a while, from its key frame', () => {
  const source = openSource()
  const [start] = starts(feed(source, [videoConfig(), ...groupOfPictures(0)]))
  assert.equal(start?.source.audio, null)
  assert.equal(start.tags[1]?.payload[0], 0x17)
})

test('[X14] a picture that never gets a key frame: its sound is live in 5 s; without sound it is refused', () => {
  const frames = Array.from({ length: 400 }, (_, index) => frame(index * 40))
  const both = openSource()
  const withSound = frames.flatMap((one) => [one, sound(one.timestampMs)])
  const [start] = starts(feed(both, [videoConfig(), audioConfig(), ...withSound]))
  assert.equal(start?.source.video, null)
  assert.ok(start.tags.every((tag) => tag.kind === 'audio'))

  const silent = openSource()
  assert.throws(
    () => feed(silent, [videoConfig(), ...frames]),
    (thrown) => thrown instanceof ViblyError && thrown.code === 'live.no-key-frame',
  )
})

test('[H10] the same header again changes nothing, another one starts anew at its key frame', () => {
  const source = openSource()
  feed(source, [videoConfig(), audioConfig(), ...groupOfPictures(0)])
  assert.deepEqual(
    starts(feed(source, [videoConfig(), audioConfig(), ...groupOfPictures(2000)])),
    [],
  )
  const [start, ...others] = starts(
    feed(source, [videoConfig(OTHER_AVC), ...groupOfPictures(4000)]),
  )
  assert.equal(start?.source.video?.levelIdc, 0x20)
  assert.equal(others.length, 0)
})

test('sound that joins a running picture starts anew at the next key frame, and no frame is lost', () => {
  const source = openSource()
  feed(source, [videoConfig(), ...groupOfPictures(0)])
  const steps = feed(source, [audioConfig(), sound(2000), frame(2000), ...groupOfPictures(2040)])
  assert.deepEqual(
    steps.slice(0, 3).map((step) => step.type),
    ['tags', 'tags', 'start'],
  )
  assert.notEqual(starts(steps)[0]?.source.audio, null)
})

test('[H19] key frames that are no IDR pictures are none for a copy: open GOPs and intra refresh are encoded', () => {
  // As x264 gives them with open-gop or intra-refresh: marked as key frames, NAL type 1.
  const marked = (ms: number) => message('video', ms, '1701000000000000016188')
  const source = openSource()
  const [start] = starts(feed(source, [videoConfig(), audioConfig(), keyframe(0)]))
  assert.notEqual(start, undefined)
  source.relyOnKeyframes(true)
  const steps = feed(
    source,
    Array.from({ length: 80 }, (_, index) => (index % 25 === 24 ? marked : frame)(40 + index * 40)),
  )
  assert.equal(steps.filter((step) => step.type === 'restart').length, 1)
  const again = source.restart() ?? assert.fail('nothing to start from')
  assert.ok((again.source.keyframeIntervalMs ?? 0) > 2100)
  assert.equal(again.tags[2]?.payload[0], 0x17)
})

test('how far apart key frames may be for a copy is told by the length of the segments', () => {
  for (const [segmentMs, restarts] of [
    [4000, 0],
    [2000, 1],
    [1000, 1],
  ] as const) {
    const source = openSource({ segmentMs })
    feed(source, [videoConfig(), audioConfig(), keyframe(0)])
    source.relyOnKeyframes(true)
    const distanceMs = segmentMs === 1000 ? 2000 : 4000
    const steps = feed(source, groupOfPictures(0, distanceMs).slice(1))
    const told = [...steps, ...feed(source, groupOfPictures(distanceMs, distanceMs))]
    const found = told.filter(({ type }) => type === 'restart').length
    assert.equal(found, restarts, `${distanceMs} ms apart, segments of ${segmentMs} ms`)
  }
})

test('a copy whose key frames turn out too far apart is made anew from what is not listed yet', () => {
  const source = openSource()
  feed(source, [videoConfig(), audioConfig(), ...groupOfPictures(0)])
  source.relyOnKeyframes(true)
  feed(source, groupOfPictures(2000))
  source.forgetListed(10_000 + 2000)
  const steps = feed(source, groupOfPictures(4000, 2160))
  assert.equal(steps.at(-1)?.type, 'restart')
  const start = source.restart()
  assert.ok(start)
  assert.deepEqual(starts(feed(source, groupOfPictures(6160, 8000))), [], 'once is enough')
  assert.ok((start.source.keyframeIntervalMs ?? 0) > 2100)
  const pictures = start.tags.filter((tag) => tag.kind === 'video').slice(1)
  assert.equal(pictures[0]?.payload[0], 0x17)
  assert.equal(pictures[0]?.timestampMs, 10_000 + 2000)
  assert.equal(pictures.length, (2000 + 2160) / 40, 'every frame since the listed end')
  const fresh = start.fresh.slice(2).map(({ timestampMs }) => timestampMs)
  assert.deepEqual(fresh, [10_000 + 6120], 'the one that gave it away')
})

test('[H20] key frames that are near again for a while are copied again, at a key frame, later each time', () => {
  const source = openSource()
  feed(source, [videoConfig(), audioConfig(), ...groupOfPictures(0)])
  let atMs = 2000
  const broken = (): readonly SourceStep[] => {
    source.relyOnKeyframes(true)
    // The encoder freezes for 3 s and goes on without a key frame.
    const steps = feed(source, [...groupOfPictures(atMs, 400), ...frozen(atMs + 3400)])
    atMs += 5000
    assert.ok(source.restart())
    source.relyOnKeyframes(false)
    return steps
  }
  const steadyMs = (): number => {
    const fromMs = atMs
    for (;;) {
      const [start] = starts(feed(source, groupOfPictures(atMs)))
      if (start !== undefined) {
        assert.equal(start.source.keyframeIntervalMs, null)
        assert.equal(start.tags[2]?.payload[0], 0x17)
        assert.equal(start.startPtsMs, 10_000 + atMs)
        return atMs - fromMs
      }
      atMs += 2000
      source.forgetListed(10_000 + atMs - 500)
    }
  }
  assert.equal(broken().filter((step) => step.type === 'restart').length, 1)
  assert.equal(steadyMs(), 30_000)
  atMs += 2000
  broken()
  assert.equal(steadyMs(), 60_000)
})

test('an encoded rendition does not mind far key frames', () => {
  const source = openSource()
  feed(source, [videoConfig(), audioConfig(), ...groupOfPictures(0)])
  assert.deepEqual(starts(feed(source, groupOfPictures(2000, 8000))), [])
})

test('[X01] a restart begins with the headers and the key frame where the list ends', () => {
  const source = openSource()
  feed(source, [videoConfig(), audioConfig(), ...groupOfPictures(0), ...groupOfPictures(2000, 400)])
  source.forgetListed(10_000 + 2200)
  const step = source.restart()
  assert.equal(step?.type, 'start')
  assert.deepEqual([step.startPtsMs, step.skip], [12_000, { untilMs: 12_200, lengthMs: 200 }])
  assert.equal(step.tags.length, 2 + 10)
  assert.equal(step.tags[2]?.payload[0], 0x17)
  assert.equal(step.fresh.length, 2, 'the headers: all else was given out before')
})

test('[X01] while the picture stands still a restart shows the last one again, or FFmpeg would give out nothing', () => {
  const source = openSource()
  feed(source, [videoConfig(), audioConfig(), ...groupOfPictures(0, 400)])
  feed(source, [message('audio', 3000, 'af0121')])
  source.forgetListed(10_000 + 3000)
  const { startPtsMs = 0, skip } = source.restart() ?? assert.fail('it waits for a key frame')
  const lastMs = 10_000 + 360
  assert.deepEqual([startPtsMs, skip], [10_000, { untilMs: lastMs, lengthMs: 360 }])
})

test('[R17] an enhanced sender of H.264 is brought to the form that FFmpeg reads', () => {
  const source = openSource()
  const avc1 = Buffer.from('avc1').toString('hex')
  const config = message('video', 0, `90${avc1}${AVC}`)
  const coded = message('video', 0, `91${avc1}000000000000016588`)
  const [start] = starts(feed(source, [config, audioConfig(), coded]))
  assert.ok(start)
  assert.equal(Buffer.from(start.tags[0]?.payload ?? []).toString('hex'), `1700000000${AVC}`)
  assert.equal(Buffer.from(start.tags[2]?.payload ?? []).toString('hex'), '1701000000000000016588')
})

test('[R17] a codec that is not taken is refused by its name', () => {
  const hevc = message('video', 0, `90${Buffer.from('hvc1').toString('hex')}00`)
  assert.throws(() => openSource().push(hevc), /hevc/i)
})

test('[R17] HEVC and AV1 go to an FFmpeg that takes them, in the plain enhanced form', () => {
  const av01 = Buffer.from('av01').toString('hex')
  const record = '81010c000a0b0000000cc5036936a64010'
  const source = openSource({ videoCodecs: ['h264', 'av1'] })
  const steps = feed(source, [
    audioConfig(),
    // What FFmpeg sends before it knows the header.
    message('video', 0, `90${av01}`),
    message('video', 0, `90${av01}${record}`),
    // A frame behind a prefix that FFmpeg does not know (ModEx: nanoseconds).
    message('video', 0, `9702000001 01${av01}aabb`.replace(' ', '')),
  ])
  const [start] = starts(steps)
  assert.equal(start?.source.video?.width, 642)
  const bodies = start.tags.map(({ payload }) => Buffer.from(payload).toString('hex'))
  assert.deepEqual(bodies.slice(0, 1), [`90${av01}${record}`])
  assert.equal(bodies.at(-1), `91${av01}aabb`)
  assert.throws(() => source.push(message('video', 0, `90${av01.replace('61', '62')}00`)))
})

test('empty and stunted messages, as some encoders send, are passed over', () => {
  const source = openSource()
  const stunted = [
    message('video', 0, ''),
    message('audio', 0, ''),
    message('video', 0, '17'),
    message('audio', 0, 'af'),
  ]
  const steps = feed(source, [
    videoConfig(),
    ...stunted,
    audioConfig(),
    ...stunted,
    keyframe(0),
    ...stunted,
  ])
  assert.equal(starts(steps).length, 1)
})

test('[R27] a flood of the smallest messages, all at one time, keeps little', () => {
  const sounds = openSource()
  feed(sounds, [audioConfig(), ...Array.from({ length: 100 }, (_, index) => sound(index * 21))])
  for (let count = 0; count < 200_000; count += 1) sounds.push(sound(2100))
  sounds.forgetListed(2000)
  const kept = sounds.restart()
  assert.ok(kept === null || kept.tags.length < 150_000)

  const pictures = openSource()
  feed(pictures, [videoConfig(), audioConfig(), keyframe(0)])
  for (let count = 0; count < 20_000; count += 1) pictures.push(keyframe(40))
  assert.ok((pictures.restart()?.tags.length ?? 0) < 2000)
})
