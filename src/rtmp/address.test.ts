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

const KEYS: readonly (readonly [name: string, inAddress: string | null, key: string | null])[] = [
  ['live_abc-DEF', null, 'live_abc-DEF'],
  ['live_abc?bandwidthtest=true', null, 'live_abc'],
  ['live_abc/', null, 'live_abc'],
  ['', 'fromUrl', 'fromUrl'],
  ['?x=1', 'fromUrl', 'fromUrl'],
  ['name', 'fromUrl', 'name'],
  ['', null, null],
  ['', '../../etc/passwd', null],
  ['a b', null, null],
  ['a\r\nb', null, null],
  ['x'.repeat(128), null, 'x'.repeat(128)],
  ['x'.repeat(129), null, null],
]

test('[R29] the stream key: without its query, from the address if need be', () => {
  for (const [name, inAddress, key] of KEYS) {
    assert.equal(parseStreamKey(name, inAddress)?.reveal() ?? null, key, name)
  }
})

test('a stream key never shows when it is printed', () => {
  const key = parseStreamKey('live_secret', null)
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
