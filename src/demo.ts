import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { setPriority } from 'node:os'
import type { Accounts, Channels } from './accounts/index.ts'
import { type Clock, type Logger, pause, Secret, ViblyError } from './base/index.ts'
import { killGroup } from './transcode/index.ts'

export interface DemoDeps {
  readonly accounts: Accounts
  readonly channels: Channels
  readonly clock: Clock
  readonly logger: Logger
}

export interface DemoOptions {
  readonly ffmpegPath: string
  readonly rtmpPort: number
}

const USERNAME = 'demo'
const TITLE = 'A test picture, made by FFmpeg right now'
const RESTART_DELAY_MS = 2000

/**
 * Keeps a test picture live on the channel `demo`: an FFmpeg of its own publishes it over RTMP with
 * the channel's key, exactly as any encoder would.
 */
export async function startDemo(
  deps: DemoDeps,
  options: DemoOptions,
): Promise<{ close(): Promise<void> }> {
  const key = await demoKey(deps)
  const stop = new AbortController()
  const publishing = publishUntilStopped(key, deps, options, stop.signal)
  return {
    close: async () => {
      stop.abort()
      await publishing
    },
  }
}

/** The demo channel's key; its account is made at the first start, with a password nobody knows. */
async function demoKey({ accounts, channels }: DemoDeps): Promise<Secret> {
  const existing = await accounts.users.byName(USERNAME)
  if (existing !== null) return accounts.streamKey(existing.id)
  const created = await accounts.createUser(
    {
      email: `${USERNAME}@localhost.localdomain`,
      username: USERNAME,
      password: new Secret(randomBytes(24).toString('base64url')),
      displayName: 'Demo channel',
    },
    'user',
  )
  await channels.update(created.id, { title: TITLE })
  return accounts.streamKey(created.id)
}

async function publishUntilStopped(
  key: Secret,
  { clock, logger }: DemoDeps,
  options: DemoOptions,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const reason = await publishOnce(key, options, signal)
    if (signal.aborted) return
    logger.error('the demo channel stopped and is started again', reason)
    await pause(clock, RESTART_DELAY_MS, signal)
  }
}

/**
 * The key must stand in no file and on no command line, so FFmpeg reads it as a preset from a pipe.
 * It opens that by name, which works for the pipe of a shell, not for the socket that Node makes.
 */
const READ_PRESET_FROM_PIPE = 'cat | exec "$0" "$@"'

/** One FFmpeg, from start to end; says why it ended. */
async function publishOnce(
  key: Secret,
  options: DemoOptions,
  signal: AbortSignal,
): Promise<ViblyError> {
  const command = [options.ffmpegPath, ...demoArguments(options.rtmpPort)]
  const child = spawn('/bin/sh', ['-c', READ_PRESET_FROM_PIPE, ...command], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: {},
    detached: true,
  })
  // A start that failed shows by the missing pid.
  child.on('error', () => undefined)
  const { pid } = child
  if (pid === undefined) return new ViblyError('demo.ended', { exitCode: null, lastWords: '' })
  // An encoder like any other, which the server's own priority is not meant for.
  setPriority(pid, 0)
  // The shell and its FFmpeg together.
  const stop = (): void => killGroup(pid, 'SIGTERM')
  signal.addEventListener('abort', stop, { once: true })
  child.stdin.on('error', () => undefined)
  child.stdin.end(`rtmp_playpath=${key.reveal()}\n`)
  let lastWords = ''
  child.stderr.on('data', (data) => {
    lastWords = `${lastWords}${data}`.slice(-500)
  })
  const [exitCode] = await once(child, 'close')
  signal.removeEventListener('abort', stop)
  return new ViblyError('demo.ended', { exitCode, lastWords })
}

/** A moving test picture with a running clock, and a tone: 1280x720 at 30 fps, cheap to make. */
function demoArguments(rtmpPort: number): readonly string[] {
  return [
    ...['-hide_banner', '-loglevel', 'error', '-nostdin', '-re'],
    ...['-f', 'lavfi', '-i', 'testsrc2=size=1280x720:rate=30'],
    ...['-f', 'lavfi', '-i', 'sine=frequency=330:beep_factor=2:sample_rate=48000,volume=0.2'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p'],
    ...['-g', '60', '-keyint_min', '60', '-b:v', '2500k', '-maxrate', '2500k', '-bufsize', '2500k'],
    ...['-threads', '1', '-c:a', 'aac', '-b:a', '96k', '-ac', '2'],
    ...['-f', 'flv', '-fpre', '/dev/stdin', `rtmp://127.0.0.1:${rtmpPort}/live`],
  ]
}
