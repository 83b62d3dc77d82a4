// The front door of every npm script: sets up what the command needs, then runs it with the
// project's own Node. Plain JavaScript for Node 20.19 and up, since it runs before anything is
// there.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import { runChecks } from './checks.mjs'
import { CACHE, fail, ROOT, StopError } from './console.mjs'
import { setUp } from './set-up.mjs'

/** How long one signal may come twice: from the terminal or a supervisor, and again through npm. */
const SAME_SIGNAL_MS = 500

/** How often to look whether npm is still there. */
const PARENT_POLL_MS = 500

const LEAST_NODE = [20, 19]

/**
 * Where Node keeps what it made of the sources: half the work of a start. Losing it costs time
 * alone.
 */
const COMPILED = { NODE_COMPILE_CACHE: join(CACHE, 'compiled') }

/**
 * How many heaps glibc keeps for Node's threads; else it is eight for each core, and what is freed
 * in one of them is not used by the others. Other systems ignore it.
 */
const ALLOCATOR = { MALLOC_ARENA_MAX: '2' }

/**
 * What each npm script needs (steps of set-up.mjs) and then runs: Node arguments, or a list of
 * checks. `needs` names nothing twice and is done in the order of set-up.mjs.
 */
const COMMANDS = {
  serve: {
    needs: ['packages', 'runtime', 'ffmpeg', 'web'],
    node: ['src/main.ts', 'serve'],
  },
  vibly: { needs: ['packages', 'runtime'], node: ['src/main.ts'] },
  bench: {
    needs: ['packages', 'runtime', 'ffmpeg', 'chromium', 'web'],
    node: ['bench/main.ts'],
  },
  screenshots: {
    needs: ['packages', 'runtime', 'ffmpeg', 'chromium', 'web'],
    node: ['scripts/screenshots.ts'],
  },
  build: { needs: ['packages', 'runtime', 'web'] },
  format: { needs: ['packages', 'runtime'], checks: 'format' },
  check: { needs: ['packages', 'runtime', 'ffmpeg'], checks: 'check' },
  test: { needs: ['packages', 'runtime', 'ffmpeg', 'chromium', 'web'], checks: 'test' },
}

async function main() {
  const [name, ...rest] = process.argv.slice(2)
  const command = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command === undefined) {
    throw new StopError(
      `There is no "${name ?? ''}" here. Known: ${Object.keys(COMMANDS).join(', ')}.`,
    )
  }
  refuseOldNode()
  const tools = await setUp(command.needs, name)
  if (command.checks !== undefined) {
    onParentGone(() => process.kill(process.pid, 'SIGTERM'))
    process.exitCode = await runChecks(command.checks, tools, rest)
  } else if (command.node !== undefined) {
    become(tools.node, [...command.node, ...rest], {
      ...COMPILED,
      ...ALLOCATOR,
      ...tools.environment,
    })
  }
}

function refuseOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const [leastMajor, leastMinor] = LEAST_NODE
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return
  throw new StopError(
    `Vibly's set-up needs Node ${LEAST_NODE.join('.')} or newer, this is ${process.versions.node}: install a newer Node, then run the same command again.`,
  )
}

/**
 * Runs the program in the place of this process as far as Node allows: same terminal, its signals
 * passed on, its end our end (the same exit code, or the same signal).
 */
function become(binary, args, environment) {
  const child = spawn(binary, args, { cwd: ROOT, env: environment, stdio: 'inherit' })
  const passedMs = new Map()
  const passOn = (signal) => {
    // Ctrl-C reaches the whole terminal group, the program too: passing it on would make it two.
    if (signal === 'SIGINT' && process.stdin.isTTY) return
    const nowMs = performance.now()
    if (nowMs - (passedMs.get(signal) ?? Number.NEGATIVE_INFINITY) < SAME_SIGNAL_MS) return
    passedMs.set(signal, nowMs)
    child.kill(signal)
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2']
  for (const signal of signals) {
    if (process.platform !== 'win32' || signal !== 'SIGUSR2') process.on(signal, passOn)
  }
  onParentGone(() => child.kill('SIGTERM'))
  child.on('error', (error) => {
    fail(new StopError(`${binary} could not be started: ${error.message}`))
  })
  child.on('exit', (code, signal) => {
    for (const each of signals) process.removeListener(each, passOn)
    if (signal === null) {
      process.exit(code ?? 1)
    }
    process.kill(process.pid, signal)
    // Not every signal ends us everywhere: then leave with the code a shell would show for it.
    setTimeout(() => process.exit(128 + (constants.signals[signal] ?? 0)), 200)
  })
}

/**
 * npm that is killed outright passes nothing on, and a shell between it and us dies without a word.
 * What npm started must not outlive it unseen; what a person started with nohup may.
 */
function onParentGone(act) {
  if (process.env.npm_lifecycle_event === undefined || process.platform === 'win32') return
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    act()
  }, PARENT_POLL_MS)
  timer.unref()
}

main().catch(fail)
