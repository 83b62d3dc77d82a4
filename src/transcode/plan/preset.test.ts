import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AAC_STEREO, FIRST_RUN, H264_1080P } from '../../../test/support/sample-facts.ts'
import type { VideoFacts } from '../../media/index.ts'
import { type Plan, planRenditions } from './plan.ts'
import { choosePreset, coresLeft, HEADROOM_MIN, type Speeds } from './preset.ts'

/** Of one core: reading 400, encoding 240, 120 and 80 megapixels a second. */
const SPEEDS: Speeds = {
  readPixels: 400e6,
  encodePixels: { ultrafast: 240e6, superfast: 120e6, veryfast: 80e6 },
}

function planOf(video: Partial<VideoFacts> = {}): Plan {
  const source = { video: { ...H264_1080P, ...video }, audio: AAC_STEREO, keyframeIntervalMs: null }
  return planRenditions(source, FIRST_RUN)
}

const COPIED_TOP = planOf()
const ALL_ENCODED = planOf({ isInterlaced: true })
const SIXTY = planOf({ isInterlaced: true, frameRate: 60 })
const COPY_ALONE = planOf({ width: 640, height: 360 })

const CASES: readonly {
  readonly name: string
  readonly plan: Plan
  readonly speeds?: Speeds | null
  readonly coresFree: number
  readonly preset: string
}[] = [
  { name: 'two cores, copied top', plan: COPIED_TOP, coresFree: 1.75, preset: 'veryfast' },
  { name: 'two cores, one busy', plan: COPIED_TOP, coresFree: 0.7, preset: 'superfast' },
  { name: 'two cores, nearly all busy', plan: COPIED_TOP, coresFree: 0.5, preset: 'ultrafast' },
  { name: 'two cores, all busy', plan: COPIED_TOP, coresFree: 0, preset: 'ultrafast' },
  { name: 'two cores, all encoded', plan: ALL_ENCODED, coresFree: 1.75, preset: 'superfast' },
  { name: 'four cores, all encoded', plan: ALL_ENCODED, coresFree: 3.5, preset: 'veryfast' },
  { name: 'two cores, 60 frames', plan: SIXTY, coresFree: 1.75, preset: 'ultrafast' },
  { name: 'many cores, 60 frames: four are used', plan: SIXTY, coresFree: 56, preset: 'superfast' },
  { name: 'nothing to encode', plan: COPY_ALONE, coresFree: 0, preset: 'veryfast' },
  { name: 'not measured', plan: SIXTY, speeds: null, coresFree: 56, preset: 'superfast' },
  {
    name: 'too slow to measure the slowest',
    plan: COPIED_TOP,
    speeds: { readPixels: 400e6, encodePixels: { ultrafast: 240e6, superfast: 120e6 } },
    coresFree: 56,
    preset: 'superfast',
  },
  {
    name: 'nothing but reading measured',
    plan: COPIED_TOP,
    speeds: { readPixels: 400e6, encodePixels: {} },
    coresFree: 56,
    preset: 'superfast',
  },
]

for (const { name, plan, speeds = SPEEDS, coresFree, preset } of CASES) {
  test(`preset by headroom: ${name}: ${preset}`, () => {
    assert.equal(choosePreset(plan, speeds, { coresFree, threadsMax: 4 }).preset, preset)
  })
}

test('what fits keeps its reserve, and less room never gives a slower preset', () => {
  const order = ['ultrafast', 'superfast', 'veryfast']
  let before = -1
  for (let coresFree = 0; coresFree < 8; coresFree += 0.05) {
    const choice = choosePreset(ALL_ENCODED, SPEEDS, { coresFree, threadsMax: 4 })
    const rank = order.indexOf(choice.preset)
    assert.ok(rank >= before, `${coresFree} cores: ${choice.preset}`)
    if (rank > 0) assert.ok((choice.headroom ?? 0) >= HEADROOM_MIN)
    before = rank
  }
  assert.equal(before, 2)
})

test('a part of the machine is left to the server, and what others take is gone', () => {
  assert.equal(coresLeft(8, 0), 7)
  assert.equal(coresLeft(8, 2.5), 4.5)
  assert.equal(coresLeft(8, 9), 0)
})
