import assert, { deepEqual, equal, ok } from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'
import { messagesOf, type ServerFrame } from './chat-client.ts'

const NODE_FILE = fileURLToPath(new URL('./chat-node.ts', import.meta.url))

export interface KillPlan {
  readonly directory: string
  readonly kills: number
  readonly clients: number
  /** How long the server lives between two kills, ms: random up to this. */
  readonly lifeMsMax: number
  /** A number from 0 up to 1, as Math.random gives; seeded, so that a run can be repeated. */
  readonly random: () => number
}

export interface KillReport {
  readonly acknowledged: number
  readonly stored: number
  /** Messages that were sent again because no acknowledgement had come. */
  readonly resent: number
}

/**
 * Lets clients talk while the server is killed (SIGKILL) and started again and again, and checks
 * that every acknowledged message is stored once and in order, that every client that stays sees
 * each message once and in order, and that the file is one JSON array after each start.
 */
export async function runKills(plan: KillPlan): Promise<KillReport> {
  let node = await startNode(plan.directory, 0)
  const { port } = node
  const clients = Array.from({ length: plan.clients }, (_, n) => new Talker(port, n, plan.random))
  for (let kill = 0; kill < plan.kills; kill += 1) {
    await sleep(100 + plan.random() * plan.lifeMsMax)
    node.child.kill('SIGKILL')
    await node.exited
    node = await startNode(plan.directory, port)
    await openChannel(port)
    // Talkers wait for this, so the file is at rest while it is looked at.
    recordsOf(await readFile(join(plan.directory, 'chat_channel-1.json'), 'utf8'))
    for (const client of clients) client.resume()
  }
  await sleep(300)
  for (const client of clients) client.finish()
  await Promise.all(clients.map((client) => client.done()))
  const stored = recordsOf(await readFile(join(plan.directory, 'chat_channel-1.json'), 'utf8'))
  node.child.kill('SIGTERM')
  await node.exited
  const seqs = stored.map(({ seq }) => seq ?? 0)
  deepEqual(
    seqs,
    [...new Set(seqs)].toSorted((a, b) => a - b),
    'stored once and in order',
  )
  const nonces = stored.map(({ nonce, user }) => `${JSON.stringify(user)} ${nonce}`)
  equal(new Set(nonces).size, nonces.length, 'no message is stored twice')
  for (const client of clients) client.check(stored)
  const acknowledged = clients.reduce((sum, { acknowledged: own }) => sum + own.size, 0)
  const resent = clients.reduce((sum, client) => sum + client.resent, 0)
  return { acknowledged, stored: stored.length, resent }
}

function recordsOf(text: string): readonly ServerFrame[] {
  const parsed: unknown = JSON.parse(text)
  assert(Array.isArray(parsed))
  return parsed.filter((record: ServerFrame) => record.type === 'message')
}

async function startNode(
  directory: string,
  port: number,
): Promise<{
  readonly child: ChildProcess
  readonly port: number
  readonly exited: Promise<unknown>
}> {
  const child = spawn(process.execPath, [NODE_FILE, directory, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const [line] = await once(child.stdout, 'data')
  return { child, port: Number(String(line)), exited }
}

/** Numbers from 0 up to 1 that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Joins once, which opens and mends the file. */
async function openChannel(port: number): Promise<void> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}/ws/chat?channelID=channel-1`)
  await once(ws, 'message')
  ws.terminate()
}

/**
 * A client as it should be: comes back where it left off and sends again what was not acknowledged.
 */
class Talker {
  /** Id by nonce. */
  readonly acknowledged = new Map<string, string>()
  resent = 0
  readonly #port: number
  readonly #name: string
  readonly #random: () => number
  readonly #unacknowledged = new Map<string, string>()
  readonly #seen: ServerFrame[] = []
  #ws: WebSocket | null = null
  #epoch: string | null = null
  #lastSeq = 0
  #phase: 'talking' | 'finishing' = 'talking'
  #count = 0

  constructor(port: number, index: number, random: () => number) {
    this.#port = port
    this.#name = `talker${index}-01`
    this.#random = random
    this.resume()
  }

  /** Connects again, when the server is there again. */
  resume(): void {
    const query = new URLSearchParams({ channelID: 'channel-1' })
    if (this.#epoch !== null) {
      query.set('since', String(this.#lastSeq))
      query.set('epoch', this.#epoch)
    }
    const headers = { authorization: `Bearer ${this.#name}.session-${this.#name}` }
    const ws = new WebSocket(`ws://127.0.0.1:${this.#port}/ws/chat?${query}`, { headers })
    this.#ws = ws
    ws.on('message', (data) => {
      const frame: ServerFrame = JSON.parse(data.toString())
      this.#onFrame(frame, ws)
    })
    ws.on('error', () => ws.terminate())
  }

  finish(): void {
    this.#phase = 'finishing'
  }

  /** Resolves when everything that was sent is acknowledged and seen. */
  async done(): Promise<void> {
    const signal = AbortSignal.timeout(20_000)
    while (this.#unacknowledged.size > 0) {
      signal.throwIfAborted()
      await sleep(20)
    }
    // What others sent last may still be on its way.
    await sleep(500)
    this.#ws?.terminate()
  }

  check(stored: readonly ServerFrame[]): void {
    const first = this.#seen[0]?.seq ?? 0
    const expected = stored.filter(({ seq = 0 }) => seq >= first).map(({ id }) => id)
    deepEqual(
      this.#seen.map(({ id }) => id),
      expected,
      `${this.#name} saw each message once`,
    )
    const ids = new Map(stored.map(({ id, seq }) => [id, seq]))
    for (const [nonce, id] of this.acknowledged) ok(ids.has(id), `${nonce} is stored`)
  }

  #onFrame(frame: ServerFrame, ws: WebSocket): void {
    if (frame.type === 'history') this.#onHistory(frame, ws)
    if (frame.type === 'message') this.#see(frame)
    if (frame.type === 'error') assert.fail(`unexpected ${frame.code}`)
    if (frame.type === 'ack') {
      const nonce = frame.nonce ?? ''
      this.#unacknowledged.delete(nonce)
      const before = this.acknowledged.get(nonce)
      ok(before === undefined || before === frame.id, 'a nonce names one message')
      this.acknowledged.set(nonce, frame.id ?? '')
    }
  }

  #onHistory(frame: ServerFrame, ws: WebSocket): void {
    if (this.#epoch !== null) equal(frame['recovered'], true, `${this.#name} was recovered`)
    this.#epoch = String(frame['epoch'])
    for (const message of messagesOf(frame)) this.#see(message)
    this.#lastSeq = Number(frame['last_seq'])
    for (const [nonce, content] of this.#unacknowledged) {
      this.resent += 1
      ws.send(JSON.stringify({ type: 'message', nonce, content }))
    }
    this.#talk(ws)
  }

  #see(message: ServerFrame): void {
    this.#seen.push(message)
    this.#lastSeq = message.seq ?? 0
  }

  #talk(ws: WebSocket): void {
    if (this.#phase === 'finishing' || ws !== this.#ws || ws.readyState !== WebSocket.OPEN) return
    const nonce = `n-${this.#count}`
    const content = `${this.#name} says number ${this.#count}`
    this.#count += 1
    this.#unacknowledged.set(nonce, content)
    ws.send(JSON.stringify({ type: 'message', nonce, content }))
    setTimeout(() => this.#talk(ws), this.#random() * 100)
  }
}
