import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { SURROUNDINGS } from '../../client/chat-surroundings.ts'
import { ChatClient, type ChatCommand, type ChatLine } from '../../client/index.ts'
import type { UserId } from '../../src/base/index.ts'
import { parseClientFrame } from '../../src/chat/index.ts'
import { CHANNEL, type ChatSite, startChatSite } from '../support/chat-site.ts'
import { eventually } from '../support/vibly.ts'

/** Times that a connection is cut or the server restarted while everyone talks. */
const CUTS = 12
const MESSAGES_EACH = 40
const SPEAKERS = ['ann-00001', 'bob-00001', 'cat-00001']

test('the published client on a bad line and through restarts: each message once, the same for all', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'vibly-resume-'))
  const server = { directory, server: { limits: 'off' }, chat: { limits: 'off' } } as const
  let site = await startChatSite(server)
  await using line = await openLine(() => site.port)
  const clients = SPEAKERS.map((speaker) => openClient(line.url, speaker))
  try {
    for (const client of clients) await isOpen(client)
    const said = clients.map((client, n) => talk(client, SPEAKERS[n] ?? ''))
    for (let cut = 0; cut < CUTS; cut += 1) {
      const [first] = clients
      await eventually('talk goes on', () => (countOf(first) > cut * 8 ? true : null))
      if (cut % 4 === 3) site = await restart(site, server)
      else line.cut()
    }
    const receipts = (await Promise.all(said)).flat()
    const total = SPEAKERS.length * MESSAGES_EACH
    assert.equal(new Set(receipts.map((receipt) => receipt?.id)).size, total, 'each its own record')
    for (const client of clients) {
      await eventually('everything arrives', () => (countOf(client) >= total ? true : null))
      const texts = client.lines.map((one) => one.type === 'message' && one.content)
      assert.equal(new Set(texts).size, total, 'nothing twice')
      assert.equal(texts.length, total, 'nothing lost')
      assert.deepEqual(seqsOf(client), seqsOf(clients[0] ?? client), 'the same order')
    }
    assert.ok(line.cutCount > 0)
  } finally {
    for (const client of clients) client.close()
    await site.close()
    await rm(directory, { recursive: true, force: true })
  }
})

test('signed out elsewhere: refused with the reason; a bad token never gets in', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'vibly-refused-'))
  const site = await startChatSite({ directory })
  const url = `http://127.0.0.1:${site.port}`
  const client = openClient(url, 'ann-00001')
  const stranger = openClient(url, '?')
  try {
    await isOpen(client)
    site.endSession('session-1', 'ann-00001' as UserId)
    const state = await eventually('the end', () =>
      client.state.phase === 'refused' ? client.state : null,
    )
    assert.equal(state.code, 4401)
    assert.equal(state.error?.code, 'chat.signed-out')
    assert.notEqual(stranger.state.phase, 'open')
  } finally {
    client.close()
    stranger.close()
    await site.close()
    await rm(directory, { recursive: true, force: true })
  }
})

const COMMANDS: readonly ChatCommand[] = [
  { type: 'announce', content: 'A break at the full hour.' },
  { type: 'delete', id: '1-abcdefghijkl' },
  { type: 'delete', user_id: 'ann-00001' },
  { type: 'ban', user_id: 'ann-00001' },
  { type: 'ban', user_id: 'ann-00001', duration_s: 60, reason: 'spam' },
  { type: 'unban', user_id: 'ann-00001' },
  { type: 'approve', id: '1-abcdefghijkl' },
  { type: 'reject', id: '1-abcdefghijkl' },
  { type: 'settings', slow_mode_s: 10, followers_only: true, blocked_words: ['spam'] },
]

test('every command of the published client is one that the server understands, word for word', () => {
  for (const command of COMMANDS) {
    const frame = { ...command, nonce: SURROUNDINGS.createNonce() }
    assert.deepEqual(parseClientFrame(JSON.stringify(frame)), frame)
  }
})

function openClient(server: string, speaker: string): ChatClient {
  const client = new ChatClient({
    server,
    channelId: CHANNEL,
    token: async () => `${speaker}.session-1`,
    // Back at once, since this is not about waiting.
    surroundings: { ...SURROUNDINGS, random: () => 0.002 },
  })
  client.open()
  return client
}

async function isOpen(client: ChatClient): Promise<void> {
  await eventually('a connection', () => (client.state.phase === 'open' ? true : null))
}

/** Says one message after the other, each when the one before is stored. */
async function talk(client: ChatClient, name: string) {
  const receipts = []
  for (let n = 0; n < MESSAGES_EACH; n += 1) receipts.push(await client.say(`${name} ${n}`))
  return receipts
}

function countOf(client: ChatClient | undefined): number {
  return client?.lines.length ?? 0
}

function seqsOf(client: ChatClient): readonly number[] {
  return client.lines.map(({ seq }: ChatLine) => seq)
}

async function restart(
  site: ChatSite,
  options: Parameters<typeof startChatSite>[0],
): Promise<ChatSite> {
  await site.close()
  return await startChatSite(options)
}

/**
 * A line to the server that can be cut: every connection on it breaks, in the middle of whatever.
 */
async function openLine(port: () => number) {
  const sockets = new Set<Socket>()
  let cutCount = 0
  const proxy = createServer((near) => {
    const far = connect(port(), '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
      from.pipe(to)
    }
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const address = proxy.address()
  assert.ok(typeof address === 'object' && address !== null)
  const cut = (): void => {
    for (const socket of sockets) {
      cutCount += 1
      socket.resetAndDestroy()
    }
  }
  return {
    url: `http://127.0.0.1:${address.port}`,
    cut,
    get cutCount() {
      return cutCount
    },
    [Symbol.asyncDispose]: async () => {
      cut()
      await new Promise((resolve) => proxy.close(resolve))
    },
  }
}
