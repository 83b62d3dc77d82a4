// Brings a fresh clone to where a command can run, and does nothing when all is there. Each step
// has a cheap `isDone`, asked without the lock, and a `work` that is done by one process at a time.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CACHE, step } from './console.mjs'
import { withLock } from './lock.mjs'
import { installPackages, packagesFit } from './packages.mjs'
import { findRuntime, installRuntime } from './runtime.mjs'
import { findChromium, findFfmpeg, installChromium, installFfmpeg } from './system-tools.mjs'
import { buildWeb, webIsBuilt } from './web-build.mjs'

const STAMPS = join(CACHE, 'set-up.json')

/**
 * In the order in which they are done: later ones use what earlier ones brought. `isDone` gets the
 * stamps of the last set-up and answers what it found, or null; `work` does it and answers the
 * same.
 */
const STEPS = [
  { name: 'packages', label: 'npm packages', isDone: packagesFit, work: installPackages },
  { name: 'runtime', label: 'Node 24 for the project', isDone: findRuntime, work: installRuntime },
  { name: 'ffmpeg', label: 'FFmpeg', isDone: findFfmpeg, work: installFfmpeg },
  {
    name: 'chromium',
    label: 'Chromium for the browser tests',
    isDone: findChromium,
    work: installChromium,
  },
  { name: 'web', label: 'web pages', isDone: webIsBuilt, work: buildWeb },
]

/**
 * Makes sure of every step named in `needs`.
 *
 * @returns the project's Node and the environment for what runs next
 * @throws StopError when the person has to act
 */
export async function setUp(needs, command) {
  const wanted = STEPS.filter((each) => needs.includes(each.name))
  const context = { stamps: readStamps(), found: {}, command }
  const before = { ...context.stamps }
  for (const each of wanted) {
    const found = await each.isDone(context)
    if (found !== null) context.found[each.name] = found
    else await doOnce(each, context)
  }
  const changed = Object.entries(context.stamps).filter(([name, mark]) => before[name] !== mark)
  if (changed.length > 0) writeStamps({ ...readStamps(), ...Object.fromEntries(changed) })
  const { runtime, ffmpeg, chromium } = context.found
  const environment = { ...process.env }
  if (chromium !== undefined) environment.VIBLY_CHROMIUM = chromium.path
  return { node: runtime?.path ?? process.execPath, ffmpeg: ffmpeg?.path ?? null, environment }
}

async function doOnce(each, context) {
  await withLock('set-up', async () => {
    // Another set-up may have done it while we waited for the lock.
    context.stamps = { ...context.stamps, ...readStamps() }
    const found = await each.isDone(context)
    context.found[each.name] = found ?? (await step(each.label, () => each.work(context)))
    writeStamps(context.stamps)
  })
}

/**
 * What earlier runs found, so that it need not be asked again. Losing it costs time, nothing else.
 */
function readStamps() {
  try {
    const stamps = JSON.parse(readFileSync(STAMPS, 'utf8'))
    return typeof stamps === 'object' && stamps !== null ? stamps : {}
  } catch {
    return {}
  }
}

function writeStamps(stamps) {
  mkdirSync(CACHE, { recursive: true })
  const fresh = `${STAMPS}.${process.pid}`
  writeFileSync(fresh, `${JSON.stringify(stamps, null, 2)}\n`)
  renameSync(fresh, STAMPS)
}
