import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AAC_STEREO, FIRST_RUN, H264_1080P } from '../../../test/support/sample-facts.ts'
import type { AudioFacts, VideoFacts } from '../../media/index.ts'
import { type Plan, planRenditions } from './plan.ts'

/** `1080p 1920x1080 copy` and so on, one word of sound at the end. */
function summary(plan: Plan): string {
  const rows = plan.renditions.map((rendition) => {
    const size = rendition.width === null ? '' : ` ${rendition.width}x${rendition.height}`
    return `${rendition.name}${size}${rendition.isCopy ? ' copy' : ''}`
  })
  return `${rows.join(', ')} | ${plan.audio}`
}

const LADDER = '1080p 1920x1080, 720p 1280x720, 480p 854x480 | copy'

const SOURCES: readonly {
  readonly name: string
  readonly video?: Partial<VideoFacts> | null
  readonly audio?: Partial<AudioFacts> | null
  readonly keyframeIntervalMs?: number
  readonly expected: string
}[] = [
  { name: 'OBS 1080p', expected: '1080p 1920x1080 copy, 720p 1280x720, 480p 854x480 | copy' },
  {
    name: '720p',
    video: { width: 1280, height: 720 },
    expected: '720p 1280x720 copy, 480p 854x480 | copy',
  },
  { name: '480p', video: { width: 854, height: 480 }, expected: '480p 854x480 copy | copy' },
  { name: '360p', video: { width: 640, height: 360 }, expected: '360p 640x360 copy | copy' },
  {
    name: 'between rungs',
    video: { width: 1600, height: 900 },
    expected: '720p 1280x720, 480p 854x480 | copy',
  },
  { name: '1440p', video: { width: 2560, height: 1440 }, expected: LADDER },
  {
    name: 'portrait',
    video: { width: 1080, height: 1920 },
    expected: '1080p 608x1080, 720p 406x720, 480p 270x480 | copy',
  },
  {
    name: '4:3',
    video: { width: 960, height: 720 },
    expected: '720p 960x720 copy, 480p 640x480 | copy',
  },
  { name: 'odd', video: { width: 641, height: 361 }, expected: '360p 640x360 | copy' },
  { name: 'tiny', video: { width: 2, height: 2 }, expected: '2p 2x2 copy | copy' },
  {
    name: 'PAL with wide pixels',
    video: { width: 720, height: 576, sampleAspect: { width: 64, height: 45 } },
    expected: '480p 854x480 | copy',
  },
  {
    name: 'wide pixels at a rung',
    video: { width: 1440, height: 1080, sampleAspect: { width: 4, height: 3 } },
    expected: LADDER,
  },
  { name: 'HEVC', video: { codec: 'hevc', profileIdc: 1 }, expected: LADDER },
  { name: 'AV1', video: { codec: 'av1', profileIdc: 0 }, expected: LADDER },
  { name: 'interlaced', video: { isInterlaced: true }, expected: LADDER },
  { name: '10 bits', video: { bitDepth: 10, profileIdc: 110 }, expected: LADDER },
  { name: '4:2:2', video: { chroma: '4:2:2', profileIdc: 122 }, expected: LADDER },
  { name: 'profile above High', video: { profileIdc: 244 }, expected: LADDER },
  { name: 'level above 5.2', video: { levelIdc: 60 }, expected: LADDER },
  { name: '120 frames per second', video: { frameRate: 120 }, expected: LADDER },
  {
    name: 'key frames on time',
    keyframeIntervalMs: 2100,
    expected: `1080p 1920x1080 copy, 720p 1280x720, 480p 854x480 | copy`,
  },
  { name: 'key frames too far apart', keyframeIntervalMs: 2101, expected: LADDER },
  {
    name: 'video only',
    video: { width: 1280, height: 720 },
    audio: null,
    expected: '720p 1280x720 copy, 480p 854x480 | null',
  },
  { name: 'audio only', video: null, expected: 'audio copy | copy' },
  {
    name: 'audio only, to be encoded',
    video: null,
    audio: { channels: 6 },
    expected: 'audio | encode',
  },
  { name: 'mono', video: null, audio: { channels: 1 }, expected: 'audio copy | copy' },
  { name: '96 kHz', video: null, audio: { sampleRate: 96_000 }, expected: 'audio | encode' },
  {
    name: '24 kHz, which may hide HE-AAC',
    video: null,
    audio: { sampleRate: 24_000 },
    expected: 'audio | encode',
  },
  { name: 'HE-AAC', video: null, audio: { codecString: 'mp4a.40.5' }, expected: 'audio | encode' },
  {
    name: 'MP3',
    video: null,
    audio: { codec: 'mp3', codecString: 'mp4a.40.34' },
    expected: 'audio | encode',
  },
]

function planOf(
  row: Omit<(typeof SOURCES)[number], 'name' | 'expected'>,
  keep: Plan['renditions'] | null = null,
): Plan {
  return planRenditions(
    {
      video: row.video === null ? null : { ...H264_1080P, ...row.video },
      audio: row.audio === null ? null : { ...AAC_STEREO, ...row.audio },
      keyframeIntervalMs: row.keyframeIntervalMs ?? null,
    },
    { ...FIRST_RUN, keep },
  )
}

for (const row of SOURCES) {
  test(`[F15] [M07] [M08] [M09] [M13] plan: ${row.name}`, () => {
    const plan = planOf(row)
    assert.equal(summary(plan), row.expected)
    assert.ok(
      plan.renditions.every(({ width, height }) => ((width ?? 0) % 2) + ((height ?? 0) % 2) === 0),
    )
  })
}

test('key frames follow a copied source, and the clock otherwise', () => {
  assert.deepEqual(planOf({}).video?.keyframes, { at: 'source' })
  const every = { at: 'every', everyMs: 2000 }
  assert.deepEqual(planOf({ keyframeIntervalMs: 8333 }).video?.keyframes, every)
})

test('frames beyond 60 a second are left out evenly', () => {
  const rates = [null, 25, 59.94, 60, 75, 120, 240].map((frameRate) => {
    const plan = planOf({ video: { frameRate } })
    return [plan.video?.frameStep, plan.renditions[0]?.frameRate]
  })
  assert.deepEqual(rates, [
    [1, null],
    [1, 25],
    [1, 59.94],
    [1, 60],
    [2, 37.5],
    [2, 60],
    [4, 60],
  ])
})

test('the ceilings fall with the rungs and rise with the frames', () => {
  const kbps = (video: Partial<VideoFacts>) =>
    planOf({ video: { ...video, isInterlaced: true } }).renditions.map(({ videoKbps }) => videoKbps)
  assert.deepEqual(kbps({ frameRate: 30 }), [4500, 2500, 1200])
  assert.deepEqual(kbps({ frameRate: 60 }), [6525, 3625, 1740])
  assert.deepEqual(kbps({ width: 1080, height: 1920 }), [1900, 1057, 506])
  assert.deepEqual(kbps({ width: 2, height: 2 }), [100])
})

test('only what is encoded has a bandwidth: ceiling, half a second of it once, sound, container', () => {
  const [copied, middle] = planOf({}).renditions
  assert.equal(copied?.bandwidth, null)
  const bandwidth = middle?.bandwidth ?? 0
  assert.ok(bandwidth > 2_500_000 * 1.25 && bandwidth < 2_500_000 * 1.5, String(bandwidth))
})

test('a later run keeps the renditions of the first, whatever its source is', () => {
  const keep = planOf({}).renditions
  const kept = (row: Parameters<typeof planOf>[0]) => summary(planOf(row, keep))
  assert.equal(kept({}), '1080p 1920x1080 copy, 720p 1280x720, 480p 854x480 | copy')
  assert.equal(kept({ video: { width: 1280, height: 720 } }), LADDER)
  assert.equal(kept({ video: { width: 1080, height: 1920 } }), LADDER)
  assert.equal(kept({ audio: null }), '1080p 1920x1080 copy, 720p 1280x720, 480p 854x480 | null')
  assert.equal(kept({ video: null }), '1080p copy, 720p copy, 480p copy | copy')
  const audioOnly = planOf({ video: null }).renditions
  assert.equal(summary(planOf({}, audioOnly)), 'audio copy | copy')
})

test('the thumbnail is 640 wide, small sources are scaled up', () => {
  const thumbnail = (width: number, height: number) =>
    planOf({ video: { width, height } }).video?.thumbnail
  assert.deepEqual(thumbnail(1920, 1080), { width: 640, height: 360 })
  assert.deepEqual(thumbnail(320, 240), { width: 640, height: 480 })
  assert.deepEqual(thumbnail(1080, 1920), { width: 640, height: 1138 })
  assert.deepEqual(thumbnail(16, 4000), { width: 640, height: 1920 })
})

test('[F05] no media and too much of it are refused', () => {
  assert.throws(() => planOf({ video: null, audio: null }), { code: 'transcode.no-media' })
  const huge = { width: 16_384, height: 16_384 }
  assert.throws(() => planOf({ video: huge }), { code: 'transcode.picture-too-large' })
  assert.doesNotThrow(() => planOf({ video: { width: 4096, height: 2304 } }))
})
