import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AAC_STEREO, FIRST_RUN, H264_1080P } from '../../../test/support/sample-facts.ts'
import type { AudioFacts, VideoFacts } from '../../media/index.ts'
import { ENCODER_DEFAULTS, formatArguments } from './arguments.ts'
import { type Plan, type PlanOptions, planRenditions } from './plan.ts'

function planOf(
  video: Partial<VideoFacts> | null,
  audio: Partial<AudioFacts> | null,
  more: Partial<Pick<PlanOptions, 'keep' | 'skip'>> & {
    readonly keyframeIntervalMs?: number | null
  } = {},
): Plan {
  const { keyframeIntervalMs = null, ...options } = more
  const source = {
    video: video && { ...H264_1080P, ...video },
    audio: audio && { ...AAC_STEREO, ...audio },
    keyframeIntervalMs,
  }
  return planRenditions(source, { ...FIRST_RUN, ...options })
}

/** The values behind each `name`. */
function valuesOf(args: readonly string[], name: string): readonly (string | undefined)[] {
  return args.flatMap((word, at) => (word === name ? [args[at + 1]] : []))
}

const format = (plan: Plan) => formatArguments(plan, ENCODER_DEFAULTS)

test('[F01] [F02] the whole command for a 720p source, word for word', () => {
  const mpegts =
    '-f mpegts -mpegts_copyts 1 -avoid_negative_ts disabled -flush_packets 1 -muxdelay 0.1 ' +
    '-muxpreload 0 -pes_payload_size 0 -omit_video_pes_length 0 -pat_period 3600 -sdt_period 3600 -max_interleave_delta 50000'
  const expected = [
    '-hide_banner -nostdin -nostats -loglevel warning -max_alloc 268435456',
    '-filter_complex_threads 4 -probesize 2048 -analyzeduration 100000',
    '-max_pixels 9437184 -max_streams 8 -protocol_whitelist pipe -format_whitelist flv',
    '-codec_whitelist h264,aac -threads 1 -copyts -f flv -i pipe:0 -filter_complex',
    '[0:v:0]null[chain0];[chain0]scale=854:480:out_range=tv,setsar=1,format=yuv420p[v1]',
    `-map 0:v:0 -c:v copy -map 0:a:0 -c:a copy ${mpegts} pipe:3`,
    '-map [v1] -c:v libx264 -preset superfast -tune zerolatency -profile:v high -crf 23',
    '-maxrate 1200k -bufsize 600k -g 1200 -sc_threshold 0 -forced-idr 1',
    '-force_key_frames source -x264-params fps=30000/1000 -fps_mode:v passthrough',
    `-enc_time_base:v 1:90000 -threads:v 4 -map 0:a:0 -c:a copy ${mpegts} pipe:4`,
    "-map 0:v:0 -filter:v select='isnan(prev_selected_t)+gte(t-prev_selected_t\\,10)'," +
      'scale=640:360:out_range=pc,setsar=1,format=yuvj420p',
    '-c:v mjpeg -q:v 4 -threads:v 1 -fps_mode:v passthrough -f image2pipe',
    '-flush_packets 1 pipe:5',
  ]
  const args = format(planOf({ width: 1280, height: 720 }, {}))
  assert.equal(args.join(' '), expected.join(' '))
})

test('[F15] each source gets its own graph: what is decoded, scaled, and where the pipes go', () => {
  const graphs = [
    planOf({ width: 640, height: 360 }, {}),
    planOf({ isInterlaced: true }, null),
    planOf({ frameRate: 120 }, null),
    planOf(null, {}),
  ].map((plan) => {
    const args = format(plan)
    const graph = valuesOf(args, '-filter_complex')[0]
    return [graph, args.filter((word) => word.startsWith('pipe:')).join(' ')]
  })
  const chain =
    '[chain0];[chain0]scale=1920:1080:out_range=tv,setsar=1,format=yuv420p,' +
    'split[v0][chain1];[chain1]scale=1280:720:flags=bilinear,setsar=1,format=yuv420p,split[v1][chain2];' +
    '[chain2]scale=854:480:flags=bilinear,setsar=1,format=yuv420p[v2]'
  assert.deepEqual(graphs, [
    [undefined, 'pipe:0 pipe:3 pipe:4'],
    [`[0:v:0]bwdif=mode=send_frame:deint=all${chain}`, 'pipe:0 pipe:3 pipe:4 pipe:5 pipe:6'],
    [`[0:v:0]framestep=2${chain}`, 'pipe:0 pipe:3 pipe:4 pipe:5 pipe:6'],
    [undefined, 'pipe:0 pipe:3'],
  ])
})

test('[X01] what is listed already is decoded and not shown again, unless the source is copied', () => {
  const graphOf = (keyframeIntervalMs: number | null) => {
    const plan = planOf(
      {},
      {},
      {
        keyframeIntervalMs,
        skip: { untilMs: 2 ** 32 + 8000, lengthMs: 6000 },
      },
    )
    return valuesOf(format(plan), '-filter_complex')[0] ?? ''
  }
  // FLV, in which FFmpeg reads it, counts 32 bits.
  assert.match(graphOf(8000), /^\[0:v:0\]trim=start=7\.998\[chain0\]/)
  assert.doesNotMatch(graphOf(null), /trim/)
})

test('thumbnails have a graph of their own, so that no rendition waits for the rare picture', () => {
  for (const plan of [planOf({}, {}), planOf({ isInterlaced: true }, {})]) {
    const args = format(plan)
    assert.doesNotMatch(valuesOf(args, '-filter_complex').join(), /select/)
    assert.match(valuesOf(args, '-filter:v').join(), /^select=/)
  }
  const interlaced = valuesOf(format(planOf({ isInterlaced: true }, {})), '-filter:v')
  assert.match(interlaced.join(), /,field=type=top,scale/)
})

test('[F18] when all is copied, only key frames are decoded, for the thumbnails', () => {
  const copied = format(planOf({ width: 640, height: 360 }, {}))
  assert.deepEqual(valuesOf(copied, '-skip_frame'), ['nokey'])
  assert.deepEqual(valuesOf(format(planOf({}, {})), '-skip_frame'), [])
})

test('forced key frames: at the source’s where it is copied, else by the clock', () => {
  assert.deepEqual(valuesOf(format(planOf({}, {})), '-force_key_frames'), ['source', 'source'])
  const encoded = valuesOf(
    format(planOf({}, {}, { keyframeIntervalMs: 8000 })),
    '-force_key_frames',
  )
  const clock = 'expr:isnan(prev_forced_t)+gte(t-prev_forced_t,1.998)'
  assert.deepEqual(encoded, [clock, clock, clock])
})

test('a kept rendition of another shape gets bars, not a stretched picture', () => {
  const keep = planOf({}, {}).renditions
  const graph = valuesOf(
    format(planOf({ width: 1080, height: 1920 }, {}, { keep })),
    '-filter_complex',
  )[0]
  assert.match(graph ?? '', /decrease:force_divisible_by=2:out_range=tv,pad=1920:1080:\(ow-iw\)\/2/)
})

test('[M08] sound that not every player takes becomes stereo AAC-LC of 48 kHz', () => {
  const args = format(planOf(null, { channels: 6 }))
  assert.deepEqual(valuesOf(args, '-c:a'), ['aac'])
  assert.deepEqual([valuesOf(args, '-ac'), valuesOf(args, '-ar')], [['2'], ['48000']])
})

test('[F05] only the decoders that the source needs may open', () => {
  const whitelist = (plan: Plan) => valuesOf(format(plan), '-codec_whitelist')[0]
  assert.equal(whitelist(planOf({}, null)), 'h264')
  assert.equal(whitelist(planOf(null, {})), 'aac')
  assert.equal(whitelist(planOf({ codec: 'hevc' }, {})), 'hevc,aac')
  assert.equal(whitelist(planOf({ codec: 'av1' }, {})), 'libdav1d,aac')
  assert.equal(
    whitelist(planOf({}, { codec: 'mp3', codecString: 'mp4a.40.34' })),
    'h264,mp3float,mp3',
  )
})

test('[F12] frames are never doubled, and equal timestamps never end FFmpeg', () => {
  for (const plan of [planOf({}, {}), planOf({}, {}, { keyframeIntervalMs: 9000 })]) {
    const args = format(plan)
    assert.equal(args.includes('-xerror'), false)
    assert.equal(args.includes('nobuffer'), false)
    const encoders = valuesOf(args, '-c:v').filter((codec) => codec !== 'copy')
    const modes = valuesOf(args, '-fps_mode:v')
    assert.deepEqual(
      modes,
      encoders.map(() => 'passthrough'),
    )
  }
})
