// The checks behind `npm test`, `npm run check` and `npm run format`: every stage runs, whatever
// the others said; one summary at the end; non-zero when anything failed.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { CACHE, formatDuration, ROOT, say } from './console.mjs'

/** A single test that takes longer has hung; the file it is in is ended. */
const TEST_MS_MAX = 400_000
/** A whole stage that takes longer is ended, with all it started. */
const STAGE_MS_MAX = 30 * 60_000

const BIOME = join('node_modules', '@biomejs', 'biome', 'bin', 'biome')
const TSC = join('node_modules', 'typescript', 'bin', 'tsc')

/** A stage is a tool with arguments, or test files with how many of them run at once. */
const STAGES = {
  'format and lint': { tool: [BIOME, 'ci', '--colors=off', '.'] },
  'types of the server': { tool: [TSC, '--pretty', 'false'] },
  'types of the pages': {
    tool: [TSC, '--pretty', 'false', '-p', 'web/tsconfig.json'],
    onlyWith: 'web/tsconfig.json',
  },
  tidy: { tests: ['test/tidy.test.ts'], parallel: 1 },
  unit: {
    tests: [
      'src/**/*.test.ts',
      'client/**/*.test.ts',
      'web/src/**/*.test.ts',
      'scripts/**/*.test.ts',
      'test/support/**/*.test.ts',
    ],
    parallel: 2,
  },
  contract: { tests: ['test/contract/**/*.test.ts'], parallel: 2 },
  flow: { tests: ['test/flow/**/*.test.ts'], parallel: 2 },
  // At real speed, so mostly waiting: three at once take a third of the time.
  'end to end': { tests: ['test/e2e/**/*.test.ts'], parallel: 3 },
  'write format': { tool: [BIOME, 'check', '--write', '--colors=off', '.'] },
  'write documents': { tool: ['scripts/docs.ts'] },
}

const PLANS = {
  test: [
    'format and lint',
    'types of the server',
    'types of the pages',
    'tidy',
    'unit',
    'contract',
    'flow',
    'end to end',
  ],
  check: ['format and lint', 'types of the server', 'types of the pages', 'tidy', 'unit'],
  format: ['write format', 'write documents'],
}

/**
 * Runs the stages of a plan. `filters` (from the command line) keep only test files whose path
 * contains one of them, and leave out the stages without any.
 *
 * @returns the exit code
 */
export async function runChecks(plan, tools, filters) {
  const rows = []
  const startMs = performance.now()
  for (const name of PLANS[plan]) {
    const stage = STAGES[name]
    if (stage.onlyWith !== undefined && !existsSync(join(ROOT, stage.onlyWith))) continue
    if (stage.tool !== undefined && filters.length > 0) continue
    const files = stage.tests === undefined ? [] : testFiles(stage.tests, filters)
    if (stage.tests !== undefined && files.length === 0) continue
    say(`\n── ${name}`)
    const stageMs = performance.now()
    const result =
      stage.tool === undefined
        ? await runTests(name, files, stage.parallel, tools)
        : await runTool(stage.tool, tools)
    rows.push({ name, ...result, durationMs: performance.now() - stageMs })
  }
  return summarise(rows, performance.now() - startMs)
}

function testFiles(patterns, filters) {
  const files = patterns.flatMap((pattern) => filesOf(pattern)).sort()
  return filters.length === 0
    ? files
    : files.filter((file) => filters.some((filter) => file.includes(filter)))
}

function summarise(rows, durationMs) {
  const sums = { passed: 0, failed: 0, skipped: 0 }
  say('\n── summary')
  for (const row of rows) {
    for (const key of Object.keys(sums)) sums[key] += row[key]
    const counts = row.isTool
      ? ''
      : `${row.passed} passed, ${row.failed} failed${row.skipped > 0 ? `, ${row.skipped} skipped` : ''}`
    const mark = row.code === 0 ? '✓' : '✗'
    say(
      `  ${mark} ${row.name.padEnd(20)} ${formatDuration(row.durationMs).padStart(12)}   ${counts}`,
    )
  }
  const isGood = rows.length > 0 && rows.every((row) => row.code === 0)
  const bad = rows.filter((row) => row.code !== 0).map((row) => row.name)
  if (rows.length === 0) say('  nothing fits: no check was run')
  say(
    `\n${isGood ? 'All is well' : `Failed: ${bad.join(', ')}`}, after ${formatDuration(durationMs)}.`,
  )
  // A tool counts as one check, so that a failed linter never reads as "0 failed".
  say(`${sums.passed} passed, ${sums.failed} failed, ${sums.skipped} skipped`)
  return isGood ? 0 : 1
}

async function runTool(tool, tools) {
  const code = await run(tools.node, tool, tools.environment)
  return { isTool: true, code, passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 }
}

async function runTests(name, files, parallel, tools) {
  const folder = join(CACHE, 'tests')
  mkdirSync(folder, { recursive: true })
  const counts = join(folder, `${name.replaceAll(' ', '-')}.json`)
  const log = join(folder, `${name.replaceAll(' ', '-')}.log`)
  rmSync(counts, { force: true })
  const args = [
    '--test',
    `--test-timeout=${TEST_MS_MAX}`,
    `--test-concurrency=${parallel}`,
    '--test-reporter=./scripts/reporter.cjs',
    '--test-reporter-destination=stdout',
    '--test-reporter=spec',
    `--test-reporter-destination=${log}`,
    ...files,
  ]
  const code = await run(tools.node, args, { ...tools.environment, VIBLY_TEST_COUNTS: counts })
  const { passed, failed, skipped } = readCounts(counts)
  // A runner that dies or runs nothing has failed, whatever it counted.
  const isGood = code === 0 && failed === 0 && passed > 0
  return {
    isTool: false,
    code: isGood ? 0 : code || 1,
    passed,
    failed: isGood ? 0 : Math.max(failed, 1),
    skipped,
  }
}

function readCounts(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

/**
 * Runs in a group of its own where there are groups, so that a hung stage ends with its children.
 */
function run(binary, args, environment) {
  return new Promise((resolve) => {
    const hasGroups = process.platform !== 'win32'
    const child = spawn(binary, args, {
      cwd: ROOT,
      env: environment,
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: hasGroups,
    })
    const end = (signal) => {
      try {
        if (hasGroups) process.kill(-child.pid, signal)
        else child.kill(signal)
      } catch {
        // The group is gone already: that is what was wanted.
      }
    }
    let stoppedBy = null
    const stop = (signal) => {
      stoppedBy = signal
      end('SIGTERM')
      setTimeout(() => end('SIGKILL'), 5_000).unref()
    }
    const timer = setTimeout(() => {
      say(`  ✗ no end after ${formatDuration(STAGE_MS_MAX)}: ended`)
      end('SIGKILL')
    }, STAGE_MS_MAX)
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    for (const signal of signals) process.on(signal, stop)
    const finish = (code) => {
      clearTimeout(timer)
      for (const signal of signals) process.removeListener(signal, stop)
      end('SIGKILL')
      if (stoppedBy === null) resolve(code)
      else process.kill(process.pid, stoppedBy)
    }
    child.on('error', (error) => {
      say(`  ✗ ${binary} could not be started: ${error.message}`)
      finish(1)
    })
    child.on('exit', (code) => finish(code ?? 1))
  })
}

// A plain path, or every file below a folder with an ending, as in `folder/**/*.test.ts`.
function filesOf(pattern) {
  const [folder, ending] = pattern.split('/**/*')
  if (ending === undefined) return existsSync(join(ROOT, pattern)) ? [pattern] : []
  if (!existsSync(join(ROOT, folder))) return []
  return readdirSync(join(ROOT, folder), { recursive: true })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith(ending) && !path.includes('/node_modules/'))
}
