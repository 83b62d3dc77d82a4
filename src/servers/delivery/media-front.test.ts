import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { HOSTILE_ID, hostilePaths } from '../../../test/support/hostile-paths.ts'
import { type Site, startSite } from '../../../test/support/http-site.ts'

const ID = HOSTILE_ID
const LIVE_TEXT = `#EXTM3U\n#EXT-X-VERSION:3\n${'720p/index.m3u8\n'.repeat(50)}`
const DELTA_TEXT = `#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-SKIP:SKIPPED-SEGMENTS=9\n`
const FINAL_TEXT = `#EXTM3U\n#EXT-X-ENDLIST\n${'12.ts\n'.repeat(50)}`
const SEGMENT = Buffer.alloc(188 * 10, 0x47)
const RECORDING = Buffer.from(Array.from({ length: 1000 }, (_, at) => at % 251))

/** What no request line may hold: Node's parser refuses it before we see it. */
const UNSENDABLE = /[\n\0 \u0080-\uffff]/

/** One live broadcast whose 720p segment 12 is in memory and 11 on disk. */
async function startMedia(test: TestContext): Promise<Site> {
  const site = await startSite(test, {
    media: {
      liveMaster: (channelId) => (String(channelId) === ID ? LIVE_TEXT : null),
      playlist: async (id, path, { target, isDelta }) => {
        if (String(id) !== ID) return { kind: 'none' }
        if (path === '720p/index.m3u8') {
          return { kind: 'playlist', text: FINAL_TEXT, isFinal: true, isMet: true }
        }
        if (target?.msn === 98 || target?.msn === 99) {
          return { kind: target.msn === 98 ? 'too-late' : 'too-far' }
        }
        if (path !== 'index.m3u8' && path !== '480p/index.m3u8') return { kind: 'none' }
        const text = isDelta ? DELTA_TEXT : LIVE_TEXT
        return { kind: 'playlist', text, isFinal: false, isMet: target?.msn !== 97 }
      },
      part: async (_, rendition, fileName) =>
        rendition === '480p' && fileName === '0-12.3.ts' ? SEGMENT : null,
      segment: (_, rendition, fileName) =>
        rendition === '720p' && fileName === '12.ts' ? SEGMENT : null,
    },
  })
  await site.blobs.put(`${ID}/720p/11.ts`, SEGMENT)
  await site.blobs.put(`${ID}/recording.mp4`, RECORDING)
  await site.blobs.put(`${ID}/thumb.jpg`, Buffer.from('jpeg'))
  return site
}

/** Address below the site, type, lifetime. [D02] [D04] */
const FILES = [
  [`/live/${ID}/index.m3u8`, 'application/vnd.apple.mpegurl', 'public, max-age=1'],
  [`/media/${ID}/index.m3u8`, 'application/vnd.apple.mpegurl', 'public, max-age=1'],
  [`/media/${ID}/720p/index.m3u8`, 'application/vnd.apple.mpegurl', 'public, max-age=3600'],
  [`/media/${ID}/720p/12.ts`, 'video/mp2t', 'public, max-age=1209600, immutable'],
  [`/media/${ID}/720p/11.ts`, 'video/mp2t', 'public, max-age=1209600, immutable'],
  [`/media/${ID}/recording.mp4`, 'video/mp4', 'public, max-age=3600'],
  [`/media/${ID}/thumb.jpg`, 'image/jpeg', 'public, max-age=5'],
] as const

test('[D02] [D03] [D04] [H24] every media file has its type, its lifetime, and may be read by any page', async (context) => {
  const site = await startMedia(context)
  for (const [path, type, cacheControl] of FILES) {
    const response = await fetch(site.url + path, {
      redirect: 'manual',
      headers: { origin: 'https://player.example', 'accept-encoding': 'identity' },
    })
    const body = Buffer.from(await response.arrayBuffer())
    assert.equal(response.status, 200, path)
    const { headers } = response
    assert.equal(headers.get('content-type'), type, path)
    assert.equal(headers.get('cache-control'), cacheControl, path)
    assert.equal(headers.get('access-control-allow-origin'), '*', path)
    assert.equal(headers.get('access-control-allow-credentials'), null, path)
    assert.match(headers.get('access-control-expose-headers') ?? '', /Content-Length.*ETag.*Date/)
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path)
    assert.equal(headers.get('cross-origin-resource-policy'), 'cross-origin', path)
    assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin', path)
    assert.equal(headers.get('content-length'), String(body.byteLength), path)
    assert.ok(headers.get('date') !== null && headers.get('etag') !== null, path)
  }
})

/** Query on a live media playlist, status, lifetime, in seconds; null: not to be kept at all. */
const DIRECTIVES: readonly (readonly [string, number, number | null])[] = [
  ['', 200, 1],
  ['?x=1&_hls_msn=a', 200, 1],
  ['?_HLS_skip=YES', 200, 1],
  ['?_HLS_skip=v2', 200, 1],
  ['?_HLS_msn=0', 200, 12],
  ['?_HLS_msn=12&_HLS_part=3', 200, 12],
  ['?_HLS_part=3&x&_HLS_msn=12&_HLS_skip=YES', 200, 12],
  ['?_HLS_msn=97', 200, null],
  ['?_HLS_msn=98', 503, 8],
  ['?_HLS_msn=99', 400, 8],
  ['?_HLS_part=3', 400, 8],
  ['?_HLS_msn=', 400, 8],
  ['?_HLS_msn=1e9', 400, 8],
  ['?_HLS_msn=-1', 400, 8],
  ['?_HLS_msn=1.5', 400, 8],
  ['?_HLS_msn=9999999999', 400, 8],
  ['?_HLS_msn=1&_HLS_msn=1', 400, 8],
  ['?_HLS_msn=1&_HLS_part=0x1', 400, 8],
  ['?_HLS_msn=1&_HLS_part=1&_HLS_part=2', 400, 8],
  ['?_HLS_msn=%31%00', 400, 8],
  ['?_HLS_skip=NO', 400, 8],
  ['?_HLS_skip=YES&_HLS_skip=YES', 400, 8],
]

for (const [query, status, seconds] of DIRECTIVES) {
  test(`[LL09] [D04] ${query || 'no directive'} gives ${status}`, async (context) => {
    const site = await startMedia(context)
    const response = await fetch(`${site.url}/media/${ID}/480p/index.m3u8${query}`)
    const text = await response.text()
    assert.equal(response.status, status)
    const lifetime = seconds === null ? 'no-store' : `public, max-age=${seconds}`
    assert.equal(response.headers.get('cache-control'), lifetime)
    if (status === 200) assert.equal(text, query.includes('skip') ? DELTA_TEXT : LIVE_TEXT)
    else assert.match(text, /"code":"hls\.reload-/)
    assert.deepEqual(site.lines, [])
  })
}

test('[D04] [LL14] a part is whole and lives as long as a playlist may name it, others are 404', async (context) => {
  const site = await startMedia(context)
  const response = await fetch(`${site.url}/media/${ID}/480p/0-12.3.ts`)
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('content-type'), 'video/mp2t')
  assert.equal(response.headers.get('cache-control'), 'public, max-age=12')
  assert.equal((await response.arrayBuffer()).byteLength, SEGMENT.byteLength)
  const gone = await fetch(`${site.url}/media/${ID}/480p/0-12.4.ts`)
  assert.equal(gone.status, 404)
  assert.equal(gone.headers.get('cache-control'), 'public, max-age=2')
  await gone.arrayBuffer()
})

test('[D03] a preflight is answered for every media address', async (context) => {
  const site = await startMedia(context)
  for (const [path] of FILES) {
    const response = await fetch(site.url + path, { method: 'OPTIONS' })
    assert.equal(response.status, 204)
    assert.equal(response.headers.get('access-control-allow-origin'), '*')
    assert.match(response.headers.get('access-control-allow-headers') ?? '', /Range, If-None-Match/)
    assert.equal(response.headers.get('access-control-allow-methods'), 'GET, HEAD, OPTIONS')
  }
})

test('HEAD tells what GET would, without the bytes, and ignores ranges', async (context) => {
  const site = await startMedia(context)
  for (const [path] of FILES) {
    const headers = { 'accept-encoding': 'identity' }
    const get = await fetch(site.url + path, { headers })
    await get.arrayBuffer()
    const ranged = { ...headers, range: 'bytes=0-1' }
    const head = await fetch(site.url + path, { method: 'HEAD', headers: ranged })
    assert.equal(head.status, 200, path)
    assert.equal((await head.arrayBuffer()).byteLength, 0)
    for (const name of ['content-length', 'content-type', 'etag', 'cache-control']) {
      assert.equal(head.headers.get(name), get.headers.get(name), `${path} ${name}`)
    }
  }
})

test('[W27] every other method is 405 with those there are', async (context) => {
  const site = await startMedia(context)
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    const response = await fetch(`${site.url}/live/${ID}/index.m3u8`, { method })
    assert.equal(response.status, 405)
    assert.equal(response.headers.get('allow'), 'GET, HEAD, OPTIONS')
    await response.arrayBuffer()
  }
})

test('[D01] a playlist is compressed for who takes it, and caches are told that it varies', async (context) => {
  const site = await startMedia(context)
  const plain = await site.raw(request(`/live/${ID}/index.m3u8`, 'Connection: close'))
  assert.match(plain, /^HTTP\/1\.1 200/)
  assert.match(plain, /\r\nvary: Accept-Encoding\r\n/i)
  assert.doesNotMatch(plain, /content-encoding/i)
  assert.ok(plain.endsWith(LIVE_TEXT))

  const zipped = await site.raw(
    request(`/live/${ID}/index.m3u8`, 'Accept-Encoding: gzip', 'Connection: close'),
  )
  assert.match(zipped, /\r\ncontent-encoding: gzip\r\n/i)
  assert.match(zipped, /\r\nvary: Accept-Encoding\r\n/i)
  const body = Buffer.from(zipped.slice(zipped.indexOf('\r\n\r\n') + 4), 'latin1')
  assert.equal(gunzipSync(body).toString(), LIVE_TEXT)
  assert.ok(body.byteLength * 4 < LIVE_TEXT.length)
})

test('what a client has already is 304 without a body', async (context) => {
  const site = await startMedia(context)
  for (const [path] of FILES) {
    const first = await fetch(site.url + path)
    await first.arrayBuffer()
    const etag = first.headers.get('etag') ?? ''
    const again = await fetch(site.url + path, { headers: { 'if-none-match': `"other", ${etag}` } })
    assert.equal(again.status, 304, path)
    assert.equal((await again.arrayBuffer()).byteLength, 0)
    assert.equal(again.headers.get('etag'), etag)
    const other = await fetch(site.url + path, { headers: { 'if-none-match': '"other"' } })
    assert.equal(other.status, 200, path)
    await other.arrayBuffer()
  }
})

test('[D06] a recording tells when it was made, and conditions by date or tag hold for all media', async (context) => {
  const site = await startMedia(context)
  const ask = async (path: string, headers: Record<string, string>) => {
    const response = await fetch(site.url + path, { headers })
    return { headers: response.headers, status: response.status, text: await response.text() }
  }
  const path = `/media/${ID}/recording.mp4`
  const changed = (await ask(path, {})).headers.get('last-modified') ?? ''
  assert.equal((await ask(path, { 'if-modified-since': changed })).status, 304)
  const longAgo = { 'if-unmodified-since': 'Sun, 06 Nov 1960 08:49:37 GMT' }
  assert.equal((await ask(path, longAgo)).status, 412)
  for (const [file] of FILES) {
    const refused = await ask(file, { 'if-match': '"other"', range: 'bytes=0-0' })
    assert.equal(refused.status, 412, file)
    assert.match(refused.text, /"code":"http.precondition-failed"/)
    assert.equal(refused.headers.get('cache-control'), 'no-store')
    assert.equal((await ask(file, { 'if-match': '*' })).status, 200, file)
  }
})

test('[H26] a segment has one tag, in memory and on disk', async (context) => {
  const site = await startMedia(context)
  const [fromMemory, fromDisk] = await Promise.all(
    ['12.ts', '11.ts'].map((name) => fetch(`${site.url}/media/${ID}/720p/${name}`)),
  )
  assert.equal(fromMemory?.headers.get('etag'), fromDisk?.headers.get('etag'))
})

for (const [name, whole] of [
  ['recording.mp4', RECORDING],
  ['720p/11.ts', SEGMENT],
  ['720p/12.ts', SEGMENT],
] as const) {
  test(`[D06] ranges of ${name}`, async (context) => {
    const site = await startMedia(context)
    const url = `${site.url}/media/${ID}/${name}`
    const total = whole.byteLength
    const rows = [
      ['bytes=0-99', 0, 99],
      ['bytes=100-', 100, total - 1],
      ['bytes=-10', total - 10, total - 1],
      ['bytes=0-9007199254740991', 0, total - 1],
      [`bytes=${total - 1}-`, total - 1, total - 1],
    ] as const
    for (const [range, first, last] of rows) {
      const response = await fetch(url, { headers: { range } })
      assert.equal(response.status, 206, range)
      assert.equal(response.headers.get('content-range'), `bytes ${first}-${last}/${total}`)
      assert.equal(response.headers.get('content-length'), String(last - first + 1))
      const body = Buffer.from(await response.arrayBuffer())
      assert.ok(body.equals(whole.subarray(first, last + 1)), range)
    }
    for (const range of [`bytes=${total}-`, 'bytes=-0']) {
      const response = await fetch(url, { headers: { range } })
      assert.equal(response.status, 416, range)
      assert.equal(response.headers.get('content-range'), `bytes */${total}`)
      await response.arrayBuffer()
    }
    const stale = { range: 'bytes=0-1', 'if-range': '"other"' }
    const ignored = await fetch(url, { headers: stale })
    assert.equal(ignored.status, 200)
    assert.equal((await ignored.arrayBuffer()).byteLength, total)
  })
}

test('a recording is offered as a file only when asked, under a name of ours', async (context) => {
  const site = await startMedia(context)
  const url = `${site.url}/media/${ID}/recording.mp4`
  const rows = [
    ['', null],
    ['?download', `attachment; filename=vibly-${ID}.mp4`],
    ['?download=%22%0d%0aset-cookie:x', `attachment; filename=vibly-${ID}.mp4`],
  ] as const
  for (const [query, disposition] of rows) {
    const response = await fetch(url + query, { method: 'HEAD' })
    assert.equal(response.headers.get('content-disposition'), disposition)
    assert.equal(response.headers.get('set-cookie'), null)
  }
})

test('[D10] [W23] every wrong address is the same 404 and never reaches the disk', async (context) => {
  const site = await startMedia(context)
  const unknown = await site.raw(request('/media/nosuchbroadcast/index.m3u8', 'Connection: close'))
  assert.match(unknown, /^HTTP\/1\.1 404/)
  const bodyOf = (answer: string) => answer.slice(answer.indexOf('\r\n\r\n'))
  const askedBefore = site.blobs.asked.length
  const paths = hostilePaths().filter(
    (path) => !UNSENDABLE.test(path) && /^\/(live|media)\//.test(path),
  )
  assert.ok(paths.length >= 200)
  for (const path of paths) {
    const answer = await site.raw(request(path, 'Connection: close'))
    assert.match(answer, /^HTTP\/1\.1 404/, path)
    assert.equal(bodyOf(answer), bodyOf(unknown), path)
  }
  assert.equal(site.blobs.asked.length, askedBefore)
})

test('[W23] bytes that no address may hold are refused', async (context) => {
  const site = await startMedia(context)
  const paths = hostilePaths().filter(
    (path) => UNSENDABLE.test(path) || !/^\/(live|media)\//.test(path),
  )
  for (const path of paths) {
    const answer = await site.raw(request(path, 'Connection: close'))
    assert.match(answer, /^HTTP\/1\.1 40[04]/, JSON.stringify(path))
    assert.doesNotMatch(answer, /#EXTM3U/, JSON.stringify(path))
  }
})

test('[H25] what was removed is 404 with a short life', async (context) => {
  const site = await startMedia(context)
  await site.blobs.removeAll(`${ID}/`)
  for (const name of ['720p/11.ts', 'recording.mp4', 'thumb.jpg', '240p/index.m3u8']) {
    const response = await fetch(`${site.url}/media/${ID}/${name}`)
    assert.equal(response.status, 404)
    assert.equal(response.headers.get('cache-control'), 'public, max-age=2')
    await response.arrayBuffer()
  }
})

test('answers to pipelined requests come in order and whole', async (context) => {
  const site = await startMedia(context)
  const paths = [
    `/media/${ID}/720p/11.ts`,
    `/live/${ID}/index.m3u8`,
    '/media/x',
    `/media/${ID}/720p/12.ts`,
  ]
  const wire =
    paths.map((path) => request(path)).join('') + request('/healthz', 'Connection: close')
  const answer = await site.raw(wire, 3000)
  const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1])
  assert.deepEqual(statuses, ['200', '200', '404', '200', '200'])
  assert.equal(answer.split(SEGMENT.toString('latin1')).length - 1, 2)
  assert.ok(answer.includes(LIVE_TEXT))
})

test('[X22] a client that asks for many files at once and reads none holds one of them open', async (context) => {
  const site = await startMedia(context)
  const bytes = Buffer.alloc(4 * 1024 * 1024)
  await site.blobs.put(`${ID}/720p/7.ts`, bytes)
  const wire = request(`/media/${ID}/720p/7.ts`).repeat(50)
  const socket = connect(site.http.port, '127.0.0.1')
  context.after(() => socket.destroy())
  socket.pause()
  socket.write(wire)
  // A request of another client is behind all of the first one's that the server wanted to take.
  for (let asked = 0; asked < 20; asked += 1)
    await site.raw(request('/healthz', 'Connection: close'))
  assert.equal(site.blobs.asked.filter((key) => key.endsWith('/7.ts')).length, 1)
})

test('[X22] a client that asks on and on behind a request that waits is cut', async (context) => {
  const never = new Promise<never>(() => undefined)
  const site = await startSite(context, { media: { playlist: () => never } })
  const socket = connect(site.http.port, '127.0.0.1')
  context.after(() => socket.destroy())
  socket.on('error', () => undefined)
  socket.write(request(`/media/${ID}/720p/index.m3u8`) + request('/media/x').repeat(1000))
  await once(socket, 'close', { signal: AbortSignal.timeout(10_000) })
  assert.equal((await fetch(`${site.url}/healthz`)).status, 200)
})

test('a file that ends too early cuts the connection, so that nothing else is read as its rest', async (context) => {
  const site = await startMedia(context)
  context.mock.method(site.blobs, 'open', async () => ({
    head: { bytes: 100, modifiedMs: 0 },
    body: Readable.from([Buffer.alloc(50)]),
  }))
  const wire = request(`/media/${ID}/recording.mp4`) + request('/healthz', 'Connection: close')
  const answer = await site.raw(wire)
  assert.match(answer, /content-length: 100/i)
  assert.equal([...answer.matchAll(/HTTP\/1\.1 /g)].length, 1)
})

test('[W34] a store that fails gives 500 without a reason, and the next request works', async (context) => {
  const site = await startMedia(context)
  const failing = context.mock.method(site.blobs, 'open', async () => {
    throw new TypeError('EIO: /srv/secret/place')
  })
  const response = await fetch(`${site.url}/media/${ID}/recording.mp4`)
  assert.equal(response.status, 500)
  assert.doesNotMatch(await response.text(), /EIO|secret|TypeError/)
  assert.ok(site.lines.some((line) => line.includes('/srv/secret/place')))
  failing.mock.restore()
  assert.equal((await fetch(`${site.url}/media/${ID}/recording.mp4`)).status, 200)
})

test('[W29] behind a proxy a viewer is told by the address that it names, whatever they claim', async (context) => {
  const viewers: string[] = []
  const site = await startSite(context, {
    media: {
      playlist: async () => ({ kind: 'playlist', text: LIVE_TEXT, isFinal: false, isMet: true }),
      noteViewer: (_, viewer) => void viewers.push(viewer),
    },
    options: { trustedProxies: ['127.0.0.1'] },
  })
  for (const claimed of ['203.0.113.1', '203.0.113.2', 'nonsense']) {
    const headers = { 'x-forwarded-for': `${claimed}, 198.51.100.7`, 'user-agent': 'player' }
    await fetch(`${site.url}/media/${ID}/720p/index.m3u8`, { headers })
  }
  assert.deepEqual([...new Set(viewers)], ['198.51.100.7 player'])
})

test('a viewer who leaves in the middle is no fault, and the file is let go', async (context) => {
  const site = await startMedia(context)
  const body = new Readable({ read: () => undefined })
  body.push(Buffer.alloc(10))
  context.mock.method(site.blobs, 'open', async () => ({
    head: { bytes: 100, modifiedMs: 0 },
    body,
  }))
  const socket = connect(site.http.port, '127.0.0.1')
  socket.write(request(`/media/${ID}/recording.mp4`))
  socket.once('data', () => socket.destroy())
  await new Promise((resolve) => body.once('close', resolve))
  assert.deepEqual(site.lines, [])
})

function request(path: string, ...headers: readonly string[]): string {
  return [`GET ${path} HTTP/1.1`, 'Host: localhost', ...headers, '', ''].join('\r\n')
}
