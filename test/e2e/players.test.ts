import assert from 'node:assert/strict'
import { execFile, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import type { Browser } from 'playwright-core'
import { openBrowser, visit, waitFor } from '../support/browser.ts'
import { fetchMaster } from '../support/hls-client.ts'
import { installPlayers, servePlayers, WEB_PLAYERS } from '../support/players.ts'
import { makeClip, type Publisher, publishFile } from '../support/publisher.ts'
import { dispose, eventually, signUp, startVibly, type Vibly } from '../support/vibly.ts'

const run = promisify(execFile)
const isThere = (program: string) => spawnSync(program, ['--version']).status === 0
const hasOthers = await installPlayers()
const noOthers = hasOthers ? false : 'test/players could not be installed'
/** Seconds of picture that each has to show; 25 a second. */
const SECONDS = 5
/** GStreamer without a screen: the sink for pictures says each one that it gets. */
const FAKE_SINKS = ['video-sink=fakesink sync=true silent=false', 'audio-sink=fakesink sync=true']

describe('[LL23] one live address in the players of others', { concurrency: 2 }, () => {
  let vibly: Vibly
  let browser: Browser
  let pages: Awaited<ReturnType<typeof servePlayers>>
  let publisher: Publisher
  let address: string

  before(async () => {
    vibly = await startVibly()
    browser = await openBrowser()
    pages = await servePlayers()
    const streamer = await signUp(vibly, 'everywhere')
    const clip = await makeClip({
      name: 'players',
      width: 854,
      height: 480,
      frameRate: '25',
      keyframeFrames: 50,
    })
    publisher = publishFile(clip, `${vibly.rtmpUrl}/${streamer.streamKey}`)
    address = `${vibly.url}/live/${streamer.id}/index.m3u8`
    await eventually('parts are listed', async () => {
      const [variant] = (await fetchMaster(address)) ?? []
      const text = variant === undefined ? '' : await (await fetch(variant.url)).text()
      return text.includes('#EXT-X-PART:') ? true : null
    })
  })

  after(async () => {
    await browser.close()
    await pages[Symbol.asyncDispose]()
    await publisher.kill()
    await dispose(vibly)
  })

  for (const [number, { name, library }] of WEB_PLAYERS.entries()) {
    const skip = library?.includes('/test/players/') === true && noOthers
    test(`${name} shows ${SECONDS} s of it`, { skip }, async (context) => {
      await using opened = await visit(browser, `${pages.url}/${number}#${address}`)
      const { page } = opened
      await waitFor(page, `drawn >= ${SECONDS * 25} || faults.length > 0`, 'pictures', 45_000)
      const faults: unknown = await page.evaluate('faults')
      if (library === null && String(faults) === 'none') context.skip('this Chromium has none')
      else assert.deepEqual(faults, [])
    })
  }

  test(`FFmpeg reads ${SECONDS} s of it without a word`, async () => {
    const args = ['-hide_banner', '-v', 'warning', '-i', address, '-t', String(SECONDS)]
    const { stderr } = await run('ffmpeg', [...args, '-f', 'null', '-'])
    assert.equal(stderr, '')
  })

  for (const [player, demuxer] of [
    ['playbin', 'hlsdemux'],
    ['playbin3', 'hlsdemux2'],
  ] as const) {
    const isInstalled =
      isThere('gst-launch-1.0') && spawnSync('gst-inspect-1.0', [demuxer]).status === 0
    const skip = isInstalled ? false : `GStreamer's ${demuxer} is not installed`
    test(`GStreamer's ${player} shows ${SECONDS} s of it`, { skip }, async () => {
      const child = spawn('gst-launch-1.0', ['-v', player, `uri=${address}`, ...FAKE_SINKS])
      const late = setTimeout(() => child.kill('SIGKILL'), 45_000)
      let drawn = 0
      for await (const line of createInterface(child.stdout)) {
        if (line.includes('last-message = chain')) drawn += 1
        if (drawn === SECONDS * 25) child.kill('SIGKILL')
      }
      clearTimeout(late)
      assert.ok(drawn >= SECONDS * 25, `${drawn} pictures`)
    })
  }
})
