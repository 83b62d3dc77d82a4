import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'

const SERVER_CPU = '0'
const LOAD_CPU = '1'
const hasTaskset = process.platform === 'linux' && spawnSync('taskset', ['-V']).status === 0

/** A server under test in a process of its own, alone on its core where the system can do that. */
export interface MeasuredProcess {
  readonly pid: number
  /** User and system time so far, ms. */
  cpuMs(): Promise<number>
  residentBytes(): Promise<number>
  /** The next line of its standard output. */
  nextLine(): Promise<string>
  /** Writes an empty line to it and gives the line that it answers. */
  ask(): Promise<string>
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** Keeps this process off the server's core. */
export function pinLoad(): void {
  if (hasTaskset) spawnSync('taskset', ['-acp', LOAD_CPU, String(process.pid)])
}

/**
 * Makes sure that the packages of a folder beside the benchmarks are there: installed when first
 * asked for, no part of the product. Says whether they are; without a network they may not be.
 */
export function installPeers(folder: string): boolean {
  if (existsSync(join(folder, 'node_modules'))) return true
  const options = ['--no-audit', '--no-fund', '--no-package-lock']
  return (
    spawnSync('npm', ['install', ...options, '--prefix', folder], { stdio: 'ignore' }).status === 0
  )
}

export function startMeasured(command: string, args: readonly string[]): MeasuredProcess {
  const [program, ...rest] = hasTaskset
    ? ['taskset', '-c', SERVER_CPU, command, ...args]
    : [command, ...args]
  const child = spawn(program ?? command, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)
  const pid = child.pid ?? 0
  return {
    pid,
    cpuMs: () => cpuMs(pid),
    residentBytes: () => residentBytes(pid),
    nextLine: () => nextLine(child, lines),
    ask: async () => {
      const line = nextLine(child, lines)
      child.stdin.write('\n')
      return await line
    },
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill(signal)
      await gone
    },
  }
}

async function nextLine(child: ChildProcess, lines: Interface): Promise<string> {
  const stop = new AbortController()
  const died = once(child, 'exit', { signal: stop.signal }).then(() => {
    throw new TypeError('the server under test has ended')
  })
  try {
    const [line] = await Promise.race([once(lines, 'line', { signal: stop.signal }), died])
    return String(line)
  } finally {
    died.catch(() => undefined)
    stop.abort()
  }
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024
}

/**
 * What all programs took of all cores so far, ms; interrupts left out, since most of them are the
 * benchmark's own packets. proc(5).
 */
export async function machineCpuMs(): Promise<number> {
  const stat = await readFile('/proc/stat', 'utf8').catch(() => '')
  const [, user = '0', nice = '0', system = '0'] = stat.slice(0, stat.indexOf('\n')).split(/\s+/)
  return (Number(user) + Number(nice) + Number(system)) * 10
}

/** From /proc, in clock ticks of 10 ms. */
async function cpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10
}
