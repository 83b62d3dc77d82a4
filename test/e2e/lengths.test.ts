import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { fetchMaster, fetchMedia } from '../support/hls-client.ts'
import { PlaylistWatch, parseListed } from '../support/playlist-rules.ts'
import { type Clip, makeClip, publishFile } from '../support/publisher.ts'
import { dispose, eventually, signUp, startVibly, type Vibly } from '../support/vibly.ts'

const SEGMENT_S = 3
const PART_S = 0.5
const CLIP = { width: 426, height: 240, frameRate: '25', seconds: 2.6 * SEGMENT_S }
/** Key frames a segment apart are near enough for a copy, which keeps the profile, Baseline. */
const SOURCES: readonly (Clip & { readonly profile: RegExp })[] = [
  { ...CLIP, name: 'lengths_copied', keyframeFrames: 25 * SEGMENT_S, profile: /^avc1\.42/ },
  { ...CLIP, name: 'lengths_encoded', keyframeFrames: 250, profile: /^avc1\.64/ },
]

describe('with other lengths of segments and parts than those of the defaults', () => {
  let vibly: Vibly

  before(async () => {
    vibly = await startVibly({
      VIBLY_HLS_SEGMENT_MS: String(SEGMENT_S * 1000),
      VIBLY_HLS_PART_MS: String(PART_S * 1000),
    })
  })

  after(() => dispose(vibly))

  test('[H02] [H03] [LL02] lists, parts and key frames are of these lengths, live and afterwards', async () => {
    await Promise.all(
      SOURCES.map(async ({ profile, ...clip }) => {
        const streamer = await signUp(vibly, clip.name)
        const publisher = publishFile(
          await makeClip(clip),
          `${vibly.rtmpUrl}/${streamer.streamKey}`,
          0,
        )
        const [variant] = await eventually(`${clip.name} is live`, () =>
          fetchMaster(`${vibly.url}/live/${streamer.id}/index.m3u8`),
        )
        assert.ok(variant)
        const { url } = variant
        const watch = new PlaylistWatch()
        const live = await eventually(`${clip.name} has parts`, async () => {
          const { text } = await fetchMedia(url)
          watch.see(text)
          const listed = parseListed(text)
          return listed.partTarget === null ? null : listed
        })
        assert.deepEqual(watch.faults, [])
        assert.equal(live.targetSeconds, SEGMENT_S)
        // Twelve pictures, and the grain of encoders.
        assert.ok(Math.abs((live.partTarget ?? 0) - PART_S) < 0.03, `parts of ${live.partTarget} s`)
        await publisher.exit
        const ended = await eventually(`${clip.name} has ended`, async () => {
          const list = await fetchMedia(url)
          return list.isEnded ? list : null
        })
        assert.match(ended.text, /^#EXT-X-PLAYLIST-TYPE:VOD$/m)
        assert.equal(ended.targetDurationS, SEGMENT_S)
        const lengths = ended.segments
          .slice(0, -1)
          .map(({ durationS }) => Math.round(durationS * 10))
        assert.deepEqual(lengths, [10 * SEGMENT_S, 10 * SEGMENT_S])
        assert.match(variant.attributes.get('CODECS') ?? '', profile)
        // What could be no copy was made anew before anybody saw it.
        assert.ok(ended.segments.every(({ isDiscontinuity }) => !isDiscontinuity))
      }),
    )
  })
})
