import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HOSTILE_ID, hostilePaths } from '../../../test/support/hostile-paths.ts'
import { parseMediaPath } from './media-path.ts'

const ID = HOSTILE_ID

test('the addresses of CONTRACT section 3 are understood', () => {
  const rows = [
    [`/live/${ID}/index.m3u8`, { kind: 'live-master', channelId: ID }],
    [`/media/${ID}/index.m3u8`, { kind: 'playlist', broadcastId: ID, path: 'index.m3u8' }],
    [
      `/media/${ID}/720p/index.m3u8`,
      { kind: 'playlist', broadcastId: ID, path: '720p/index.m3u8' },
    ],
    [
      `/media/${ID}/720p/12.ts`,
      { kind: 'segment', broadcastId: ID, rendition: '720p', fileName: '12.ts' },
    ],
    [
      `/media/${ID}/audio/1-12.3.ts`,
      { kind: 'part', broadcastId: ID, rendition: 'audio', fileName: '1-12.3.ts' },
    ],
    [`/media/${ID}/recording.mp4`, { kind: 'recording', broadcastId: ID }],
    [`/media/${ID}/thumb.jpg`, { kind: 'thumb', broadcastId: ID }],
    [`/media/${ID}/poster.jpg`, { kind: 'picture', broadcastId: ID, fileName: 'poster.jpg' }],
    [`/media/${ID}/storyboard.vtt`, { kind: 'storyboard', broadcastId: ID }],
    [
      `/media/${ID}/storyboard-12.jpg`,
      { kind: 'picture', broadcastId: ID, fileName: 'storyboard-12.jpg' },
    ],
  ] as const
  for (const [path, named] of rows) assert.deepEqual(parseMediaPath(path), named, path)
})

test('[W23] nothing else names anything, however it is spelt', () => {
  for (const path of hostilePaths()) assert.equal(parseMediaPath(path), null, path)
})

test('[W23] a right address with any one character changed to a trick names nothing outside its place', () => {
  const right = [
    `/live/${ID}/index.m3u8`,
    `/media/${ID}/720p/index.m3u8`,
    `/media/${ID}/720p/12.ts`,
    `/media/${ID}/720p/1-12.3.ts`,
    `/media/${ID}/recording.mp4`,
    `/media/${ID}/storyboard-1.jpg`,
  ]
  const trick = fc.constantFrom(
    '/',
    '\\',
    '..',
    '%2e',
    '%00',
    '\0',
    '.',
    '//',
    '\n',
    '?',
    '#',
    ';',
    '\u2025',
  )
  fc.assert(
    fc.property(fc.constantFrom(...right), fc.nat(60), trick, (path, at, text) => {
      const named = parseMediaPath(path.slice(0, at) + text + path.slice(at + 1))
      if (named === null) return
      // What is still understood is a plain name in the same grammar, nothing more.
      for (const value of Object.values(named)) assert.match(String(value), /^[\w-]+([./][\w-]+)*$/)
    }),
    { numRuns: 5000 },
  )
})
