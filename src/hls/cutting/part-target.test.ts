import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planParts } from './part-target.ts'

test('[LL02] PART-TARGET: as many pictures as fit, one at least, longer where they are uneven', () => {
  const rows = [
    { frames: [3000], partMs: 250, targetMs: 236 },
    { frames: [3003], partMs: 250, targetMs: 236 },
    { frames: [3750], partMs: 250, targetMs: 252 },
    { frames: [3600], partMs: 250, targetMs: 242 },
    { frames: [1500], partMs: 250, targetMs: 252 },
    { frames: [36_000], partMs: 250, targetMs: 402 },
    { frames: [3000], partMs: 1000, targetMs: 1002 },
    { frames: [2970, 3060, 2970], partMs: 250, targetMs: 236 },
    { frames: [...Array<number>(59).fill(3000), 9000], partMs: 250, targetMs: 236 },
    { frames: [3000, 6000, 3000, 6000], partMs: 250, targetMs: 447, longestMs: 6000 / 90 },
    {
      frames: [...Array<number>(120).fill(3000), ...Array<number>(60).fill(6000), 12_000],
      partMs: 250,
      targetMs: 447,
      longestMs: 6000 / 90,
    },
    {
      frames: [...Array<number>(20).fill(3000), ...Array<number>(10).fill(6000), 12_000],
      partMs: 250,
      targetMs: 891,
      longestMs: 12_000 / 90,
    },
    { frames: [3000, 60_000], partMs: 250, targetMs: 1002, longestMs: 60_000 / 90 },
    { frames: [], partMs: 250, targetMs: 250 },
  ]
  for (const { frames, partMs, targetMs, longestMs = 0 } of rows) {
    const { partTicks, pictureTicks } = planParts(frames, partMs * 90)
    assert.equal(partTicks / 90, targetMs, String(frames))
    assert.equal(pictureTicks / 90, longestMs, String(frames))
  }
})
