import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { createConnection, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { cycleBroadcast } from '../support/cycles.ts'
import { fetchMaster } from '../support/hls-client.ts'
import { makeClip } from '../support/publisher.ts'
import { type Resources, resourcesOf } from '../support/resources.ts'
import { RtmpPublisher } from '../support/rtmp-publisher.ts'
import { dispose, eventually, signUp, startVibly, type Vibly } from '../support/vibly.ts'

const CLIP = { name: 'cycle', width: 426, height: 240, frameRate: '30', seconds: 5 }
const CYCLES = 6
/** Descriptors left to the server when they run out, far fewer than there are visitors. */
const DESCRIPTORS_LEFT = 40
const VISITORS = 150
const PLAYERS = 1000

const hasPrlimit = spawnSync('prlimit', ['--version']).status === 0

describe('a server that takes publishers', () => {
  let vibly: Vibly
  before(async () => {
    vibly = await startVibly()
  })
  after(() => dispose(vibly))

  test(`[X25] ${CYCLES} broadcasts leave nothing behind`, async () => {
    const streamer = await signUp(vibly, 'cyclist')
    const clip = await makeClip(CLIP)
    await cycleBroadcast(vibly, streamer, clip)
    const start = await settled(vibly, NOTHING_KNOWN)
    for (let cycle = 0; cycle < CYCLES; cycle += 1) await cycleBroadcast(vibly, streamer, clip)
    await settled(vibly, start)
  })

  test(`[LL10] ${PLAYERS} players that wait when their broadcast ends are all told, and leave nothing behind`, async () => {
    const streamer = await signUp(vibly, 'awaited')
    const start = await settled(vibly, NOTHING_KNOWN)
    const publisher = await RtmpPublisher.publish(rtmpPort(vibly), streamer.streamKey)
    await publisher.sendFlv(await makeClip(CLIP), { pace: 'at-once', untilMs: 3000 })
    const [variant] = await eventually('the channel is live', () =>
      fetchMaster(`${vibly.url}/live/${streamer.id}/index.m3u8`),
    )
    const list = await (await fetch(String(variant?.url))).text()
    const msn = (list.match(/^#EXTINF/gm) ?? []).length + 1
    const before = (await readdir(`/proc/${vibly.pid}/fd`)).length
    let isOver = false
    let earlyCount = 0
    const answers = Array.from({ length: PLAYERS }, async () => {
      const answer = await ask(`${variant?.url}?_HLS_msn=${msn}`)
      if (!isOver) earlyCount += 1
      return `${answer.statusCode} ${await text(answer)}`
    })
    await eventually('all of them wait', async () =>
      (await readdir(`/proc/${vibly.pid}/fd`)).length >= before + PLAYERS ? true : null,
    )
    assert.equal(earlyCount, 0, 'nothing new could be told before')
    isOver = true
    await publisher.stop()
    const [told, ...others] = new Set(await Promise.all(answers))
    assert.match(told ?? '', /^200 #EXTM3U\n.*\n#EXT-X-ENDLIST\n$/s)
    assert.deepEqual(others, [])
    // The channel's chat stays open, and so do one or two connections of this test.
    const descriptors = start.descriptors + 5
    await settled(vibly, { ...start, descriptors, files: Number.POSITIVE_INFINITY })
  })

  test('[X19] out of descriptors: nothing ends, and all is well when there are some again', async (t) => {
    if (!hasPrlimit) {
      t.skip('prlimit is not installed')
      return
    }
    const streamer = await signUp(vibly, 'crowded')
    const port = rtmpPort(vibly)
    const publisher = await RtmpPublisher.publish(port, streamer.streamKey)
    const held = (await readdir(`/proc/${vibly.pid}/fd`)).length
    const softLimit = await descriptorsMax(vibly.pid)
    limitDescriptors(vibly.pid, held + DESCRIPTORS_LEFT)
    const visitors = await Promise.all([
      ...Array.from({ length: VISITORS }, () => visit(port)),
      ...Array.from({ length: VISITORS }, () => visit(Number(new URL(vibly.url).port))),
    ])
    await eventually('they have run out', async () => {
      const now = (await readdir(`/proc/${vibly.pid}/fd`)).length
      return now >= held + DESCRIPTORS_LEFT - 5 ? true : null
    })
    const lines = vibly.log.length
    for (const visitor of visitors) visitor.destroy()
    await eventually('visitors are served again', () => isServed(vibly), 5000)
    limitDescriptors(vibly.pid, softLimit)
    await publisher.sendFlv(await makeClip(CLIP), { pace: 'at-once', untilMs: 1000 })
    await publisher.stop()
    await cycleBroadcast(vibly, await signUp(vibly, 'afterwards'), await makeClip(CLIP))
    assert.ok(lines < 200, `${lines} lines of log say the same`)
    assert.deepEqual(
      vibly.log.filter(({ msg }) => msg === 'a bug was caught at the last'),
      [],
    )
  })
})

/** Whatever it holds. */
const NOTHING_KNOWN: Resources = { descriptors: 0, processes: 0, files: 0, activeResources: 0 }

function rtmpPort(vibly: Vibly): number {
  return Number(new URL(vibly.rtmpUrl).port)
}

/** Asks on a connection of its own, which ends with the answer. */
async function ask(url: string): Promise<IncomingMessage> {
  const asked = request(url, { agent: false })
  asked.end()
  const [answer] = await once(asked, 'response')
  return answer
}

/** What it holds once it holds no more than `most` says; a zero there is not looked at. */
async function settled(vibly: Vibly, most: Resources): Promise<Resources> {
  let last = await resourcesOf(vibly)
  return await eventually(`it holds no more than ${JSON.stringify(most)}`, async () => {
    const before = last
    last = await resourcesOf(vibly)
    const isQuiet = last.processes === 0 && JSON.stringify(last) === JSON.stringify(before)
    const isWithin =
      most.descriptors === 0 ||
      (last.descriptors <= most.descriptors &&
        last.files <= most.files &&
        last.activeResources <= most.activeResources)
    return isQuiet && isWithin ? last : null
  }).catch((fault) => assert.fail(`${fault.message}, but ${JSON.stringify(last)}`))
}

async function descriptorsMax(pid: number): Promise<number> {
  const limits = await readFile(`/proc/${pid}/limits`, 'utf8')
  return Number(/Max open files +(\d+)/.exec(limits)?.[1])
}

function limitDescriptors(pid: number, max: number): void {
  const { status, stderr } = spawnSync('prlimit', [`--pid=${pid}`, `--nofile=${max}:`])
  assert.equal(status, 0, String(stderr))
}

/** Somebody who connects and says nothing; whether they are let in is the server's affair. */
async function visit(port: number): Promise<Socket> {
  const socket = createConnection({ port, host: '127.0.0.1' })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

async function isServed(vibly: Vibly): Promise<true | null> {
  const response = await fetch(`${vibly.url}/healthz`).catch(() => null)
  return response?.status === 200 ? true : null
}
