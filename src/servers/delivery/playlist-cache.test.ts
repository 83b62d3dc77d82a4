import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { PlaylistCache } from './playlist-cache.ts'

const ADDRESS = '/live/channel01/index.m3u8'

test('[D01] a version is encoded once, for all who ask at once and later', async () => {
  const cache = new PlaylistCache({ playlistsMax: 10 })
  const asked = await Promise.all(Array.from({ length: 100 }, () => cache.encode(ADDRESS, 'one')))
  const later = await cache.encode(ADDRESS, 'one')
  for (const encoded of asked) assert.equal(encoded.gzipped, later.gzipped)
  assert.equal(gunzipSync(Buffer.from(later.gzipped, 'latin1')).toString(), 'one')
  assert.equal(later.plain.toString(), 'one')
})

test('[H01] another text under the same address is another version, whoever asked before', async () => {
  const cache = new PlaylistCache({ playlistsMax: 10 })
  const [first, second] = await Promise.all([
    cache.encode(ADDRESS, 'one'),
    cache.encode(ADDRESS, 'two'),
  ])
  assert.equal(first.plain.toString(), 'one')
  assert.equal(second.plain.toString(), 'two')
  assert.equal(gunzipSync(Buffer.from(second.gzipped, 'latin1')).toString(), 'two')
  assert.notEqual(first.etag, second.etag)
})

test('[H26] the same text has the same tag in another process', async () => {
  const [one, other] = [
    new PlaylistCache({ playlistsMax: 1 }),
    new PlaylistCache({ playlistsMax: 1 }),
  ]
  const first = await one.encode(ADDRESS, 'text')
  assert.equal((await other.encode('/elsewhere', 'text')).etag, first.etag)
})

test('what was not asked for the longest is forgotten first', async () => {
  const cache = new PlaylistCache({ playlistsMax: 2 })
  const kept = await cache.encode('a', 'text')
  await cache.encode('b', 'text')
  await cache.encode('a', 'text')
  await cache.encode('c', 'text')
  assert.equal(cache.size, 2)
  assert.equal(await cache.encode('a', 'text'), kept)
})

test('many long playlists do not fill the memory', async () => {
  const cache = new PlaylistCache({ playlistsMax: 1000 })
  const text = 'x'.repeat(4 * 1024 * 1024)
  for (let at = 0; at < 10; at += 1) await cache.encode(`address ${at}`, `${text}${at}`)
  assert.equal(cache.size, 7)
})
