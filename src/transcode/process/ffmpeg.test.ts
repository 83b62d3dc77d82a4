import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Worker } from 'node:worker_threads'
import {
  closeAll,
  feedUntilGone,
  makeDirectory,
  processState,
  readAll,
  startWith,
  writeScript,
} from '../../../test/support/fake-ffmpegs.ts'
import { AAC_STEREO, FIRST_RUN, H264_1080P } from '../../../test/support/sample-facts.ts'
import { planRenditions } from '../plan/plan.ts'

const directory = makeDirectory()
after(closeAll)
after(() => rmSync(directory, { recursive: true }))

const VIDEO_PLAN = planRenditions(
  {
    video: { ...H264_1080P, width: 1280, height: 720 },
    audio: AAC_STEREO,
    keyframeIntervalMs: null,
  },
  FIRST_RUN,
)
const AUDIO_PLAN = planRenditions(
  { video: null, audio: AAC_STEREO, keyframeIntervalMs: null },
  FIRST_RUN,
)
const SECRET = 'live_abcdefghijklmnopqrstuvwxyz'

test('[F01] [F04] FFmpeg gets the arguments as they are, and nothing of our environment', async () => {
  process.env['VIBLY_TEST_SECRET'] = SECRET
  const script = writeScript(
    directory,
    'records',
    'tr "\\000" "\\n" < /proc/self/environ >&3; for word in "$@"; do echo "$word" >&3; done; cat >/dev/null; echo done >&4',
  )
  const workDir = join(directory, 'work dir; touch x')
  mkdirSync(workDir)
  const run = startWith(script, VIDEO_PLAN, { workDir })
  const commandLine = readFileSync(`/proc/${run.pid}/cmdline`, 'utf8')
  run.end()
  const said = await Promise.all([...run.outputs.values()].map(readAll))
  await run.exit
  delete process.env['VIBLY_TEST_SECRET']
  const text = said.join('')
  assert.match(text, /^AV_LOG_FORCE_NOCOLOR=1$/m)
  assert.match(text, /^\[0:v:0\]null\[chain0\]/m)
  assert.doesNotMatch(text + commandLine, /live_|VIBLY/)
})

test('[F03] 100 MB on stderr neither block it nor grow us, and the end of it is told', async () => {
  const noise =
    'head -c 100000000 /dev/zero | tr "\\000" "x" >&2; echo >&2; echo the end >&2; exit 7'
  const before = heldBytes()
  const run = startWith(writeScript(directory, 'noisy', noise), AUDIO_PLAN)
  await assert.rejects(run.exit, { code: 'transcode.died', message: /\(exit 7, .*the end$/ })
  // What is garbage is freed by threads of the collector's own.
  for (let looks = 0; heldBytes() - before > 10_000_000; looks += 1) {
    assert.ok(looks < 100, 'it is held')
    await delay(50)
  }
})

test('[F11] leaving with exit 0 before the input ended is a death', async () => {
  const run = startWith(writeScript(directory, 'leaves', 'echo x >&3; exit 0'), AUDIO_PLAN)
  await assert.rejects(run.exit, { code: 'transcode.died' })
})

test('[F11] exit 0 with one rendition empty is a failure that names it', async () => {
  const script = writeScript(directory, 'useless', 'cat >/dev/null; echo x >&3; exit 0')
  const run = startWith(script, VIDEO_PLAN)
  run.end()
  await assert.rejects(run.exit, { code: 'transcode.output-missing', message: /rendition 480p/ })
})

test('[F10] one that hangs is killed, whatever signals it ignores', async () => {
  const script = writeScript(
    directory,
    'hangs',
    'trap "" TERM; echo x >&3; while :; do sleep 1; done',
  )
  const run = startWith(script, AUDIO_PLAN, { hangMsMax: 500 })
  const feeding = feedUntilGone(run, new Uint8Array(64))
  await assert.rejects(run.exit, { code: 'transcode.stalled', message: /waits for encoder/ })
  assert.ok(['Z', null].includes(processState(run.pid)))
  await feeding
})

test('[F10] one that never begins is stopped too, but one without input is left alone', async () => {
  const script = writeScript(directory, 'sleeps', 'exec sleep 60')
  const idle = startWith(script, AUDIO_PLAN, { startMsMax: 300 })
  const fed = startWith(script, AUDIO_PLAN, { startMsMax: 300 })
  const feeding = feedUntilGone(fed, new Uint8Array(64))
  await assert.rejects(fed.exit, { code: 'transcode.stalled' })
  await feeding
  assert.notEqual(processState(idle.pid), null)
  await idle.close()
  await idle.exit
})

test('a reader that stops is told from an FFmpeg that hangs', async () => {
  const script = writeScript(directory, 'pours', 'cat /dev/zero >&3')
  const run = startWith(script, AUDIO_PLAN, { hangMsMax: 1000, readerStallMsMax: 500 })
  const feeding = feedUntilGone(run, new Uint8Array(64))
  await assert.rejects(run.exit, { code: 'transcode.stalled', message: /waits for reader/ })
  await feeding
})

test('write: a promise when the pipe is full; it resolves when there is room, or when all is over', async () => {
  const script = writeScript(directory, 'waits', 'read go < /dev/fd/0; exec cat >/dev/null')
  const run = startWith(script, AUDIO_PLAN)
  const piece = new Uint8Array(16 * 1024)
  piece[0] = 10
  let written = 0
  let room: Promise<void> | null = null
  while (room === null && written < 1000) {
    room = run.write(piece)
    written += 1
  }
  assert.ok(written < 1000, 'the pipe has an end')
  await room
  await run.close()

  const stuck = startWith(writeScript(directory, 'stuck', 'exec sleep 60'), AUDIO_PLAN)
  let full: Promise<void> | null = null
  while (full === null) full = stuck.write(piece)
  await stuck.close()
  await full
  assert.equal(stuck.write(piece), null, 'what comes late is forgotten')
})

test('[F10] nobody waits for one that reads no more, as one that dies before its end is seen', async () => {
  const script = writeScript(directory, 'deaf', 'exec 0<&-; exec sleep 60')
  const run = startWith(script, AUDIO_PLAN, { startMsMax: 1500 })
  const waited = new AbortController()
  const feeding = (async () => {
    // Not a race with the exit, as in `feedUntilGone`: a wait that never ends is the fault.
    while (!waited.signal.aborted) {
      await run.write(new Uint8Array(16 * 1024))
      await delay(20)
    }
  })()
  await assert.rejects(run.exit, { code: 'transcode.stalled' })
  waited.abort()
  await feeding
})

test('writing to one that died is no error of its own', async () => {
  const run = startWith(writeScript(directory, 'dies', 'exit 1'), AUDIO_PLAN)
  await feedUntilGone(run, new Uint8Array(64))
  await assert.rejects(run.exit, { code: 'transcode.died' })
  assert.deepEqual(await readAll([...run.outputs.values()][0] ?? run.thumbnails), Buffer.alloc(0))
})

test('[F07] close ends the whole process group, twice is once, and the outputs end', async () => {
  const script = writeScript(directory, 'family', 'sleep 61 & echo $! >&3; wait')
  const run = startWith(script, AUDIO_PLAN)
  const [output] = run.outputs.values()
  assert.ok(output !== undefined)
  const reader = output[Symbol.asyncIterator]()
  const child = Number(Buffer.from((await reader.next()).value ?? []).toString())
  await Promise.all([run.close(), run.close()])
  await run.close()
  await run.exit
  assert.equal((await reader.next()).done, true)
  assert.deepEqual(await readAll(run.thumbnails), Buffer.alloc(0))
  await waitForDeath(child)
})

test('[F08] only the main thread may start one', async () => {
  const source = `
    import { startWith } from '${import.meta.resolve('../../../test/support/fake-ffmpegs.ts')}'
    startWith('/bin/true', { renditions: [], video: null, audio: null, decoders: [], pixelsMax: 1 })`
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`))
  const [thrown] = await once(worker, 'error')
  assert.match(String(thrown), /main thread/)
})

test('[F09] a hundred that started and ended leave no zombies', async () => {
  const script = writeScript(directory, 'brief', 'exec cat >/dev/null')
  for (let round = 0; round < 10; round += 1) {
    const runs = Array.from({ length: 10 }, () => startWith(script, AUDIO_PLAN))
    await Promise.all(runs.map((run) => run.close()))
    assert.deepEqual(
      runs.map((run) => processState(run.pid)),
      runs.map(() => null),
    )
  }
})

test('a program that cannot be started is told at once', () => {
  assert.throws(() => startWith('/nonexistent/ffmpeg', AUDIO_PLAN), {
    code: 'transcode.start-failed',
  })
})

async function waitForDeath(pid: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (['Z', null].includes(processState(pid))) return
    await delay(25)
  }
  assert.fail(`process ${pid} lives`)
}

/** What cannot be freed: how much more the process has by then is up to the collector. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
