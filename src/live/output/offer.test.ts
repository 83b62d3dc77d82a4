import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { FIRST_RUN, H264_1080P } from '../../../test/support/sample-facts.ts'
import { silentLogger } from '../../../test/support/silent-logger.ts'
import { type Plan, planRenditions } from '../../transcode/index.ts'
import { Offer } from './offer.ts'

function planOf(keyframeIntervalMs: number | null): Plan {
  return planRenditions({ video: H264_1080P, audio: null, keyframeIntervalMs }, FIRST_RUN)
}
const COPIED = planOf(null)
const ENCODED = planOf(8333)

/** A broadcast on a machine with as much room as is said. */
class Stage {
  readonly clock = new FakeClock()
  leaveOut = 0
  hasRoom = false
  whenBehind: 'drop' | 'wait' = 'drop'
  isFastest = false
  behindMs = 0
  readonly offer: Offer

  constructor() {
    const stage = this
    this.offer = new Offer({
      room: {
        leaveOut: () => stage.leaveOut,
        hasRoomFor: () => stage.hasRoom,
        get whenBehind() {
          return stage.whenBehind
        },
        get isFastest() {
          return stage.isFastest
        },
      },
      clock: this.clock,
      logger: silentLogger,
    })
  }

  start(plan: Plan): readonly string[] {
    const fitted = this.offer.fit(plan)
    if (fitted.effort === 'pressed') this.isFastest = true
    return fitted.plan.renditions.map(({ name }) => name)
  }

  /** Looks for `seconds`, while FFmpeg runs at `speed`; whether a change came due. */
  async run(seconds: number, speed = 1): Promise<boolean> {
    for (let atMs = 0; atMs < seconds * 1000; atMs += 250) {
      this.behindMs = Math.max(0, this.behindMs + (1 - speed) * 250)
      if (this.offer.isChangeDue(this.behindMs)) return true
      await this.clock.advance(250)
    }
    return false
  }

  get warnings(): readonly string[] {
    return this.offer.warnings
  }
}

describe('what a broadcast makes', () => {
  test('all there is room for, and nobody is warned of what is whole', () => {
    const stage = new Stage()
    assert.deepEqual(stage.start(COPIED), ['1080p', '720p', '480p'])
    assert.deepEqual(stage.warnings, [])
  })

  test('[X20] less where there is no room, and its owner is told what is missing', () => {
    const stage = new Stage()
    stage.leaveOut = 1
    assert.deepEqual(stage.start(COPIED), ['1080p', '480p'])
    assert.deepEqual(stage.offer.leftOut, ['720p'])
    assert.deepEqual(stage.warnings, ['transcode.room-short'])
  })

  test('[X20] a replaced FFmpeg makes the same again, whoever came in the meantime', () => {
    const stage = new Stage()
    stage.start(COPIED)
    stage.leaveOut = 2
    assert.deepEqual(stage.start(COPIED), ['1080p', '720p', '480p'])
  })

  test('[X20] a copy that turns out to be impossible is weighed anew', () => {
    const stage = new Stage()
    stage.start(COPIED)
    stage.leaveOut = 2
    assert.deepEqual(stage.start(ENCODED), ['480p'])
  })
})

describe('[X23] falling behind', () => {
  test('costs the dearest encoded rendition, one after the other, and never the copy', async () => {
    const stage = new Stage()
    stage.start(COPIED)
    assert.ok(await stage.run(15, 0.8))
    assert.deepEqual(stage.start(COPIED), ['1080p', '480p'])
    assert.deepEqual(stage.warnings, ['transcode.rendition-dropped'])
    assert.ok(await stage.run(15, 0.8))
    assert.deepEqual(stage.start(COPIED), ['1080p'])
    assert.ok(!(await stage.run(60, 0.9)), 'there is nothing left to drop')
  })

  test('costs nothing where viewers are rather to wait', async () => {
    const stage = new Stage()
    stage.whenBehind = 'wait'
    stage.start(COPIED)
    assert.ok(!(await stage.run(60, 0.5)))
  })

  test('a backlog that is being caught up is no reason for another step', async () => {
    const stage = new Stage()
    stage.start(ENCODED)
    assert.ok(await stage.run(15, 0.5))
    assert.ok(stage.behindMs < 4000)
    assert.deepEqual(stage.start(ENCODED), ['720p', '480p'])
    assert.ok(!(await stage.run(50, 1.2)))
  })

  test('before the lowest one is given up for lost it is encoded faster', async () => {
    const stage = new Stage()
    stage.leaveOut = 2
    stage.start(ENCODED)
    assert.ok(await stage.run(15, 0.8))
    assert.equal(stage.offer.fit(ENCODED).effort, 'pressed')
    assert.deepEqual(stage.start(ENCODED), ['480p'])
    assert.ok(!(await stage.run(60, 0.8)), 'there is nothing faster')
  })

  test('what was dropped comes back a minute later when there is room, not before', async () => {
    const stage = new Stage()
    stage.start(COPIED)
    await stage.run(15, 0.5)
    stage.start(COPIED)
    stage.behindMs = 0
    assert.ok(!(await stage.run(90)), 'there is no room')
    stage.hasRoom = true
    assert.ok(await stage.run(1))
    assert.deepEqual(stage.start(COPIED), ['1080p', '720p', '480p'])
    assert.deepEqual(stage.warnings, [])
  })

  test('it is tried later each time, and three times in all', async () => {
    const stage = new Stage()
    stage.hasRoom = true
    stage.start(COPIED)
    const waitsS: number[] = []
    for (let attempt = 0; attempt < 5; attempt += 1) {
      assert.ok(await stage.run(15, 0.5))
      stage.start(COPIED)
      stage.behindMs = 0
      const fromMs = stage.clock.monotonicMs()
      if (!(await stage.run(10_000))) break
      waitsS.push(Math.round((stage.clock.monotonicMs() - fromMs) / 1000))
      stage.start(COPIED)
    }
    assert.deepEqual(waitsS, [60, 240, 960])
  })

  test('one that stays and falls behind again much later has not come back for nothing', async () => {
    const stage = new Stage()
    stage.hasRoom = true
    stage.start(COPIED)
    for (let time = 0; time < 5; time += 1) {
      assert.ok(await stage.run(15, 0.5))
      stage.start(COPIED)
      stage.behindMs = 0
      assert.ok(await stage.run(61))
      stage.start(COPIED)
      assert.ok(!(await stage.run(300)))
    }
  })
})
