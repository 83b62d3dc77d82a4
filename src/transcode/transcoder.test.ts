import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { makeDirectory, writeScript } from '../../test/support/fake-ffmpegs.ts'
import { AAC_STEREO, FIRST_RUN, H264_1080P } from '../../test/support/sample-facts.ts'
import { type Facts, type Logger, systemClock } from '../base/index.ts'
import { planRenditions } from './plan/plan.ts'
import { TRANSCODE_DEFAULTS } from './process/ffmpeg.ts'
import { Transcoder } from './transcoder.ts'

const directory = makeDirectory()
after(() => rmSync(directory, { recursive: true }))

const PLAN = planRenditions(
  { video: H264_1080P, audio: AAC_STEREO, keyframeIntervalMs: null },
  FIRST_RUN,
)
const MACHINE = { cpu: 'a processor', cores: 2 }

function openTranscoder(preset: string, picked: unknown[], onMeasured = () => {}): Transcoder {
  const note = (event: string, facts?: Facts) => {
    if (event === 'preset picked') picked.push(facts?.['preset'])
    if (event.startsWith('encoder measured')) onMeasured()
  }
  const logger: Logger = {
    ...{ debug: note, info: note, warn: note, error: note },
    child: () => logger,
  }
  const path = writeScript(directory, 'ffmpeg-idle', 'exec cat > /dev/null')
  const ffmpeg = { path, version: '6.1', videoCodecs: ['h264' as const] }
  return new Transcoder(
    {
      ...{ ffmpeg, wrapper: { prefix: [], missing: [] }, clock: systemClock, logger },
      ...{ groups: null, coresIdle: () => MACHINE.cores },
    },
    {
      ...{ ...TRANSCODE_DEFAULTS, preset, slotsMax: 3, whenBehind: 'drop', machine: MACHINE },
      ...{ dataDir: directory, workDir: directory },
    },
  )
}

test('auto counts what runs: one broadcast more gets a faster preset, and room is given back', async () => {
  writeFileSync(
    join(directory, 'calibration.json'),
    JSON.stringify({
      version: 1,
      ffmpeg: '6.1',
      ...MACHINE,
      read_pixels_per_s: 400e6,
      encode_pixels_per_s: { ultrafast: 240e6, superfast: 120e6, veryfast: 80e6 },
    }),
  )
  const picked: unknown[] = []
  const measured = Promise.withResolvers<void>()
  const transcoder = openTranscoder('auto', picked, measured.resolve)
  const start = () => {
    const slot = transcoder.slots.acquire()
    const transcode = slot.run(PLAN, 'as-planned')
    return async () => {
      await transcode.close()
      slot.release()
    }
  }
  const stopEarly = start()
  transcoder.start()
  await measured.promise
  await stopEarly()
  const stops = [start(), start(), start()]
  for (const stop of stops) await stop()
  await start()()
  const wanted = ['superfast', 'veryfast', 'veryfast', 'ultrafast', 'veryfast']
  assert.deepEqual(picked, wanted)
  await transcoder.close()
})

test('a preset that is set is taken as it is, and nothing is measured', async () => {
  const picked: unknown[] = []
  const transcoder = openTranscoder('medium', picked)
  transcoder.start()
  await transcoder.slots.acquire().run(PLAN, 'as-planned').close()
  assert.deepEqual(picked, [])
  await transcoder.close()
})
