import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'

/** A real server in its own process, on free ports and a data folder of its own. */
export interface Vibly {
  readonly url: string
  readonly rtmpUrl: string
  readonly pid: number
  readonly dataDir: string
  /** The log so far, one parsed line each. */
  readonly log: readonly LogLine[]
  /** What it told whoever started it, beside the log, line by line. */
  readonly said: readonly string[]
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>
}

export type LogLine = Readonly<Record<string, unknown>>

/** A person who signed up, with what the API told them. */
export interface Streamer {
  readonly id: string
  readonly username: string
  readonly token: string
  readonly streamKey: string
}

/**
 * Starts `src/main.ts serve` and waits for its `ready` line.
 *
 * @param environment settings; `VIBLY_DATA_DIR` to start again on the data of an earlier one.
 */
export async function startVibly(
  environment: Readonly<Record<string, string>> = {},
): Promise<Vibly> {
  const dataDir = environment['VIBLY_DATA_DIR'] ?? (await mkdtemp(join(tmpdir(), 'vibly-test-')))
  const child = spawn(process.execPath, ['src/main.ts', 'serve'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      VIBLY_HOST: '127.0.0.1',
      VIBLY_HTTP_PORT: '0',
      VIBLY_RTMP_PORT: '0',
      VIBLY_LIMITS: 'off',
      // Measuring this machine would slow down every other test on it.
      VIBLY_TRANSCODE_PRESET: 'superfast',
      // On a busy machine a test must not lose what it looks at.
      VIBLY_TRANSCODE_WHEN_BEHIND: 'wait',
      ...environment,
      VIBLY_DATA_DIR: dataDir,
    },
  })
  const log: LogLine[] = []
  const said: string[] = []
  child.stderr.pipe(process.stderr, { end: false })
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line))
  const ready = await readUntilReady(child, log)
  const httpPort = Number(ready['http_port'])
  const rtmpPort = Number(ready['rtmp_port'])
  const gone = once(child, 'exit')
  return {
    url: `http://127.0.0.1:${httpPort}`,
    rtmpUrl: `rtmp://127.0.0.1:${rtmpPort}/live`,
    pid: child.pid ?? assert.fail('the server has no pid'),
    dataDir,
    log,
    said,
    stop: async () => {
      child.kill('SIGTERM')
      await gone
      return child.exitCode
    },
    kill: async () => {
      child.kill('SIGKILL')
      await gone
    },
  }
}

/** Starts a server that was stopped or killed again: same data, same ports. */
export function startAgain(
  vibly: Vibly,
  environment: Readonly<Record<string, string>> = {},
): Promise<Vibly> {
  return startVibly({
    ...environment,
    VIBLY_DATA_DIR: vibly.dataDir,
    VIBLY_HTTP_PORT: new URL(vibly.url).port,
    VIBLY_RTMP_PORT: new URL(vibly.rtmpUrl).port,
  })
}

const signInForm = z.object({
  token: z.string(),
  stream_key: z.string().regex(/^live_/),
  user: z.object({ id: z.string(), username: z.string() }),
})

/** Stops the server and forgets its data. */
export async function dispose(vibly: Vibly): Promise<void> {
  await vibly.stop()
  await rm(vibly.dataDir, { recursive: true, force: true })
}

/** Registers a streamer over the API. */
export function signUp(vibly: Vibly, username: string): Promise<Streamer> {
  return enter(`${vibly.url}/api/auth/register`, { ...credentialsOf(username), username }, 201)
}

/** Again, for another access token: each lasts 15 min. */
export function signIn(vibly: Vibly, username: string): Promise<Streamer> {
  return enter(`${vibly.url}/api/auth/login`, credentialsOf(username), 200)
}

function credentialsOf(username: string) {
  return { email: `${username}@example.org`, password: `a long phrase of ${username}` }
}

async function enter(url: string, form: object, status: number): Promise<Streamer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(form),
  })
  const text = await response.text()
  assert.equal(response.status, status, text)
  const { user, token, stream_key: streamKey } = signInForm.parse(JSON.parse(text))
  return { id: user.id, username: user.username, token, streamKey }
}

/**
 * Asks `attempt` until it gives something that is not null; fails with `what` after `timeoutMs`.
 * For waiting on the outside world; never a fixed sleep. The default is long, for machines that are
 * busy with other things, on which a recording is finished with what they leave: only a failure
 * takes it.
 */
export async function eventually<T>(
  what: string,
  attempt: () => Promise<T | null> | T | null,
  timeoutMs = 180_000,
): Promise<T> {
  const deadlineMs = performance.now() + timeoutMs
  for (;;) {
    const found = await attempt()
    if (found !== null) return found
    if (performance.now() > deadlineMs) assert.fail(`waited ${timeoutMs} ms in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function readUntilReady(child: ChildProcess, log: LogLine[]): Promise<LogLine> {
  assert.ok(child.stdout)
  const lines = createInterface({ input: child.stdout })
  return new Promise((resolve, reject) => {
    lines.on('line', (text) => {
      if (!text.startsWith('{')) return
      const line: LogLine = JSON.parse(text)
      log.push(line)
      if (line['msg'] === 'ready') resolve(line)
    })
    child.once('exit', (code) => {
      reject(new Error(`the server ended with ${code} before it was ready: ${JSON.stringify(log)}`))
    })
  })
}
