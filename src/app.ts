import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Accounts,
  CHANNEL_COLLECTION,
  Channels,
  openAccounts,
  SESSION_COLLECTION,
  USER_COLLECTION,
} from './accounts/index.ts'
import {
  loadSecret,
  lockDataDir,
  nodeFileSystem,
  openDiskBlobs,
  openFileRecords,
} from './adapters/index.ts'
import { type Logger, Secret, systemClock, ViblyError } from './base/index.ts'
import type { Config } from './config.ts'
import { startDemo } from './demo.ts'
import { type BroadcastOptions, Live, openLibrary } from './live/index.ts'
import type { Blobs } from './ports/index.ts'
import {
  HTTP_SERVER_DEFAULTS,
  type HttpServer,
  RTMP_SERVER_DEFAULTS,
  startHttpServer,
  startRtmpServer,
} from './servers/index.ts'
import {
  type Ffmpeg,
  probeFfmpeg,
  probeTools,
  Slots,
  startTranscode,
  TRANSCODE_DEFAULTS,
} from './transcode/index.ts'

/** What the machine offers, as `main.ts` found it. */
export interface Machine {
  /** Folders to search for programs, as in PATH. */
  readonly searchPath: string
  readonly isRoot: boolean
  /** The built web app. */
  readonly webDir: string
}

/** Something that runs until it is closed. */
interface Closeable {
  close(): Promise<void>
}

/** A running Vibly. */
export interface App extends Closeable {
  readonly httpPort: number
  readonly rtmpPort: number
}

/** The people and what they own, opened without any server: for commands. */
export interface People extends Closeable {
  readonly accounts: Accounts
  readonly channels: Channels
  readonly dataDir: string
}

const HOUR_MS = 3_600_000

/**
 * Opens the data folder and everyone in it. Nothing listens.
 *
 * @throws ViblyError `data-dir.*` when the folder cannot be used or another server has it,
 *   `records.*` when a file is damaged: it is never overwritten.
 */
export async function openPeople(config: Config, logger: Logger): Promise<People> {
  const dir = await lockDataDir(config.dataDir, { logger })
  const opened: Closeable[] = [dir]
  try {
    const files = { fileSystem: nodeFileSystem }
    const given = config.secret === null ? null : new Secret(config.secret)
    const secret = await loadSecret(dir.path, given)
    const users = await openFileRecords(join(dir.path, 'users.json'), USER_COLLECTION, files)
    opened.push(users)
    const sessions = await openFileRecords(
      join(dir.path, 'sessions.json'),
      SESSION_COLLECTION,
      files,
    )
    opened.push(sessions)
    const records = await openFileRecords(
      join(dir.path, 'channels.json'),
      CHANNEL_COLLECTION,
      files,
    )
    opened.push(records)
    const accounts = await openAccounts(
      { users, sessions, secret, clock: systemClock, logger },
      {
        registration: config.registration,
        limits: config.limits,
        accessTokenMs: HOUR_MS / 4,
        sessionIdleMsMax: 30 * 24 * HOUR_MS,
        sessionAgeMsMax: 180 * 24 * HOUR_MS,
        hashesInFlightMax: 2,
        hashesWaitingMax: 64,
      },
    )
    const channels = new Channels({ users, channels: records })
    return { accounts, channels, dataDir: dir.path, close: () => closeInReverse(opened) }
  } catch (thrown) {
    await closeInReverse(opened)
    throw thrown
  }
}

/**
 * Joins all parts and starts listening: the only place that knows which adapter stands behind a port.
 * Resolves when RTMP and HTTP accept connections; on failure everything already opened is closed.
 */
export async function startApp(config: Config, machine: Machine, logger: Logger): Promise<App> {
  const opened: Closeable[] = []
  try {
    const ffmpeg = await probeFfmpeg({ path: config.ffmpeg, searchPath: machine.searchPath })
    const people = await openPeople(config, logger)
    opened.push(people)
    const blobs = await openDiskBlobs(join(people.dataDir, 'media'), { isSynced: false })
    const live = await openLive(config, machine, { blobs, ffmpeg, people }, logger)
    let rtmpPort: number | null = null
    const http = await startHttp(
      config,
      machine,
      { blobs, people, live, rtmpPort: () => rtmpPort },
      logger,
    )
    opened.push(http)
    const rtmp = await startRtmpServer(
      { publish: (request) => live.publish(request), clock: systemClock, logger },
      {
        ...RTMP_SERVER_DEFAULTS,
        host: config.host,
        port: config.rtmpPort,
        limits: config.limits,
      },
    )
    rtmpPort = rtmp.port
    // Closed in reverse: broadcasts end while encoders and viewers can still be told.
    opened.push(rtmp, live)
    if (config.demo) {
      opened.push(
        await startDemo(
          { accounts: people.accounts, clock: systemClock, logger },
          { ffmpegPath: ffmpeg.path, rtmpPort: rtmp.port },
        ),
      )
    }
    return { httpPort: http.port, rtmpPort: rtmp.port, close: () => closeInReverse(opened) }
  } catch (thrown) {
    await closeInReverse(opened)
    throw thrown
  }
}

/** Broadcasts and what they need: FFmpeg, its slots, the media folder, the right to publish. */
async function openLive(
  config: Config,
  machine: Machine,
  parts: { readonly blobs: Blobs; readonly ffmpeg: Ffmpeg; readonly people: People },
  logger: Logger,
): Promise<Live> {
  const { blobs, ffmpeg, people } = parts
  const wrapper = await probeTools(ffmpeg, machine)
  logger.info('FFmpeg found', {
    path: ffmpeg.path,
    version: ffmpeg.version,
    confined_by: wrapper.prefix.length > 0,
    missing_tools: wrapper.missing.join(', '),
  })
  const workDir = join(people.dataDir, 'work')
  await mkdir(workDir, { recursive: true, mode: 0o711 })
  const transcodeOptions = { ...TRANSCODE_DEFAULTS, preset: config['transcode.preset'], workDir }
  const options: BroadcastOptions = {
    idleMsMax: config['live.idleMsMax'],
    stallMsMax: config['live.stallMsMax'],
    ingestKbpsMax: config['live.ingestKbpsMax'],
    reconnectGraceMs: config['live.reconnectGraceMs'],
    segmentMs: config['hls.segmentMs'],
    partMs: config['hls.partMs'],
    windowMs: config['hls.windowMs'],
  }
  const live = new Live(
    {
      blobs,
      library: await openLibrary(blobs, logger),
      slots: new Slots({ slotsMax: config['transcode.slotsMax'] }),
      clock: systemClock,
      logger,
      authorise: async (key) => {
        const userId = await people.accounts.authoriseStreamKey(key)
        return userId === null ? null : await people.channels.get(userId)
      },
      startTranscode: (plan) =>
        startTranscode(plan, { ffmpeg, wrapper, clock: systemClock }, transcodeOptions),
    },
    options,
  )
  people.accounts.onStreamKeyRotated((userId) => {
    live.stopChannel(userId, new ViblyError('live.key-rotated'))
  })
  return live
}

async function startHttp(
  config: Config,
  machine: Machine,
  parts: {
    readonly blobs: Blobs
    readonly people: People
    readonly live: Live
    /** null: RTMP does not listen yet. */
    readonly rtmpPort: () => number | null
  },
  logger: Logger,
): Promise<HttpServer> {
  const { blobs, people, live, rtmpPort } = parts
  const metricsToken = config['metrics.token']
  return startHttpServer(
    {
      accounts: people.accounts,
      channels: people.channels,
      live,
      media: live,
      blobs,
      rtmpPort: () => rtmpPort() ?? config.rtmpPort,
      clock: systemClock,
      logger,
      findFaults: async () => (rtmpPort() === null ? ['RTMP does not listen yet'] : []),
      gauges: [
        {
          name: 'vibly_broadcasts',
          help: 'Broadcasts that run now',
          read: () => live.broadcastCount,
        },
        { name: 'vibly_viewers', help: 'People who watch now', read: () => live.viewerCount },
      ],
      addRoutes: () => undefined,
    },
    {
      ...HTTP_SERVER_DEFAULTS,
      host: config.host,
      port: config.httpPort,
      publicOrigin: config.publicUrl === null ? null : new URL(config.publicUrl).origin,
      trustedProxies: config.trustedProxies?.split(',').map((one) => one.trim()) ?? [],
      limits: config.limits,
      metricsToken: metricsToken === null ? null : new Secret(metricsToken),
      webDir: machine.webDir,
      targetDurationMs: config['hls.segmentMs'],
    },
  )
}

/** What was opened last is closed first, each once; the first failure is thrown when all are closed. */
async function closeInReverse(opened: Closeable[]): Promise<void> {
  const last = opened.pop()
  if (last === undefined) return
  try {
    await last.close()
  } finally {
    await closeInReverse(opened)
  }
}
