import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IngestMeter } from './ingest-meter.ts'

const KBPS_MAX = 20_000

interface Encoder {
  /** ms between two pictures. */
  readonly stepMs: number
  readonly keyframePictures: number
  /** Of one picture. */
  readonly bytes: number
  readonly hasSound: boolean
  readonly hasPicture: boolean
  /** The timestamp of a picture by its number; null: it is left out. */
  readonly timestampOf: (number: number) => number | null
  /** When it arrives, ms from the start. */
  readonly arrivalOf: (mediaMs: number) => number
}

const OPTIONS = { ingestKbpsMax: KBPS_MAX, segmentMs: 2000 }
const GOOD: Encoder = {
  stepMs: 40,
  keyframePictures: 50,
  bytes: 5000,
  hasSound: true,
  hasPicture: true,
  timestampOf: (number) => number * 40,
  arrivalOf: (mediaMs) => mediaMs,
}

/** The meter and the time after `seconds` of an encoder. */
function measure(change: Partial<Encoder>, seconds = 20) {
  const encoder = { ...GOOD, ...change }
  const meter = new IngestMeter(OPTIONS)
  meter.startConnection(1000)
  send(meter, encoder, seconds, 1000)
  return meter.figures(1000 + encoder.arrivalOf(seconds * 1000))
}

function send(meter: IngestMeter, encoder: Encoder, seconds: number, fromMs: number): void {
  for (let number = 0; number * encoder.stepMs < seconds * 1000; number += 1) {
    const nowMs = fromMs + encoder.arrivalOf(number * encoder.stepMs)
    const timestampMs = encoder.timestampOf(number)
    if (encoder.hasSound) {
      const payload = Uint8Array.of(0xaf, 1, 0)
      meter.take({ kind: 'audio', timestampMs: timestampMs ?? 0, payload }, nowMs)
    }
    if (!encoder.hasPicture || timestampMs === null) continue
    const payload = new Uint8Array(encoder.bytes)
    payload.set([number % encoder.keyframePictures === 0 ? 0x17 : 0x27, 1])
    meter.take({ kind: 'video', timestampMs, payload }, nowMs)
  }
}

test('[O01] an even stream: its bit rate, its rate of pictures, its key frames, nothing to warn of', () => {
  assert.deepEqual(measure({}), {
    kbps: 1001,
    frameRate: 25,
    keyframeIntervalMs: 2000,
    droppedFrames: 0,
    lateMs: 0,
    warnings: [],
  })
})

test('[O01] in its first second nothing is said of rates', () => {
  const { kbps, frameRate, keyframeIntervalMs, warnings } = measure({}, 0.9)
  assert.deepEqual([kbps, frameRate, keyframeIntervalMs, warnings], [0, null, null, []])
})

test('[O02] each thing that goes wrong has its warning, and no other', () => {
  const rows: readonly (readonly [string, Partial<Encoder>, readonly string[]])[] = [
    ['key frames 10 s apart', { keyframePictures: 250 }, ['ingest.keyframes-far']],
    ['one key frame at all', { keyframePictures: 100_000 }, ['ingest.keyframes-far']],
    ['no sound', { hasSound: false }, ['ingest.audio-missing']],
    ['sound alone, on purpose', { hasPicture: false }, []],
    ['19 Mbit/s', { bytes: 95_000 }, ['ingest.bit-rate-high']],
    [
      'every 30th picture left out',
      { timestampOf: (number) => (number % 30 === 29 ? null : number * 40) },
      ['ingest.frames-dropped'],
    ],
    [
      'a line for 80 % of it',
      { arrivalOf: (mediaMs) => mediaMs / 0.8, keyframePictures: 25 },
      ['ingest.late'],
    ],
    ['timestamps across a wrap', { timestampOf: (n) => (2 ** 32 - 5000 + n * 40) % 2 ** 32 }, []],
    ['timestamps that jump back', { timestampOf: (n) => (n < 200 ? 90_000 : 0) + n * 40 }, []],
    // A phone that gives pictures when it has them: holes cannot be told from its way.
    ['an uneven rate', { timestampOf: (n) => n * 40 + (n % 3) * 35 }, []],
  ]
  for (const [name, change, warnings] of rows) {
    assert.deepEqual(measure(change).warnings, warnings, name)
  }
})

test('[O01] pictures left out are counted', () => {
  // Of the ten the last is not told: no picture has come behind it.
  const { droppedFrames } = measure({ timestampOf: (n) => (n % 50 === 49 ? null : n * 40) })
  assert.equal(droppedFrames, 9)
})

test('[O02] a picture that stops while sound goes on is told after 3 s', () => {
  const meter = new IngestMeter(OPTIONS)
  meter.startConnection(0)
  send(meter, GOOD, 5, 0)
  send(meter, { ...GOOD, hasPicture: false }, 2, 5000)
  assert.deepEqual(meter.figures(7000).warnings, [])
  send(meter, { ...GOOD, hasPicture: false }, 2, 7000)
  assert.deepEqual(meter.figures(9000).warnings, ['ingest.picture-missing'])
})

test('[O02] a jump of the clock is told for half a minute', () => {
  const meter = new IngestMeter(OPTIONS)
  meter.startConnection(0)
  send(meter, GOOD, 5, 0)
  meter.noteJump(5000)
  assert.deepEqual(meter.figures(5000).warnings, ['ingest.clock-jumped'])
  send(meter, { ...GOOD, timestampOf: (n) => 5000 + n * 40 }, 40, 5000)
  assert.deepEqual(meter.figures(45_000).warnings, [])
})

test('[O01] when nothing comes any more, the rates fall to nothing and no track is blamed', () => {
  const meter = new IngestMeter(OPTIONS)
  meter.startConnection(0)
  send(meter, GOOD, 10, 0)
  const { kbps, frameRate, warnings } = meter.figures(16_000)
  assert.deepEqual([kbps, frameRate, warnings], [0, null, []])
})
