import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AAC_STEREO, FIRST_RUN, H264_1080P } from '../../test/support/sample-facts.ts'
import { silentLogger } from '../../test/support/silent-logger.ts'
import { type Plan, planRenditions, withoutDearest } from './plan/plan.ts'
import type { Speeds } from './plan/preset.ts'
import type { Transcode } from './process/ffmpeg.ts'
import { type Loan, Slots } from './slots.ts'

const FULL_HD = { ...H264_1080P, width: 1920, height: 1080 }
const COPIED = planOf(null)
const ENCODED = planOf(8333)
/**
 * Of the source above: reading takes a quarter of a core, ultrafast a core for the whole ladder.
 */
const SPEEDS: Speeds = {
  readPixels: 250e6,
  encodePixels: { ultrafast: 102e6, superfast: 60e6, veryfast: 40e6 },
}

function planOf(keyframeIntervalMs: number | null): Plan {
  return planRenditions({ video: FULL_HD, audio: AAC_STEREO, keyframeIntervalMs }, FIRST_RUN)
}

function openSlots(
  options: {
    readonly slotsMax?: number
    readonly cores?: number
    readonly coresIdle?: number
    readonly preset?: string
    readonly speeds?: Speeds | null
  } = {},
) {
  const { slotsMax = 4, cores = 2, coresIdle = 0, preset = 'auto', speeds = SPEEDS } = options
  const presets: string[] = []
  const slots = new Slots(
    {
      logger: silentLogger,
      speeds: () => speeds,
      coresIdle: () => coresIdle,
      start: (_plan, picked) => {
        presets.push(picked)
        return NO_PROCESS
      },
    },
    { slotsMax, whenBehind: 'drop', preset, cores, threadsMax: 4 },
  )
  return { slots, presets }
}

async function* nothing() {}
const NO_PROCESS: Transcode = {
  ...{ pid: 1, write: () => null, end: () => {}, outputs: new Map(), thumbnails: nothing() },
  ...{ exit: Promise.resolve(), close: async () => {} },
}

function namesOf(plan: Plan): readonly string[] {
  return plan.renditions.map(({ name, isCopy }) => (isCopy ? `${name} copied` : name))
}

describe('the number of FFmpegs', () => {
  test('[R33] the last slot is given, the next is refused, a released one is given again', () => {
    const { slots } = openSlots({ slotsMax: 2 })
    const first = slots.acquire()
    slots.acquire()
    assert.ok(slots.isFull)
    assert.throws(() => slots.acquire(), { code: 'transcode.no-capacity', facts: { slotsMax: 2 } })
    first.release()
    slots.acquire()
  })

  test('a slot released twice makes room once', () => {
    const { slots } = openSlots({ slotsMax: 2 })
    const first = slots.acquire()
    slots.acquire()
    first.release()
    first.release()
    assert.equal(slots.taken, 1)
  })
})

describe('[X20] what a broadcast does not need is lent', () => {
  test('a loan waits for a free slot, and a broadcast takes it back at once', async () => {
    const { slots } = openSlots({ slotsMax: 2 })
    const never = new AbortController().signal
    const first = slots.acquire()
    slots.acquire()
    let loan: Loan | null = null
    const lending = slots.lend(never).then((given) => {
      loan = given
      return given
    })
    await Promise.resolve()
    assert.equal(loan, null)
    first.release()
    const given = await lending
    assert.ok(given !== null && !given.signal.aborted)
    assert.ok(!slots.isFull)
    slots.acquire()
    assert.equal(given.signal.reason.code, 'transcode.gave-way')
    assert.throws(() => slots.acquire(), { code: 'transcode.no-capacity' })
    given.close()
  })

  test('what is given back is lent to the next; who does not want to wait any more gets none', async () => {
    const { slots } = openSlots({ slotsMax: 1 })
    const never = new AbortController().signal
    const first = await slots.lend(never)
    const second = slots.lend(never)
    const impatient = new AbortController()
    const third = slots.lend(impatient.signal)
    impatient.abort()
    assert.equal(await third, null)
    first?.close()
    assert.ok((await second) !== null)
  })
})

describe('[X20] a broadcast that does not fit beside the others gets a smaller ladder', () => {
  const cases: readonly {
    readonly name: string
    readonly plan: Plan
    readonly beside: readonly Plan[]
    readonly cores?: number
    readonly made: readonly string[]
  }[] = [
    {
      name: 'alone it gets all, whatever the machine is',
      plan: ENCODED,
      beside: [],
      cores: 1,
      made: ['1080p', '720p', '480p'],
    },
    {
      name: 'beside copies it gets all',
      plan: ENCODED,
      beside: [withoutDearest(COPIED, 2), withoutDearest(COPIED, 2)],
      made: ['1080p', '720p', '480p'],
    },
    {
      name: 'a copy and the least of the others',
      plan: COPIED,
      beside: [ENCODED],
      made: ['1080p copied', '480p'],
    },
    {
      name: 'a copy alone',
      plan: COPIED,
      beside: [ENCODED],
      cores: 1.8,
      made: ['1080p copied'],
    },
    {
      name: 'what cannot be copied keeps its lowest rendition',
      plan: ENCODED,
      beside: [ENCODED, ENCODED],
      made: ['480p'],
    },
    {
      name: 'on a large machine nothing is left out',
      plan: ENCODED,
      beside: [ENCODED, ENCODED, ENCODED],
      cores: 16,
      made: ['1080p', '720p', '480p'],
    },
  ]
  for (const { name, plan, beside, cores = 2, made } of cases) {
    test(name, () => {
      const { slots } = openSlots({ cores })
      for (const other of beside) slots.acquire().run(other, 'pressed')
      const slot = slots.acquire()
      assert.deepEqual(namesOf(withoutDearest(plan, slot.leaveOut(plan))), made)
    })
  }

  test('what it ran itself does not count against it, and is kept for its restart', () => {
    const { slots } = openSlots({ cores: 3 })
    const first = slots.acquire()
    first.run(ENCODED, 'pressed')
    const second = slots.acquire()
    second.run(ENCODED, 'pressed')
    assert.equal(first.leaveOut(ENCODED), 0)
    assert.equal(slots.acquire().leaveOut(COPIED), 2)
    second.release()
    assert.equal(slots.acquire().leaveOut(COPIED), 0)
  })

  test('where nothing is known of the machine only the number counts', () => {
    for (const options of [{ speeds: null }, { preset: 'fast' }]) {
      const { slots } = openSlots(options)
      for (let count = 0; count < 3; count += 1) slots.acquire().run(ENCODED, 'as-planned')
      assert.equal(slots.acquire().leaveOut(ENCODED), 0)
    }
  })
})

describe('[X23] room for what was left out', () => {
  const less = withoutDearest(COPIED, 1)

  test('it has to be there by count and by looking', () => {
    for (const [coresIdle, coresMax, hasRoom] of [
      [1, 2, true],
      [0.1, 2, false],
      [1, 0.5, false],
    ] as const) {
      const { slots } = openSlots({ coresIdle, cores: coresMax })
      const slot = slots.acquire()
      slot.run(less, 'pressed')
      assert.equal(slot.hasRoomFor(COPIED), hasRoom)
    }
  })

  test('with a preset that is set it is looked for all the same', () => {
    for (const [coresIdle, hasRoom] of [
      [1.5, true],
      [0.1, false],
    ] as const) {
      const { slots } = openSlots({ preset: 'superfast', coresIdle })
      const slot = slots.acquire()
      slot.run(less, 'as-planned')
      assert.equal(slot.hasRoomFor(COPIED), hasRoom)
    }
  })
})

test('[X23] one that fell behind is encoded as fast as can be', () => {
  const { slots, presets } = openSlots({ cores: 16 })
  const slot = slots.acquire()
  slot.run(COPIED, 'as-planned')
  assert.ok(!slot.isFastest)
  slot.run(COPIED, 'pressed')
  assert.ok(slot.isFastest)
  assert.deepEqual(presets, ['veryfast', 'ultrafast'])
})
