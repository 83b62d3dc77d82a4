// How set-up and checks speak to the person: one line a step, details in a log file.
import { spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
export const CACHE = join(ROOT, '.cache')
const LOG = join(CACHE, 'set-up.log')

/** A log larger than this starts anew. */
const LOG_BYTES_MAX = 4 * 1024 * 1024
/** Without a terminal, a long step says this often that it still goes on. */
const STILL_AT_WORK_MS = 15_000
/** How much of what a tool said is kept in memory, and how much of that is shown when it failed. */
const SAID_CHARACTERS_MAX = 64_000
const TAIL_LINES_MAX = 15

/**
 * The person has to do something; `message` says what, in full. `details` is a tool's own words.
 */
export class StopError extends Error {
  constructor(message, details = '') {
    super(message)
    this.details = details
  }
}

/** Ends the program over a fault: a sentence for what was foreseen, the stack for what was not. */
export function fail(error) {
  if (error instanceof StopError) {
    const details = error.details === '' ? '' : `\n${error.details}\n`
    process.stderr.write(`${details}\nvibly: ${error.message}\n`)
  } else {
    process.stderr.write(`${error?.stack ?? String(error)}\n`)
  }
  process.exit(1)
}

export function say(line) {
  process.stdout.write(`${line}\n`)
}

/** `8.4 s`, `2 min 05 s`. */
export function formatDuration(durationMs) {
  const seconds = durationMs / 1000
  if (seconds < 99.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
}

/** Does `work` under one line that counts its seconds; the line stays with the time it took. */
export async function step(label, work) {
  const startMs = performance.now()
  const isTerminal = process.stdout.isTTY === true
  const tick = () => {
    const elapsed = formatDuration(performance.now() - startMs)
    if (isTerminal) process.stdout.write(`\r\x1b[K  … ${label}  ${elapsed}`)
    else say(`  … ${label}, ${elapsed} so far`)
  }
  if (isTerminal) tick()
  else say(`  … ${label}`)
  const timer = setInterval(tick, isTerminal ? 500 : STILL_AT_WORK_MS)
  const done = (mark) => {
    clearInterval(timer)
    const line = `  ${mark} ${label}  ${formatDuration(performance.now() - startMs)}`
    process.stdout.write(isTerminal ? `\r\x1b[K${line}\n` : `${line}\n`)
  }
  try {
    const result = await work()
    done('✓')
    return result
  } catch (error) {
    done('✗')
    throw error
  }
}

/**
 * Runs a tool with its output in the log, not on the screen.
 *
 * @returns the exit code (127: it could not be started) and the last of what it printed, bounded:
 *   all that is kept in `said`, the last lines ready to be shown in `tail`.
 */
export function runLogged(binary, args, options = {}) {
  log(`\n$ ${[binary, ...args].join(' ')}\n`)
  return new Promise((resolve) => {
    let said = ''
    const child = spawn(binary, args, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
      ...options,
      env: { ...(options.env ?? process.env), NO_COLOR: '1' },
    })
    const keep = (chunk) => {
      const text = chunk.toString()
      log(text)
      said = (said + text).slice(-SAID_CHARACTERS_MAX)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', (error) => {
      log(`${error.message}\n`)
      resolve({ code: 127, said: error.message, tail: `    ${error.message}` })
    })
    child.on('close', (code) => {
      const lines = said.trimEnd().split('\n').slice(-TAIL_LINES_MAX)
      resolve({ code: code ?? 1, said, tail: lines.map((line) => `    ${line}`).join('\n') })
    })
  })
}

/** What a tool prints, for a question such as its version; null when it fails or is not there. */
export function ask(binary, args, options = {}) {
  return new Promise((resolve) => {
    let text = ''
    const child = spawn(binary, args, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 30_000,
      windowsHide: true,
      ...options,
    })
    child.stdout.on('data', (chunk) => {
      if (text.length < 1_000_000) text += chunk
    })
    child.stderr.resume()
    child.on('error', () => resolve(null))
    child.on('close', (code) => resolve(code === 0 ? text : null))
  })
}

export function logPlace() {
  return relative(process.cwd(), LOG)
}

function log(text) {
  mkdirSync(CACHE, { recursive: true })
  if ((statSync(LOG, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES_MAX) rmSync(LOG)
  appendFileSync(LOG, text)
}
