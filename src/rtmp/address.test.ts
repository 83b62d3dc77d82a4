import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseApp, parseEncoder, parseStreamKey, pathOfUrl } from './address.ts'

const APPS: readonly (readonly [path: string, key: string | null | undefined])[] = [
  ['live', null],
  ['live/', null],
  ['/live//', null],
  ['live?token=1', null],
  ['live/KEY', 'KEY'],
  ['live/KEY/', 'KEY'],
  ['', undefined],
  ['/', undefined],
  ['Live', undefined],
  ['live2', undefined],
  ['live/KEY/more', undefined],
  ['other/live', undefined],
]

test('[R29] the application: slashes and query do not count, a key may follow', () => {
  for (const [path, key] of APPS) assert.equal(parseApp(path, 'live')?.key, key, path)
})

const KEYS: readonly (readonly [name: string, app: string, key: string | null])[] = [
  ['live_abc-DEF', 'live', 'live_abc-DEF'],
  ['live_abc?bandwidthtest=true', 'live', 'live_abc'],
  ['live_abc', 'live?token=a/b', 'live_abc'],
  ['live_abc/', 'live', 'live_abc'],
  ['', 'live/fromUrl', 'fromUrl'],
  ['?x=1', 'live/fromUrl', 'fromUrl'],
  ['', 'live/fromUrl?x=1', 'fromUrl'],
  ['name', 'live/fromUrl', 'name'],
  // rtmp://host/live/fromUrl?x=a/b/c&y=rtmp://z/q as FFmpeg, GStreamer's rtmp2sink and rtmpsink cut
  // it.
  ['b/c&y=rtmp://z/q', 'live/fromUrl?x=a', 'fromUrl'],
  ['q', 'live/fromUrl?x=a/b/c&y=rtmp://z', 'fromUrl'],
  ['c&y=rtmp://z/q', 'live/fromUrl?x=a/b', 'fromUrl'],
  ['', 'live', null],
  ['', 'live/..', null],
  ['a b', 'live', null],
  ['a\r\nb', 'live', null],
  ['x'.repeat(128), 'live', 'x'.repeat(128)],
  ['x'.repeat(129), 'live', null],
]

test('[R29] the stream key: without its query, from the address if need be', () => {
  for (const [name, app, key] of KEYS) {
    assert.equal(streamKey(name, app)?.reveal() ?? null, key, `${app} ${name}`)
  }
})

test('a stream key never shows when it is printed', () => {
  const key = streamKey('live_secret', 'live')
  assert.equal(`${String(key)} ${JSON.stringify({ key })}`, '*** {"key":"***"}')
})

test('[R30] what peers say of themselves and of addresses is only text', () => {
  const urls = [
    'x',
    '',
    '%',
    'a\r\nb',
    '\u001b[31m',
    'y'.repeat(65_536),
    'rtmp://',
    'rtmp://h/live',
  ]
  const paths = urls.map((url) => pathOfUrl(url))
  assert.deepEqual(paths, ['', '', '', '', '', '', '', 'live'])
  assert.equal(parseEncoder('FMLE/3.0\r\n\u001b[31m (OBS)'), 'FMLE/3.0[31m (OBS)')
  assert.equal(parseEncoder('y'.repeat(65_536))?.length, 64)
  assert.equal(parseEncoder('\u0000'), null)
  assert.equal(parseEncoder(null), null)
})

function streamKey(name: string, path: string) {
  return parseStreamKey(name, parseApp(path, 'live') ?? assert.fail(`no address: ${path}`))
}
