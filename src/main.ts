import { flushCompileCache } from 'node:module'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { DestinationStream } from 'pino'
import pretty from 'pino-pretty'
import { type App, type Machine, makeFolder, openMedia, openPeople, startApp } from './app/index.ts'
import {
  asViblyError,
  type ChannelId,
  createLogger,
  type Logger,
  ViblyError,
} from './base/index.ts'
import { CHECK_HELP, runCheckCommand } from './check-command.ts'
import { type Config, flagName, loadConfig, settingNames } from './config.ts'
import { runDoctor } from './doctor.ts'
import { REBUILD_HELP, runRebuildCommand } from './rebuild-command.ts'
import { openWorkerGroups, probeFfmpeg, probeTools } from './transcode/index.ts'
import { parseUserCommand, runUserCommand, USER_HELP } from './user-command.ts'

const SERVER_NICENESS = -10
/** SIGTERM must end in 10 s; what is not closed by then will not be. */
const CLOSE_MS_MAX = 9000

const HELP = `Vibly, a live platform of your own.

  npm start                  set up and go live with a demo channel
  npm run serve              set up and serve
  npm run vibly -- COMMAND   one of:

  serve [--demo]    serve pages, API, chat and HLS, and take RTMP
  doctor            check this machine and say what to do
  check URL         judge an HLS stream, ours or any other, against the standard
  user ...          create, list, reset-password: people, while no server runs
  rebuild           make playlists and records of broadcasts anew from what is on disk, while no server runs

Every setting of docs/CONFIG.md is a flag of all of them: --http-port 9000, --data-dir /srv/vibly.
`

const SERVE_HELP = `vibly serve [--demo] [--SETTING VALUE ...]

Serves until SIGTERM or SIGINT. The log line "ready" tells both ports.
  --demo    a test picture is live on the channel "demo"
Settings: docs/CONFIG.md, each as a flag, for example --http-port 9000.
`

const DOCTOR_HELP = `vibly doctor [--SETTING VALUE ...]

Checks Node, FFmpeg, ports, disk space and the data folder, one line each, and says what to do.
Exits with 1 when Vibly could not run here.
`

try {
  process.exitCode = await runCommand(process.argv.slice(2))
} catch (thrown) {
  const fault = asViblyError(thrown)
  process.stderr.write(`${fault.message} (${fault.code})\n`)
  if (fault.code === 'base.bug') process.stderr.write(`${String(fault.cause)}\n`)
  process.exitCode = 1
}

/** Resolves with the exit code. */
async function runCommand(argv: readonly string[]): Promise<number> {
  const [command = 'help', ...rest] = argv
  const { flags, words, isHelp, isAdmin, isJson, seconds } = parseFlags(rest)
  switch (command) {
    case 'serve':
      return isHelp ? print(SERVE_HELP) : await serve(loadConfig(flags))
    case 'doctor':
      return isHelp ? print(DOCTOR_HELP) : await examine(loadConfig(flags))
    case 'check':
      return isHelp ? print(CHECK_HELP) : await runCheckCommand(words, { seconds, isJson }, print)
    case 'user':
      return isHelp ? print(USER_HELP) : await editPeople(words, loadConfig(flags), isAdmin)
    case 'rebuild':
      return isHelp ? print(REBUILD_HELP) : await rebuild(words, loadConfig(flags))
    case 'help':
    case '--help':
    case '-h':
      return print(HELP)
    default:
      throw new ViblyError('command.unknown', { command })
  }
}

/** Runs until a signal asks it to stop. */
async function serve(config: Config): Promise<number> {
  const logger = createLogger(config['log.level'], logDestination())
  keepServing(logger)
  goFirst()
  const stopped = new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve)
    process.once('SIGINT', resolve)
  })
  const app = await startApp(config, findMachine(), logger)
  const { httpPort, rtmpPort } = app
  logger.info('ready', { http_port: httpPort, rtmp_port: rtmpPort })
  greet(config, app)
  // Now, since a server that is killed would leave nothing for the next start.
  flushCompileCache()
  await stopped
  logger.info('stopping')
  const lateness = setTimeout(() => {
    logger.error('not everything could be closed in time', new ViblyError('command.close-late'))
    process.exit(1)
  }, CLOSE_MS_MAX)
  await app.close()
  clearTimeout(lateness)
  logger.info('stopped')
  // Everything is closed: nothing that still holds the loop may hold whoever waits for the end.
  process.exit(0)
}

/**
 * Pages, chat and playlists go before whatever else keeps the machine busy: they need little, but
 * at once. Only root may ask for that; everybody else is treated like all others. [X20]
 */
function goFirst(): void {
  try {
    setPriority(SERVER_NICENESS)
  } catch {
    return
  }
}

async function examine(config: Config): Promise<number> {
  const { searchPath, isRoot } = findMachine()
  const isHealthy = await runDoctor(
    {
      probeFfmpeg: () => probeFfmpeg({ path: config.ffmpeg, searchPath }),
      missingTools: async (ffmpeg) => (await probeTools(ffmpeg, { searchPath, isRoot })).missing,
      groupsVersion: async () => (await openWorkerGroups())?.version ?? null,
      makeFolder,
    },
    {
      nodeVersion: process.versions.node,
      dataDir: config.dataDir,
      host: config.host,
      ports: [
        { name: 'HTTP', port: config.httpPort },
        { name: 'RTMP', port: config.rtmpPort },
      ],
      searchPath,
    },
    (line) => process.stdout.write(`${line}\n`),
  )
  return isHealthy ? 0 : 1
}

async function editPeople(
  words: readonly string[],
  config: Config,
  isAdmin: boolean,
): Promise<number> {
  const command = parseUserCommand(words)
  const people = await openPeople(config, createLogger('warn', process.stderr))
  try {
    await runUserCommand(command, { isAdmin }, people.accounts, (line) => {
      process.stdout.write(`${line}\n`)
    })
    return 0
  } finally {
    await people.close()
  }
}

async function rebuild(words: readonly string[], config: Config): Promise<number> {
  if (words.length > 0) {
    throw new ViblyError('command.invalid', { reason: 'rebuild takes settings and nothing else' })
  }
  const people = await openPeople(config, createLogger('warn', process.stderr))
  try {
    const channelExists = async (id: ChannelId) => (await people.channels.get(id)) !== null
    const isSound = await runRebuildCommand(
      { blobs: await openMedia(people, { isSynced: true }), channelExists },
      { segmentMs: config['hls.segmentMs'] },
      (line) => process.stdout.write(`${line}\n`),
    )
    return isSound ? 0 : 1
  } finally {
    await people.close()
  }
}

/**
 * A bug in one place must not end what all others watch: it is logged, and the server goes on.
 * [W34] So it does when nobody reads the log any more: that is told to nobody, least of all to the
 * log.
 */
function keepServing(logger: Logger): void {
  process.stdout.on('error', () => undefined)
  process.stderr.on('error', () => undefined)
  process.on('uncaughtException', (thrown) => logger.error('a bug was caught at the last', thrown))
}

/** For people at a terminal in colour, for everything else one JSON object a line. */
function logDestination(): DestinationStream {
  return process.stdout.isTTY
    ? pretty({ ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss' })
    : process.stdout
}

/** The link for the first administrator is shown here alone: never in the log. [W04] */
function greet(config: Config, { httpPort, rtmpPort, firstAdmin }: App): void {
  const pages = config.publicUrl ?? `http://localhost:${httpPort}`
  const { hostname } = new URL(pages)
  process.stderr.write(
    [
      '',
      config.demo ? `  Watch:   ${pages}/demo` : `  Home:    ${pages}/`,
      `  Stream:  rtmp://${hostname}:${rtmpPort}/live   your key: ${pages}/studio`,
      ...(firstAdmin === null
        ? []
        : [`  Admin:   ${pages}/first-admin#${firstAdmin.reveal()}   (works once)`]),
      '',
      '',
    ].join('\n'),
  )
}

function findMachine(): Machine {
  return {
    searchPath: process.env['PATH'] ?? '',
    isRoot: process.getuid?.() === 0,
    webDir: join(import.meta.dirname, '..', 'web', 'dist'),
  }
}

function parseFlags(argv: readonly string[]): {
  readonly flags: ReadonlyMap<string, string>
  readonly words: readonly string[]
  readonly isHelp: boolean
  readonly isAdmin: boolean
  readonly isJson: boolean
  readonly seconds: string | undefined
} {
  const { values, positionals } = parseOrRefuse(argv)
  const { help, admin, json, seconds, ...settings } = values
  const flags = new Map<string, string>()
  for (const [name, value] of Object.entries(settings)) {
    flags.set(name, value === true ? 'on' : String(value))
  }
  return {
    flags,
    words: positionals,
    isHelp: help === true,
    isAdmin: admin === true,
    isJson: json === true,
    seconds: typeof seconds === 'string' ? seconds : undefined,
  }
}

function parseOrRefuse(argv: readonly string[]) {
  const options: Record<string, { readonly type: 'string' | 'boolean' }> = {}
  for (const name of settingNames()) options[flagName(name)] = { type: 'string' }
  for (const name of ['demo', 'admin', 'json', 'help']) options[name] = { type: 'boolean' }
  options['seconds'] = { type: 'string' }
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true })
  } catch (cause) {
    // Its second sentence is about "--", which no command here needs.
    const [reason = ''] = (cause instanceof Error ? cause.message : String(cause)).split('. ')
    throw new ViblyError('command.invalid', { reason }, cause)
  }
}

function print(text: string): number {
  process.stdout.write(text)
  return 0
}
