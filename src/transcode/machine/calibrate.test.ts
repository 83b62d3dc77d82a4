import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { closeAll, makeDirectory, writeScript } from '../../../test/support/fake-ffmpegs.ts'
import type { Logger } from '../../base/index.ts'
import { calibrate, loadCalibration } from './calibrate.ts'

const directory = makeDirectory()
after(() => rmSync(directory, { recursive: true }))
after(closeAll)

const SUBJECT = { version: '6.1', cpu: 'a processor', cores: 2 }
const NEVER = new AbortController().signal

/** Notes what was said at all. */
function listen(): { readonly logger: Logger; readonly said: string[] } {
  const said: string[] = []
  const note = (event: string) => {
    said.push(event)
  }
  const logger: Logger = {
    debug: note,
    info: note,
    warn: note,
    error: note,
    child: () => logger,
  }
  return { logger, said }
}

/** An FFmpeg that takes so much processor time for reading, and for each preset. */
function fakeFfmpeg(name: string, seconds: Readonly<Record<string, string>>): string {
  const cases = Object.entries(seconds).map(([word, time]) => `*${word}*) t=${time};;`)
  return writeScript(
    directory,
    name,
    `echo run >> ${join(directory, name)}.runs
case "$*" in *lavfi*) echo picture; exit;; esac
case "$*" in *-preset*) cat > /dev/null;; *) t=${seconds['reading']}; cat > /dev/null;; esac
case "$*" in ${cases.join(' ')} esac
[ -n "$t" ] || exit 1
echo "bench: utime=\${t}s stime=0.000s rtime=9s" >&2`,
  )
}

function depsOf(path: string, logger: Logger) {
  const ffmpeg = { path, version: SUBJECT.version }
  return { ffmpeg, wrapper: { prefix: [], missing: [] }, logger }
}

const PIXELS = 1280 * 720 * 30
const TIMES = { reading: '0.1', ultrafast: '0.2', superfast: '0.35', veryfast: '0.6' }

test('speeds come from processor time without the reading, are kept, and are measured once', async () => {
  const { logger, said } = listen()
  const path = join(directory, 'calibration.json')
  const deps = depsOf(fakeFfmpeg('ffmpeg-once', TIMES), logger)
  const speeds = await calibrate(path, SUBJECT, deps, NEVER)
  assert.deepEqual(speeds, {
    readPixels: PIXELS * 10,
    encodePixels: {
      ultrafast: PIXELS * 10,
      superfast: Math.round(PIXELS / (0.35 - 0.1)),
      veryfast: PIXELS * 2,
    },
  })
  assert.deepEqual(await calibrate(path, SUBJECT, deps, NEVER), speeds)
  const runs = readFileSync(join(directory, 'ffmpeg-once.runs'), 'utf8').trim().split('\n')
  assert.equal(runs.length, 5)
  assert.deepEqual(said, [])
})

test('another FFmpeg, processor or number of cores is measured anew', async () => {
  const { logger } = listen()
  const path = join(directory, 'other.json')
  await calibrate(path, SUBJECT, depsOf(fakeFfmpeg('ffmpeg-other', TIMES), logger), NEVER)
  assert.notEqual(await loadCalibration(path, SUBJECT, logger), null)
  for (const change of [{ version: '7.1' }, { cpu: 'another' }, { cores: 4 }]) {
    assert.equal(await loadCalibration(path, { ...SUBJECT, ...change }, logger), null)
  }
})

test('a damaged file, cut at any byte, is ignored and said to be damaged', async () => {
  const { logger, said } = listen()
  const path = join(directory, 'damaged.json')
  await calibrate(path, SUBJECT, depsOf(fakeFfmpeg('ffmpeg-damaged', TIMES), logger), NEVER)
  const whole = readFileSync(path, 'utf8').trimEnd()
  for (let bytes = 0; bytes < whole.length; bytes += 1) {
    writeFileSync(path, whole.slice(0, bytes))
    assert.equal(await loadCalibration(path, SUBJECT, logger), null)
  }
  assert.equal(said.length, whole.length)
  assert.ok(said.every((event) => event.includes('damaged')))
  writeFileSync(path, whole.replace(/"veryfast": \d+/, '"veryfast": -1'))
  assert.equal(await loadCalibration(path, SUBJECT, logger), null)
  assert.equal(said.length, whole.length + 1)
})

test('a preset that fails is left out and nothing is kept; without a picture there is no answer', async () => {
  const { logger } = listen()
  const path = join(directory, 'part.json')
  const { veryfast: _, ...times } = TIMES
  const part = depsOf(fakeFfmpeg('ffmpeg-part', { ...times, veryfast: '' }), logger)
  const speeds = await calibrate(path, SUBJECT, part, NEVER)
  assert.deepEqual(Object.keys(speeds?.encodePixels ?? {}), ['ultrafast', 'superfast'])
  assert.equal(await loadCalibration(path, SUBJECT, logger), null)
  const broken = depsOf(writeScript(directory, 'ffmpeg-broken', 'exit 1'), logger)
  assert.equal(await calibrate(path, SUBJECT, broken, NEVER), null)
  const absent = depsOf('/nonexistent/ffmpeg', logger)
  assert.equal(await calibrate(path, SUBJECT, absent, NEVER), null)
})

test('one that hangs is left after 3 s, at once when the server stops, and is killed', async () => {
  const { logger } = listen()
  const path = join(directory, 'hanging.json')
  const hanging = depsOf(writeScript(directory, 'ffmpeg-hanging', 'exec sleep 60'), logger)
  assert.equal(await calibrate(path, SUBJECT, hanging, NEVER), null)
  const stop = new AbortController()
  const stopped = calibrate(path, SUBJECT, hanging, stop.signal)
  stop.abort()
  await assert.rejects(stopped, { name: 'AbortError' })
})
