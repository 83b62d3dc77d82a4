// Makes the pictures of the README from a running product: `npm run screenshots`.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Browser } from 'playwright-core'
import { openBrowser, visit, waitFor } from '../test/support/browser.ts'
import { type Publisher, publishFile } from '../test/support/publisher.ts'
import {
  dispose,
  eventually,
  type Streamer,
  signUp,
  startVibly,
  type Vibly,
} from '../test/support/vibly.ts'

const run = promisify(execFile)
const FOLDER = join(import.meta.dirname, '..', 'docs', 'screenshots')
const SIZES = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const
const CLIP_S = 24
/** As long as the broadcast is that is looked back at. */
const PAST_MS = 8_000

/** Who is live, with a picture that FFmpeg can draw by itself. */
const CHANNELS = [
  {
    username: 'fractal_lab',
    title: 'Down into the Mandelbrot set, no cuts',
    description: 'One zoom, a whole evening. Ask anything about complex numbers.',
    picture: 'mandelbrot=s=854x480:r=24:start_scale=2:end_scale=0.004:end_pts=960:maxiter=300',
  },
  {
    username: 'petri',
    title: 'Game of Life: who survives the night?',
    description: 'Every stream begins with another random dish.',
    picture:
      'life=s=320x180:mold=14:ratio=0.3:life_color=#7ee0ff:death_color=#1b2a6b:mold_color=#05070f:r=24:seed=4,scale=854:480:flags=neighbor',
  },
  {
    username: 'slow_colours',
    title: 'Colours to work by',
    description: 'No voice, no music. Just colours that take their time.',
    picture:
      'gradients=s=854x480:r=24:c0=#ff7a59:c1=#7a2ff7:c2=#13b5ea:c3=#ffd166:nb_colors=4:speed=0.01:seed=3',
  },
  {
    username: 'rule110',
    title: 'A computer of one line, live',
    description: 'Rule 110 is as able as your laptop, only slower.',
    picture:
      'cellauto=s=320x180:rule=110:r=24:seed=2,negate,scale=854:480:flags=neighbor,colorchannelmixer=rr=0.3:gg=0.9:bb=0.6',
  },
] as const

const TALK: readonly (readonly [name: string, content: string, isReply: boolean])[] = [
  ['mira', 'good evening, everyone', false],
  ['tom_k', 'picture and sound are fine here', false],
  ['mira', 'how deep are we now?', false],
  ['fractal_lab', 'about a five hundredth of where we began', true],
  ['ines', 'that spiral on the left looks like a seahorse', false],
  ['tom_k', 'it is called Seahorse Valley, really', true],
  ['ines', 'of course it is', true],
  ['johan', 'just came in, what did I miss?', false],
  ['mira', 'only the whole set. it comes round again, stay', true],
]

/** So many of these lines are said in the broadcast that is looked back at. */
const TALK_BEFORE = 4

const publishers = new Map<string, { readonly publisher: Publisher; readonly clip: string }>()
/** Tokens of who talks, by user name. */
const speakers = new Map<string, string>()
const held = new AsyncDisposableStack()
try {
  const dataDir = await mkdtemp(join(tmpdir(), 'vibly-site-'))
  const operatorPassword = await createOperator(dataDir)
  const vibly = await startVibly({ VIBLY_DATA_DIR: dataDir })
  held.defer(() => dispose(vibly))
  const streamers = await goLive(vibly)
  const [first] = streamers
  if (first === undefined) throw new TypeError('nobody streams')
  const pastId = await lookBack(vibly, first)
  await talk(vibly, first, TALK.slice(TALK_BEFORE))
  const browser = await openBrowser()
  held.defer(() => browser.close())
  const folder = await mkdtemp(join(tmpdir(), 'vibly-pictures-'))
  held.defer(() => rm(folder, { recursive: true, force: true }))
  await mkdir(FOLDER, { recursive: true })
  await takePictures(browser, vibly, { streamer: first, pastId, folder, operatorPassword })
} finally {
  await held.disposeAsync()
}

interface Scene {
  readonly streamer: Streamer
  readonly pastId: string
  /** For pictures on their way. */
  readonly folder: string
  readonly operatorPassword: string
}

async function takePictures(browser: Browser, vibly: Vibly, scene: Scene): Promise<void> {
  const { streamer, pastId, folder, operatorPassword } = scene
  const isPlaying = `['playing', 'finished'].includes(document.querySelector('.player')?.dataset.state) && document.querySelector('video').currentTime > 2`
  const pages: readonly (readonly [
    name: string,
    path: string,
    who: string | null,
    shown: string,
  ])[] = [
    [
      'home',
      '/',
      null,
      `document.images.length >= ${CHANNELS.length} && [...document.images].every((each) => each.naturalWidth > 0)`,
    ],
    ['search', '/?q=live', null, `document.querySelector('.card') !== null`],
    [
      'watch',
      `/${streamer.username}`,
      'mira',
      `${isPlaying} && document.body.innerText.includes('seahorse')`,
    ],
    [
      'broadcast',
      `/${streamer.username}/${pastId}?t=14s`,
      null,
      `${isPlaying} && document.body.innerText.includes('how deep')`,
    ],
    ['offline', '/mira', null, `document.querySelector('.player-card') !== null`],
    ['embed', `/embed/${streamer.username}`, null, isPlaying],
    ['studio', '/studio', streamer.username, `document.querySelector('main form') !== null`],
    ['admin', '/admin', 'operator', `document.querySelector('main h1') !== null`],
    ['sign-in', '/studio', null, `document.querySelector('main form') !== null`],
    ['missing', '/no/such/page', null, `document.querySelector('.notice') !== null`],
  ]
  for (const [name, path, who, shown] of pages) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      for (const colorScheme of ['light', 'dark'] as const) {
        await using opened = await visit(browser, `${vibly.url}/healthz`, { viewport, colorScheme })
        const { page } = opened
        if (who !== null) {
          const password = who === 'operator' ? operatorPassword : `a long phrase of ${who}`
          const data = { email: `${who}@example.org`, password }
          await page.context().request.post(`${vibly.url}/api/auth/login`, { data })
          await page.addInitScript(`localStorage.setItem('vibly.signed-in', '1')`)
        }
        await page.goto(vibly.url + path)
        await waitFor(page, shown, `${name} is shown`)
        const raw = join(folder, `${name}.png`)
        await page.screenshot({ path: raw })
        const target = join(FOLDER, `${name}-${size}-${colorScheme}.webp`)
        await run('ffmpeg', ['-v', 'error', '-y', '-i', raw, '-quality', '82', target])
      }
    }
  }
}

/** Makes an administrator while no server runs; resolves with the password. */
async function createOperator(dataDir: string): Promise<string> {
  const args = ['src/main.ts', 'user', 'create', 'operator@example.org', 'operator', '--admin']
  const { stdout } = await run(process.execPath, args, {
    env: { ...process.env, VIBLY_DATA_DIR: dataDir },
  })
  const password = /password (\S+)/.exec(stdout)?.[1]
  if (password === undefined) throw new TypeError(`no password in: ${stdout}`)
  return password
}

/** Signs everyone up and puts them on air. */
async function goLive(vibly: Vibly): Promise<Streamer[]> {
  const clips = await mkdtemp(join(tmpdir(), 'vibly-clips-'))
  held.defer(() => rm(clips, { recursive: true, force: true }))
  const streamers: Streamer[] = []
  for (const { username, title, description, picture } of CHANNELS) {
    const clip = join(clips, `${username}.flv`)
    await run('ffmpeg', [
      ...['-v', 'error', '-f', 'lavfi', '-i', picture],
      ...['-f', 'lavfi', '-i', 'sine=f=220:r=48000', '-t', String(CLIP_S)],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-b:v', '2500k'],
      ...['-g', '48', '-sc_threshold', '0', '-c:a', 'aac', clip],
    ])
    const streamer = await signUp(vibly, username)
    streamers.push(streamer)
    await fetch(`${vibly.url}/api/channels/${username}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${streamer.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ title, description }),
    })
    const publisher = publishFile(clip, `${vibly.rtmpUrl}/${streamer.streamKey}`)
    publishers.set(username, { publisher, clip })
    held.defer(() => publisher.stop())
  }
  for (const { username } of streamers) await untilLive(vibly, username)
  return streamers
}

/** Ends a broadcast after some talk, so that there is one to look back at, and begins another. */
async function lookBack(vibly: Vibly, streamer: Streamer): Promise<string> {
  const { username, streamKey } = streamer
  const running = publishers.get(username)
  if (running === undefined) throw new TypeError(`${username} does not stream`)
  const id = await untilLive(vibly, username)
  await talk(vibly, streamer, TALK.slice(0, TALK_BEFORE))
  await new Promise((resolve) => setTimeout(resolve, PAST_MS))
  await running.publisher.stop()
  await eventually('the broadcast is recorded', async () => {
    const response = await fetch(`${vibly.url}/api/broadcasts/${id}`)
    const { recording_url, thumb_url } = JSON.parse(await response.text())
    return recording_url === null || thumb_url === null ? null : true
  })
  const again = publishFile(running.clip, `${vibly.rtmpUrl}/${streamKey}`)
  held.defer(() => again.stop())
  await untilLive(vibly, username)
  return id
}

/** The id of the broadcast, once it has a picture. */
function untilLive(vibly: Vibly, username: string): Promise<string> {
  return eventually(`${username} is live`, async () => {
    const response = await fetch(`${vibly.url}/api/channels/${username}`)
    const channel = JSON.parse(await response.text())
    return channel.thumb_url === null ? null : String(channel.broadcast_id)
  })
}

/** A few lines of chat, so that the picture shows what it is for. */
async function talk(vibly: Vibly, streamer: Streamer, lines: typeof TALK): Promise<void> {
  speakers.set(streamer.username, streamer.token)
  let last: string | null = null
  for (const [username, content, isReply] of lines) {
    const token = speakers.get(username) ?? (await signUp(vibly, username)).token
    speakers.set(username, token)
    last = await say(vibly, {
      channelId: streamer.id,
      token,
      content,
      parentId: isReply ? last : null,
    })
  }
}

/** Resolves with the id of the message. */
function say(
  vibly: Vibly,
  said: {
    readonly channelId: string
    readonly token: string
    readonly content: string
    readonly parentId: string | null
  },
): Promise<string> {
  const { channelId, token, content, parentId } = said
  const socket = new WebSocket(
    `${vibly.url.replace('http', 'ws')}/ws/chat?channelID=${channelId}`,
    { headers: { authorization: `Bearer ${token}` } } as unknown as string[],
  )
  return new Promise<string>((resolve, reject) => {
    const reply = parentId === null ? {} : { parent_id: parentId }
    socket.onopen = () =>
      socket.send(
        JSON.stringify({ type: 'message', content, nonce: crypto.randomUUID(), ...reply }),
      )
    socket.onerror = () => reject(new TypeError('the chat socket failed'))
    socket.onclose = ({ reason }) => reject(new TypeError(`the chat closed: ${reason}`))
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(String(data))
      if (frame.type === 'ack') resolve(String(frame.id))
      if (frame.type === 'error') reject(new TypeError(String(data)))
    }
  }).finally(() => socket.close())
}
