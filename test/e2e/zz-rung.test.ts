import { writeFile, mkdtemp, chmod } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { openBrowser, visit, waitFor, numberIn } from '../support/browser.ts'
import { fetchMaster } from '../support/hls-client.ts'
import { makeClip, publishFile } from '../support/publisher.ts'
import { dispose, eventually, signUp, startVibly } from '../support/vibly.ts'
const SLOW = `#!/bin/sh
case "$(test -f /tmp/slots-tools/flag && echo $*)" in
  *libx264*libx264*) exec ffmpeg -readrate 0.85 "$@" ;;
  *) exec ffmpeg "$@" ;;
esac
`
test('x', { timeout: 140000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vibly-rung-')); await chmod(folder, 0o755)
  await writeFile(join(folder, 'ff'), SLOW, { mode: 0o755 })
  const vibly = await startVibly({ VIBLY_FFMPEG: join(folder, 'ff') })
  const browser = await openBrowser()
  const streamer = await signUp(vibly, 'too_dear')
  const publisher = publishFile(await makeClip({ name: 'tall', width: 240, height: 1080, frameRate: '15', keyframeFrames: 30 }), `${vibly.rtmpUrl}/${streamer.streamKey}`)
  const master = `${vibly.url}/live/${streamer.id}/index.m3u8`
  await eventually('live', () => fetchMaster(master), 40000)
  const open = async (quality: string | null) => {
    const opened = await visit(browser, `${vibly.url}/${streamer.username}`)
    const { page } = opened
    page.on('request', (r) => { if (process.env.TRACE && /m3u8|\.ts/.test(r.url())) console.log(quality, r.url().split('/').slice(-2).join('/')) })
    await waitFor(page, 'document.querySelector("video")?.currentTime > 0', 'start', 30000)
    if (quality) {
      await page.mouse.move(400, 300)
      await page.getByRole('button', { name: 'Quality' }).click()
      await page.getByRole('menuitemradio', { name: quality, exact: true }).click()
    }
    return opened
  }
  const views = [await open('720p'), await open(null), await open('480p')]
  const { writeFileSync, rmSync } = await import('node:fs')
  writeFileSync('/tmp/slots-tools/flag', '')
  const pid = vibly.log.findLast((l) => l['msg'] === 'FFmpeg started')?.['pid']
  process.kill(Number(pid), 'SIGKILL')
  for (let i = 0; i < 50; i++) {
    const now = []
    for (const v of views) now.push(`${(await numberIn(v.page, 'document.querySelector("video").currentTime')).toFixed(1)} h${await numberIn(v.page, 'document.querySelector("video").videoHeight')} f${v.faults.length}`)
    const m = ((await fetchMaster(master)) ?? []).map(v => v.url.split('/').at(-2)).join()
    console.log(i, now.join(' | '), m)
    await delay(500)
  }
  for (const v of views) console.log(v.faults)
  await views[0].page.screenshot({ path: '/tmp/slots-tools/rung.png' })
  rmSync('/tmp/slots-tools/flag'); console.log(vibly.log.filter((l) => /FFmpeg/.test(String(l.msg))).map((l) => `${l.time} ${l.msg} ${l.renditions ?? ''} ${l.left_out ?? ''}`).join('\n'))
  await publisher.kill(); await browser.close(); await dispose(vibly)
})
