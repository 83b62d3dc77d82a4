import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seeded } from '../support/chat-kills.ts'
import { killAtRandom } from '../support/recording-kills.ts'

/** Two groups of pictures of a second. */
const LOST_MS_MAX = 2000

// `npm run bench -- kills` does the same twenty times.
test('[F19] [X01] [X02] server and FFmpeg killed at random moments: the recording plays and lacks two groups of pictures at most', async (t) => {
  const seed = Math.trunc(Math.random() * 2 ** 31)
  t.diagnostic(`seed ${seed}`)
  const { lost } = await killAtRandom(['ffmpeg', 'server'], seeded(seed))
  assert.equal(lost.length, 1)
  for (const lostMs of lost) assert.ok(lostMs <= LOST_MS_MAX, `${lostMs} ms are missing`)
})
