import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import path from 'node:path'
import { promisify } from 'node:util'

const FOLDER = path.resolve(import.meta.dirname, '../players')
const HLS_JS = path.resolve(import.meta.dirname, '../../node_modules/hls.js/dist/hls.min.js')
const SHAKA = path.join(FOLDER, 'node_modules/shaka-player/dist/shaka-player.compiled.js')
const VIDEO_JS = path.join(FOLDER, 'node_modules/video.js/dist/video.min.js')
const INSTALL = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock']

/**
 * A player by its script; `start` plays `address` in `video` and tells what went wrong to `fault`.
 */
export interface WebPlayer {
  readonly name: string
  /** Null: the browser itself. */
  readonly library: string | null
  readonly start: string
}

const HLS_START = (isLow: boolean) => `
  const hls = new Hls({ lowLatencyMode: ${isLow} })
  hls.on('hlsError', (_, data) => { if (data.fatal) fault(data.details) })
  hls.on('hlsManifestParsed', () => video.play())
  hls.attachMedia(video)
  hls.loadSource(address)`

/** All with their own defaults, as people put them into a page. */
export const WEB_PLAYERS: readonly WebPlayer[] = [
  { name: 'hls.js with low latency', library: HLS_JS, start: HLS_START(true) },
  { name: 'hls.js without low latency', library: HLS_JS, start: HLS_START(false) },
  {
    name: 'Shaka',
    library: SHAKA,
    start: `
      const player = new shaka.Player()
      player.addEventListener('error', ({ detail }) => fault('shaka ' + detail.code))
      player.attach(video).then(() => player.load(address)).then(
        () => video.play(),
        (thrown) => fault('shaka ' + thrown.code))`,
  },
  {
    name: 'video.js',
    library: VIDEO_JS,
    start: `
      const player = videojs(video, { html5: { vhs: { overrideNative: true } } })
      player.on('error', () => fault(player.error().message))
      player.src({ src: address, type: 'application/x-mpegURL' })
      player.ready(() => player.play())`,
  },
  {
    name: "Chromium's own",
    library: null,
    start: `
      if (video.canPlayType('application/vnd.apple.mpegurl') === '') fault('none')
      video.onerror = () => fault(video.error.message)
      video.src = address
      video.play()`,
  },
]

/** Installs those that are not part of Vibly; whether they are there. */
export async function installPlayers(): Promise<boolean> {
  if (existsSync(SHAKA) && existsSync(VIDEO_JS)) return true
  const installed = promisify(execFile)('npm', [...INSTALL, '--prefix', FOLDER])
  return await installed.then(
    () => true,
    () => false,
  )
}

/**
 * Serves a page for each player of the list, `/0`, `/1` and so on; what to play stands behind `#`.
 */
export async function servePlayers(): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = createServer(async (request, response) => {
    const [, number = '', file] = (request.url ?? '').split('/')
    const player = WEB_PLAYERS[Number(number)]
    if (player === undefined) return void response.writeHead(404).end()
    if (file === undefined)
      return void response.setHeader('content-type', 'text/html').end(pageOf(player, number))
    response.setHeader('content-type', 'text/javascript')
    response.end(player.library === null ? '' : await readFile(player.library))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : null
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

function pageOf({ start }: WebPlayer, number: string): string {
  return `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
    <video muted playsinline width="640" height="360"></video>
    <script>
      window.faults = []
      const fault = (text) => faults.push(text)
      const video = document.querySelector('video')
      const address = location.hash.slice(1)
      /** Pictures that were drawn, whatever the player does to the element's clock. */
      window.drawn = 0
      const count = () => { drawn += 1; video.requestVideoFrameCallback(count) }
      video.requestVideoFrameCallback(count)
    </script>
    <script src="/${number}/library.js"></script>
    <script>${start}</script>`
}
