import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'

const SERVER_CPU = '0'
const LOAD_CPU = '1'
const hasTaskset = process.platform === 'linux' && spawnSync('taskset', ['-V']).status === 0
const PEERS = join(import.meta.dirname, 'chat-peers')

/** What the chat's own process tells about itself. */
export interface ServerReport {
  /** Delay of its event loop since the last report, ms. */
  readonly loopP99Ms: number
  /** Reads of chat files since it started. */
  readonly reads: number
  readonly sockets: number
}

/** A server under test, alone on its core where the system can do that. */
export interface Server {
  readonly port: number
  /** User and system time so far, ms. */
  cpuMs(): Promise<number>
  residentBytes(): Promise<number>
  report(): Promise<ServerReport>
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** Keeps this process off the server's core. */
export function pinLoad(): void {
  if (hasTaskset) spawnSync('taskset', ['-acp', LOAD_CPU, String(process.pid)])
}

export async function startVibly(directory: string, port = 0): Promise<Server> {
  const file = join(import.meta.dirname, 'chat-server.ts')
  return await start(process.execPath, [file, directory, String(port)])
}

/**
 * A server to compare with: a file of `chat-peers`, which are installed when first asked for. null: they
 * could not be, without a network say.
 */
export async function startPeer(name: 'ws' | 'socket-io' | 'bun'): Promise<Server | null> {
  const modules = join(PEERS, 'node_modules')
  if (name !== 'ws' && !existsSync(modules)) {
    const options = ['--no-audit', '--no-fund', '--no-package-lock', '--prefix', PEERS]
    const { status } = spawnSync('npm', ['install', ...options], { stdio: 'ignore' })
    if (status !== 0) return null
  }
  const runtime = name === 'bun' ? join(modules, '.bin', 'bun') : process.execPath
  const peer = await start(runtime, [join(PEERS, `${name}.js`)])
  // A peer tells nothing about itself.
  return { ...peer, report: async () => ({ loopP99Ms: 0, reads: 0, sockets: 0 }) }
}

async function start(command: string, args: readonly string[]): Promise<Server> {
  const [program, ...rest] = hasTaskset
    ? ['taskset', '-c', SERVER_CPU, command, ...args]
    : [command, ...args]
  const child = spawn(program ?? command, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)
  const port = Number(await nextLine(child, lines))
  const pid = child.pid ?? 0
  return {
    port,
    cpuMs: () => cpuMs(pid),
    residentBytes: () => residentBytes(pid),
    report: async () => {
      const line = nextLine(child, lines)
      child.stdin.write('\n')
      return JSON.parse(await line)
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
