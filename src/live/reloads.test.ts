import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { LENGTHS } from '../../test/support/hls-lengths.ts'
import { listSegment } from '../../test/support/list-segment.ts'
import { type Part, Presentation, type SegmentHead } from '../hls/index.ts'
import { Reloads } from './reloads.ts'

const HEAD: SegmentHead = { startTicks: 180_000, isAfterHole: false, video: null, audio: null }
const PART: Part = {
  bytes: new Uint8Array(188),
  durationTicks: 21_600,
  isIndependent: true,
  frameCount: 6,
}

/** A broadcast with one complete segment, 0, and the clock to turn. */
function begun() {
  const presentation = new Presentation(LENGTHS)
  presentation.partTarget.decide([3600])
  presentation.startRun({
    renditions: [{ name: '720p', peakBps: null, averageBps: null }],
    wallClockMs: 0,
  })
  const parts = Array.from({ length: 8 }, () => PART)
  const bytes = Buffer.concat(parts.map((part) => part.bytes))
  const segment = { ...HEAD, startTicks: 0, durationTicks: 180_000, bytes, parts, frameCount: 50 }
  listSegment(presentation, '720p', presentation.place('720p', segment))
  const clock = new FakeClock()
  return { presentation, clock, reloads: new Reloads(presentation, clock) }
}

const wish = (msn: number, part: number | null) => ({ target: { msn, part }, isDelta: false })

test('[LL06] [D07] 5,000 that wait for the same part share one wait, one wake-up and one text', async () => {
  const { presentation, clock, reloads } = begun()
  const answers = Array.from({ length: 5000 }, () => reloads.playlist('720p', wish(1, 0)))
  assert.equal(clock.sleeperCount, 1)
  let isAnswered = false
  void answers[0]?.then(() => {
    isAnswered = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(isAnswered, false)
  presentation.placePart('720p', PART, HEAD)
  const texts = new Set<string>()
  for (const answer of await Promise.all(answers)) {
    assert.ok(answer.kind === 'playlist' && answer.isMet)
    texts.add(answer.text)
  }
  assert.deepEqual([...texts], [presentation.playlists.media('720p')])
  assert.match([...texts][0] ?? '', /URI="0-1\.0\.ts"/)
  assert.equal(clock.sleeperCount, 0)
})

test('[LL08] [LL12] what is listed, gone or too far is answered at once', async () => {
  const { reloads } = begun()
  const kinds = await Promise.all([
    reloads.playlist('720p', { target: null, isDelta: true }),
    reloads.playlist('720p', wish(0, 3)),
    reloads.playlist('720p', wish(3, null)),
    reloads.playlist('240p', wish(0, null)),
  ])
  assert.deepEqual(
    kinds.map(({ kind }) => kind),
    ['playlist', 'playlist', 'too-far', 'none'],
  )
})

test('[LL10] after three targets in vain it is too late, and nothing is left behind', async () => {
  const { clock, reloads } = begun()
  const answers = Array.from({ length: 1000 }, () => reloads.playlist('720p', wish(1, null)))
  await clock.advance(5999)
  assert.equal(clock.sleeperCount, 1)
  await clock.advance(1)
  assert.ok((await Promise.all(answers)).every(({ kind }) => kind === 'too-late'))
  assert.equal(clock.sleeperCount, 0)
})

test('[LL06] [LL10] whoever comes late to a wait is not told that it was too long', async () => {
  const { presentation, clock, reloads } = begun()
  const early = reloads.playlist('720p', wish(1, 0))
  await clock.advance(5900)
  const late = reloads.playlist('720p', wish(1, 0))
  await clock.advance(100)
  assert.equal((await early).kind, 'too-late')
  presentation.placePart('720p', PART, HEAD)
  assert.equal((await late).kind, 'playlist')
  assert.equal(clock.sleeperCount, 0)
})

test('[H08] [LL10] while the encoder is away, the list as it stands is the answer, not an error', async () => {
  const { presentation, clock, reloads } = begun()
  const answer = reloads.playlist('720p', wish(1, 0))
  presentation.endRun()
  await clock.advance(6000)
  const told = await answer
  assert.ok(told.kind === 'playlist' && !told.isMet)
  assert.doesNotMatch(told.text, /PRELOAD-HINT/)
})

test('[LL11] the end answers everybody who waits', async () => {
  const { presentation, clock, reloads } = begun()
  const answers = [
    reloads.playlist('720p', wish(1, 0)),
    reloads.playlist('720p', wish(2, null)),
    reloads.part('720p', '0-1.0.ts'),
  ]
  presentation.end()
  const [one, two, part] = await Promise.all(answers)
  for (const answer of [one, two]) {
    assert.ok(answer !== null && answer !== undefined && 'text' in answer)
    assert.match(answer.text, /#EXT-X-ENDLIST\n$/)
  }
  assert.equal(part, null)
  assert.equal(clock.sleeperCount, 0)
})

test('[LL13] [LL15] a hinted part is waited for, any other is not there', async () => {
  const { presentation, reloads } = begun()
  const hinted = reloads.part('720p', '0-1.0.ts')
  assert.equal(await reloads.part('720p', '0-1.1.ts'), null)
  assert.equal(await reloads.part('720p', '7-1.0.ts'), null)
  assert.equal(await reloads.part('240p', '0-1.0.ts'), null)
  presentation.placePart('720p', PART, HEAD)
  assert.equal((await hinted)?.byteLength, 188)
  assert.equal((await reloads.part('720p', '0-0.7.ts'))?.byteLength, 188)
})

test('[LL15] a hint that comes to nothing is answered when that is known', async () => {
  const { presentation, reloads } = begun()
  const hinted = reloads.part('720p', '0-1.0.ts')
  presentation.endRun()
  assert.equal(await hinted, null)
})
