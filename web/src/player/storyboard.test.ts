import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseStoryboard, tileAt } from './storyboard.ts'

const BASE = 'https://live.example.org/media/b1/storyboard.vtt'
const VTT = `WEBVTT

00:00:00.000 --> 00:00:05.000
storyboard-1.jpg#xywh=0,0,160,90

1
01:00:05.000 --> 01:00:10.500
/media/b1/storyboard-2.jpg#xywh=160,90,160,90

00:00:05.000 --> 00:00:10.000
https://elsewhere.example/x.jpg#xywh=0,0,160,90

00:00:05.000 --> 00:00:10.000
only words
`

test('pictures are read with their moments; what is no picture of this server is skipped', () => {
  const tiles = parseStoryboard(VTT.replaceAll('\n', '\r\n'), BASE)
  assert.deepEqual(
    tiles.map(({ startS, endS, url, x, y }) => [startS, endS, url, x, y]),
    [
      [0, 5, 'https://live.example.org/media/b1/storyboard-1.jpg', 0, 0],
      [3605, 3610.5, 'https://live.example.org/media/b1/storyboard-2.jpg', 160, 90],
    ],
  )
  for (let bytes = 0; bytes < VTT.length; bytes += 1) parseStoryboard(VTT.slice(0, bytes), BASE)
})

test('every moment has the picture that began last', () => {
  const tiles = parseStoryboard(VTT, BASE)
  assert.equal(tileAt(tiles, 4)?.startS, 0)
  assert.equal(tileAt(tiles, 100)?.startS, 0)
  assert.equal(tileAt(tiles, 3_700)?.startS, 3605)
  assert.equal(tileAt([], 1), null)
})
