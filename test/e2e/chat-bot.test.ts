import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { z } from 'zod'
import { ChatClient, type ServerFrame } from '../support/chat-client.ts'
import { makeClip, type Publisher, publishFile } from '../support/publisher.ts'
import {
  dispose,
  eventually,
  type Streamer,
  signUp,
  startVibly,
  type Vibly,
} from '../support/vibly.ts'

describe('the example bot on a real server', () => {
  let vibly: Vibly
  let streamer: Streamer
  let bot: ChildProcess | null = null
  let publisher: Publisher | null = null

  before(async () => {
    vibly = await startVibly()
    streamer = await signUp(vibly, 'olivia')
  })

  after(async () => {
    bot?.kill('SIGTERM')
    await publisher?.stop()
    await dispose(vibly)
  })

  test('[W30] answers !uptime as a reply, live and not, and ends when its token does', async () => {
    const robot = await signUp(vibly, 'robot')
    const { id, token } = await createToken(vibly, robot)
    const child = startBot({
      VIBLY_URL: vibly.url,
      VIBLY_CHANNEL: 'olivia',
      VIBLY_BOT_TOKEN: token,
    })
    bot = child
    const port = Number(new URL(vibly.url).port)
    const viewer = await ChatClient.join(port, {
      channelId: streamer.id,
      token: (await signUp(vibly, 'viewer')).token,
      patienceMs: 30_000,
    })
    await eventually('the bot is there', () => (outputOf(child).includes('open') ? true : null))

    const offline = await ask(viewer)
    assert.equal(offline.content, 'Nothing is live right now.')
    const user = z
      .object({ username: z.string(), roles: z.array(z.string()) })
      .parse(offline['user'])
    assert.deepEqual(user, { username: 'robot', roles: ['bot'] })

    const clip = await makeClip({ name: 'bot', width: 480, height: 360, frameRate: '30' })
    publisher = publishFile(clip, `${vibly.rtmpUrl}/${streamer.streamKey}`)
    await viewer.wait(({ type, status }) => type === 'stream' && status === 'live')
    assert.equal((await ask(viewer)).content, 'Live for 0 min.')

    const revoked = await fetch(`${vibly.url}/api/me/tokens/${id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${robot.token}` },
    })
    assert.equal(revoked.status, 204)
    const [code] = await once(child, 'exit')
    assert.equal(code, 1)
  })

  test('says what is missing and ends when it cannot begin', async () => {
    const child = startBot({ VIBLY_URL: vibly.url, VIBLY_CHANNEL: 'nobody_here' })
    const [code] = await once(child, 'exit')
    assert.equal(code, 1)
    assert.match(outputOf(child), /VIBLY_BOT_TOKEN/)
  })
})

/** Says `!uptime` and gives the answer to just that. */
async function ask(viewer: ChatClient): Promise<ServerFrame> {
  const from = viewer.frames.length
  const asked = await viewer.say('!uptime')
  return await viewer.wait(
    ({ type, parent_id }) => type === 'message' && parent_id === asked.id,
    from,
  )
}

const outputs = new WeakMap<ChildProcess, string[]>()

function startBot(environment: Readonly<Record<string, string>>): ChildProcess {
  const child = spawn(process.execPath, ['examples/bot/bot.ts'], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  outputs.set(child, lines)
  child.stdout.on('data', (bytes: Buffer) => lines.push(bytes.toString()))
  child.stderr.on('data', (bytes: Buffer) => lines.push(bytes.toString()))
  return child
}

function outputOf(child: ChildProcess): string {
  return (outputs.get(child) ?? []).join('')
}

async function createToken(vibly: Vibly, owner: Streamer) {
  const response = await fetch(`${vibly.url}/api/me/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${owner.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'uptime', scopes: ['chat:read', 'chat:write'] }),
  })
  assert.equal(response.status, 201)
  return z.object({ id: z.string(), token: z.string() }).parse(await response.json())
}
