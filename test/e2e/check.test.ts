import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { z } from 'zod'
import { runCheckCommand } from '../../src/check-command.ts'
import { FFMPEG } from '../support/make-media.ts'
import { makeClip, type Publisher, publishFile } from '../support/publisher.ts'
import { type StaticServer, serveFolder } from '../support/static-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { dispose, eventually, signUp, startVibly, type Vibly } from '../support/vibly.ts'

const reportForm = z.object({
  live: z.boolean(),
  conformant: z.boolean(),
  renditions: z.array(z.object({ name: z.string(), segments: z.number(), parts: z.number() })),
  rules: z.array(
    z.object({
      id: z.string(),
      level: z.enum(['MUST', 'SHOULD', 'GOAL']),
      verdict: z.enum(['ok', 'broken', 'not seen']),
      evidence: z.array(z.string()),
    }),
  ),
  notes: z.array(z.string()),
})
type Report = z.infer<typeof reportForm>

/** Runs the command as a user would, with --json. */
async function check(url: string, seconds: number): Promise<{ exit: number; report: Report }> {
  let printed = ''
  const options = { seconds: String(seconds), isJson: true }
  const exit = await runCheckCommand([url], options, (text) => {
    printed += text
  })
  return { exit, report: reportForm.parse(JSON.parse(printed)) }
}

/** How fast things come is judged on an idle machine, not beside other tests. */
const TIMED = ['H08', 'H13', 'LL03', 'LL14', 'LL18']

function brokenMusts({ rules }: Report): readonly string[] {
  return rules
    .filter(({ level, verdict }) => level === 'MUST' && verdict === 'broken')
    .filter(({ id }) => !TIMED.includes(id))
    .map(({ id, evidence }) => `${id}: ${evidence.slice(0, 3).join('; ')}`)
}

function verdictsOf({ rules }: Report, id: string): readonly string[] {
  return rules.filter((rule) => rule.id === id).map(({ verdict }) => verdict)
}

function assertAllSeen(report: Report, ids: readonly string[]): void {
  for (const id of ids) assert.ok(verdictsOf(report, id).includes('ok'), `${id} was not seen`)
}

/** As an encoder on "auto" sets key frames, s, again and again: however late somebody looks. */
const UNEVEN = Array.from({ length: 6 }, (_, round) =>
  [0, 2, 4, 9, 11, 13, 15, 21.6, 23].map((seconds) => 25 * round + seconds),
).flat()

/** FFmpeg's own HLS muxer, live. */
const OWN_MUXER = [
  ...['-hide_banner', '-loglevel', 'error', '-re'],
  ...['-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=30', '-f', 'lavfi', '-i', 'sine=r=48000'],
  ...['-t', '150', '-map', '0:v', '-map', '1:a', '-map', '0:v', '-map', '1:a'],
  ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-sc_threshold', '0'],
  ...['-g', '900', '-keyint_min', '900', '-force_key_frames', UNEVEN.join(',')],
  ...['-b:v:0', '1000k', '-b:v:1', '400k', '-s:v:1', '320x180', '-c:a', 'aac', '-ac', '2'],
  ...['-f', 'hls', '-hls_time', '2', '-hls_list_size', '3', '-hls_flags', 'delete_segments'],
  ...['-master_pl_name', 'index.m3u8', '-hls_segment_filename', '%v/%d.ts'],
  ...['-var_stream_map', 'v:0,a:0,name:high v:1,a:1,name:low', '%v/index.m3u8'],
]

describe('check finds what is wrong with the HLS muxer of FFmpeg', () => {
  let server: StaticServer
  let muxer: ChildProcess

  before(async () => {
    const folder = await temporaryFolder()
    muxer = spawn(FFMPEG, OWN_MUXER, { cwd: folder, stdio: 'ignore' })
    server = await serveFolder(folder)
  })

  after(async () => {
    const gone = once(muxer, 'exit')
    muxer.kill('SIGKILL')
    await gone
    await server.close()
  })

  test('its changing target, its window, its bare multivariant playlist', async () => {
    const url = `${server.url}/index.m3u8`
    await eventually('FFmpeg lists two segments', async () => {
      const response = await fetch(`${server.url}/low/index.m3u8`)
      const text = await response.text()
      return text.split('#EXTINF').length > 2 ? text : null
    })
    const { exit, report } = await check(url, 14)
    assert.equal(exit, 1)
    assert.equal(report.live, true)
    assert.deepEqual(report.renditions.map(({ name }) => name).toSorted(), ['high', 'low'])
    const broken = new Set(
      report.rules.filter(({ verdict }) => verdict === 'broken').map(({ id }) => id),
    )
    for (const id of ['H02', 'H03', 'H07', 'H12', 'H14', 'H19', 'H20', 'M03', 'M04', 'D01']) {
      assert.ok(broken.has(id), `${id} was not found: ${JSON.stringify([...broken])}`)
    }
    // What it does right is not to be blamed.
    for (const id of ['H01', 'H04', 'H05', 'H10', 'H17', 'H18', 'H21', 'M01', 'M02']) {
      assert.ok(!broken.has(id), `${id} was found: ${brokenMusts(report).join('\n')}`)
    }
  })
})

const LATENCY = [
  ...['LL01', 'LL02', 'LL04', 'LL06', 'LL07', 'LL08', 'LL09', 'LL12', 'LL13'],
  ...['LL17', 'LL19', 'LL21', 'D07'],
]
const PLAIN = [
  ...['H01', 'H02', 'H03', 'H10', 'H14', 'H17', 'H18', 'H19', 'H20', 'H21', 'H22', 'H23'],
  ...['H24', 'M01', 'M02', 'M03', 'M04', 'M05', 'M07', 'M08', 'M09', 'D01', 'D02', 'D03', 'D06'],
]

describe('check finds nothing that must be wrong with Vibly', () => {
  let vibly: Vibly
  let publisher: Publisher

  before(async () => {
    vibly = await startVibly()
  })

  after(async () => {
    await publisher.kill()
    await dispose(vibly)
  })

  test('live for 20 s, and the recording of it', async () => {
    const clip = await makeClip({ name: 'checked', width: 1280, height: 720, frameRate: '30' })
    const streamer = await signUp(vibly, 'checked')
    publisher = publishFile(clip, `${vibly.rtmpUrl}/${streamer.streamKey}`)
    const url = `${vibly.url}/live/${streamer.id}/index.m3u8`
    await eventually('the broadcast is live', async () => {
      const response = await fetch(url)
      await response.body?.cancel()
      return response.status === 200 ? true : null
    })
    const live = await check(url, 20)
    assert.deepEqual(brokenMusts(live.report), [])
    assert.equal(live.exit, live.report.conformant ? 0 : 1)
    assertAllSeen(live.report, [...PLAIN, ...LATENCY, 'H04', 'H05', 'H12'])

    const broadcast = await broadcastOf(vibly, streamer.id)
    await publisher.stop()
    const recording = `${vibly.url}/media/${broadcast}/index.m3u8`
    await eventually('the recording is there', async () => {
      const response = await fetch(`${vibly.url}/media/${broadcast}/720p/index.m3u8`)
      return (await response.text()).includes('#EXT-X-PLAYLIST-TYPE:VOD') ? true : null
    })
    const vod = await check(recording, 20)
    assert.deepEqual(brokenMusts(vod.report), [])
    assert.equal(vod.exit, vod.report.conformant ? 0 : 1)
    assert.equal(vod.report.live, false)
    assertAllSeen(vod.report, [...PLAIN, 'M06', 'H09', 'LL11'])
  })
})

describe('check says when it cannot check', () => {
  for (const [name, path, code] of [
    ['nobody answers', null, 'check.unreachable'],
    ['there is nothing', '/nothing.m3u8', 'check.unreachable'],
    ['it is another thing', '/page.html', 'check.not-a-playlist'],
  ] as const) {
    test(`${name}: exit code 2`, async () => {
      const folder = await temporaryFolder()
      const server = await serveFolder(folder)
      await writeFile(`${folder}/page.html`, '<!doctype html><title>no playlist</title>')
      const url = `${server.url}${path ?? '/index.m3u8'}`
      if (path === null) await server.close()
      let printed = ''
      const exit = await runCheckCommand([url], { seconds: '1', isJson: true }, (text) => {
        printed += text
      })
      if (path !== null) await server.close()
      assert.equal(exit, 2)
      const form = z.object({ error: z.object({ code: z.string() }) })
      assert.equal(form.parse(JSON.parse(printed)).error.code, code)
    })
  }
})

async function broadcastOf(vibly: Vibly, channelId: string): Promise<string> {
  const response = await fetch(`${vibly.url}/api/channels/${channelId}`)
  return z.object({ broadcast_id: z.string() }).parse(await response.json()).broadcast_id
}
