import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type TestContext, test } from 'node:test'
import { systemClock, ViblyError } from '../../src/base/index.ts'
import {
  encodeReport,
  formatReport,
  judge,
  type Observation,
  observe,
  type Verdict,
} from '../../src/check/index.ts'
import { runCheckCommand } from '../../src/check-command.ts'
import { AAC, H264, makeTs, picture, tone } from '../support/make-media.ts'

/** What a server that is wrong on purpose does with each path. */
type Site = (request: IncomingMessage, response: ServerResponse, url: URL) => void

const SEGMENT = makeTs([...picture('320x180', '25', 2), ...tone(2), ...H264, ...AAC])
const PLAYLIST = { 'content-type': 'application/vnd.apple.mpegurl' }

async function serve(context: TestContext, site: Site): Promise<string> {
  const server = createServer((request, response) => {
    site(request, response, new URL(request.url ?? '/', 'http://localhost'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  context.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return `http://127.0.0.1:${address.port}`
}

async function look(url: string, durationMs = 3000): Promise<Observation> {
  const { signal } = new AbortController()
  return await observe(url, { durationMs, clock: systemClock, signal })
}

function broken(seen: Observation): readonly Verdict[] {
  return judge(seen).filter(({ outcome }) => outcome === 'broken')
}

function evidenceOf(seen: Observation, id: string): string {
  return broken(seen)
    .filter((verdict) => verdict.id === id)
    .flatMap(({ evidence }) => evidence)
    .join('; ')
}

function vod(lines: readonly string[]): string {
  return `#EXTM3U\n#EXT-X-VERSION:4\n#EXT-X-TARGETDURATION:2\n#EXT-X-PLAYLIST-TYPE:VOD\n${lines.join('\n')}\n#EXT-X-ENDLIST\n`
}

test('check follows a redirect to a segment and tells of it (H24)', async (context) => {
  const url = await serve(context, (_, response, { pathname }) => {
    if (pathname === '/a.m3u8') response.writeHead(200, PLAYLIST).end(vod(['#EXTINF:2.0,', 'a.ts']))
    else if (pathname === '/a.ts') response.writeHead(302, { location: '/b.ts' }).end()
    else response.writeHead(200, { 'content-type': 'video/mp2t' }).end(SEGMENT)
  })
  const seen = await look(`${url}/a.m3u8`)
  assert.equal(seen.renditions[0]?.segments[0]?.facts?.frameCount, 50)
  assert.match(evidenceOf(seen, 'H24'), /a\.ts is redirected/)
})

test('check ends a ring of redirects, a body cut short and a body that never comes', async (context) => {
  const url = await serve(context, (_, response, { pathname }) => {
    if (pathname === '/a.m3u8') {
      const lines = ['ring', 'short', 'gone'].flatMap((name) => ['#EXTINF:2.0,', `${name}.ts`])
      response.writeHead(200, PLAYLIST).end(vod(lines))
    } else if (pathname === '/ring.ts') response.writeHead(302, { location: '/ring.ts' }).end()
    else if (pathname === '/short.ts') {
      response.writeHead(200, { 'content-length': SEGMENT.byteLength + 188 })
      response.write(SEGMENT, () => response.destroy())
    } else response.destroy()
  })
  const seen = await look(`${url}/a.m3u8`)
  const found = evidenceOf(seen, 'H13')
  for (const name of ['ring', 'short', 'gone']) assert.match(found, new RegExp(`${name}\\.ts`))
})

test('check asks for pieces where BYTERANGE says so, and judges ranges (D06)', async (context) => {
  const both = Buffer.concat([SEGMENT, SEGMENT])
  const lines = [`@0`, ''].flatMap((from) => [
    '#EXTINF:2.0,',
    `#EXT-X-BYTERANGE:${SEGMENT.byteLength}${from}`,
    'all.ts',
  ])
  const site =
    (isRanged: boolean): Site =>
    ({ headers }, response, { pathname }) => {
      if (pathname === '/a.m3u8') return void response.writeHead(200, PLAYLIST).end(vod(lines))
      const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? []
      if (!isRanged || first === undefined) return void response.writeHead(200).end(both)
      const piece = both.subarray(Number(first), Number(last) + 1)
      response.writeHead(206, { 'content-length': piece.byteLength }).end(piece)
    }
  const ranged = await look(`${await serve(context, site(true))}/a.m3u8`)
  assert.deepEqual(
    ranged.renditions[0]?.segments.map(({ answer, facts }) => [answer.status, facts?.frameCount]),
    [
      [206, 50],
      [206, 50],
    ],
  )
  assert.match(evidenceOf(ranged, 'D06'), /bytes=-100: 200/)
  const whole = await look(`${await serve(context, site(false))}/a.m3u8`)
  assert.match(evidenceOf(whole, 'D06'), /bytes=0-99: 200/)
  // Each piece is still looked at by itself.
  assert.deepEqual(
    whole.renditions[0]?.segments.map(({ facts }) => facts?.frameCount),
    [50, 50],
  )
})

test('check catches a playlist while it is being written (H01)', async (context) => {
  let asked = 0
  const text = (count: number) =>
    `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:0\n${Array.from({ length: count }, (_, at) => `#EXTINF:2.0,\n${at}.ts\n`).join('')}`
  const url = await serve(context, (_, response, { pathname }) => {
    if (pathname !== '/a.m3u8') return void response.writeHead(200).end(SEGMENT)
    asked += 1
    // One answer in thirty is only half there: a poll a second would hardly ever meet it.
    const whole = text(3 + Math.floor(asked / 40))
    const isHalf = asked % 30 === 29
    response.writeHead(200, PLAYLIST).end(isHalf ? whole.slice(0, whole.length / 2) : whole)
  })
  const seen = await look(`${url}/a.m3u8`, 5000)
  assert.equal(seen.isLive, true)
  assert.ok(asked > 60)
  assert.match(evidenceOf(seen, 'H01'), /cut short|no URI|no EXTINF/)
})

test('check stops at its byte budget and says so', async (context) => {
  const lines = Array.from({ length: 20 }, (_, at) => ['#EXTINF:2.0,', `${at}.ts`]).flat()
  const url = await serve(context, (_, response, { pathname }) => {
    if (pathname === '/a.m3u8') response.writeHead(200, PLAYLIST).end(vod(lines))
    else response.writeHead(200).end(SEGMENT)
  })
  const { signal } = new AbortController()
  const bytesMax = SEGMENT.byteLength * 8
  const seen = await observe(`${url}/a.m3u8`, { bytesMax, clock: systemClock, signal })
  assert.ok((seen.renditions[0]?.segments.length ?? 0) < 20)
  assert.match(seen.notes.join(' '), /of 20 segments of the recording/)
})

test('check keeps what may be secret in an address to itself', async () => {
  const { signal } = new AbortController()
  const url = 'http://user:word@127.0.0.1:9/a.m3u8?token=secret'
  const fault = await observe(url, { clock: systemClock, signal }).catch(
    (thrown: unknown) => thrown,
  )
  assert.ok(fault instanceof ViblyError)
  assert.equal(fault.code, 'check.unreachable')
  assert.doesNotMatch(JSON.stringify(fault.facts) + fault.message, /secret|word/)
})

test('check signs in as the address says, and keeps tokens of segments out of the evidence', async (context) => {
  const url = await serve(context, ({ headers }, response, { pathname }) => {
    const isIn = headers.authorization === `Basic ${Buffer.from('user:word').toString('base64')}`
    if (!isIn) return void response.writeHead(401).end()
    if (pathname !== '/a.m3u8') return void response.writeHead(404).end()
    response.writeHead(200, PLAYLIST).end(vod(['#EXTINF:2.0,', 'a.ts?token=secret']))
  })
  const seen = await look(`${url.replace('//', '//user:word@')}/a.m3u8?key=secret`)
  const verdicts = judge(seen)
  assert.match(evidenceOf(seen, 'H13'), /^a\.ts\?…: 404$/)
  assert.doesNotMatch(formatReport(seen, verdicts) + encodeReport(seen, verdicts), /secret|word/)
})

for (const [words, seconds] of [
  [[], undefined],
  [['http://a.example', 'more'], undefined],
  [['not an address'], undefined],
  [['file:///etc/passwd'], undefined],
  [['http://a.example/'], '0'],
  [['http://a.example/'], 'long'],
] as const) {
  test(`check refuses ${JSON.stringify(words)} for ${seconds ?? 'no'} seconds`, async () => {
    const run = runCheckCommand(words, { seconds, isJson: false }, () => {})
    await assert.rejects(run, (thrown) => {
      return thrown instanceof ViblyError && thrown.code === 'command.invalid'
    })
  })
}
