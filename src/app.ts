import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import {
  type Accounts,
  CHANNEL_COLLECTION,
  Channels,
  type Collection,
  openAccounts,
  Registrations,
  SESSION_COLLECTION,
  SITE_COLLECTION,
  TICKET_COLLECTION,
  USER_COLLECTION,
} from './accounts/index.ts'
import {
  FILE_LOG_DEFAULTS,
  type FileRecords,
  loadSecret,
  lockDataDir,
  nodeFileSystem,
  openDiskBlobs,
  openFileLog,
  openFileRecords,
  readDiskSpace,
} from './adapters/index.ts'
import {
  type Logger,
  Secret,
  systemClock,
  type UserId,
  ViblyError,
  watchLoop,
} from './base/index.ts'
import {
  BOT_TOKEN_COLLECTION,
  BotTokens,
  CHAT_DEFAULTS,
  Chat,
  Emotes,
  FOLLOW_COLLECTION,
  Follows,
  type Speaker,
} from './chat/index.ts'
import { type Config, tellSettings } from './config.ts'
import { startDemo } from './demo.ts'
import { type Archive, type BroadcastOptions, Live, openArchive } from './live/index.ts'
import { videoFourCcOf } from './media/index.ts'
import type { Blobs } from './ports/index.ts'
import {
  addChatRoutes,
  CHAT_SERVER_DEFAULTS,
  createAddressOf,
  createChatIdentity,
  findSpeaker,
  HTTP_SERVER_DEFAULTS,
  type HttpServer,
  LoadMeter,
  type Operator,
  RTMP_SERVER_DEFAULTS,
  startChatServer,
  startHealthFeed,
  startHttpServer,
  startRtmpServer,
  tellViewers,
} from './servers/index.ts'
import {
  type Ffmpeg,
  openTranscoder,
  probeFfmpeg,
  type Slots,
  type Transcoder,
} from './transcode/index.ts'

/** As the doctor tries whether the data folder can be made. */
export { makeFolder } from './adapters/index.ts'

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
  /** For the link by which the first administrator signs up; null: there is one. Shown once. */
  readonly firstAdmin: Secret | null
}

/** The people and what they own, opened without any server: for commands. */
export interface People extends Closeable {
  readonly accounts: Accounts
  readonly registrations: Registrations
  readonly channels: Channels
  readonly dataDir: string
}

/** Everything that people say something with. */
interface Talk extends Closeable {
  readonly chat: Chat
  readonly follows: Follows
  readonly tokens: BotTokens
  readonly emotes: Emotes
  speaker(userId: UserId, scopes?: readonly string[] | null): Promise<Speaker | null>
}

const HOUR_MS = 3_600_000
/** An access token is good for a quarter of an hour; a sign-in for a month unused, half a year in all. */
const SIGN_IN = {
  accessTokenMs: HOUR_MS / 4,
  sessionIdleMsMax: 30 * 24 * HOUR_MS,
  sessionAgeMsMax: 180 * 24 * HOUR_MS,
  // argon2 runs on Node's four threads for files: two stay free for the disk.
  hashesInFlightMax: 2,
  hashesWaitingMax: 64,
} as const
/** What can be kept among a channel's settings. */
const jsonObject = z.record(z.string(), z.json())

/**
 * Opens the data folder and everyone in it. Nothing listens.
 *
 * @throws ViblyError `data-dir.*` when the folder cannot be used or another server has it,
 *   `records.*` when a file is damaged: it is never overwritten.
 */
export async function openPeople(config: Config, logger: Logger): Promise<People> {
  await using opened = new AsyncDisposableStack()
  const dir = opened.adopt(await lockDataDir(config.dataDir, { logger }), close)
  const given = config.secret === null ? null : new Secret(config.secret)
  const secret = await loadSecret(dir.path, given)
  const users = opened.adopt(await openRecords(dir.path, 'users', USER_COLLECTION), close)
  const sessions = opened.adopt(await openRecords(dir.path, 'sessions', SESSION_COLLECTION), close)
  const records = opened.adopt(await openRecords(dir.path, 'channels', CHANNEL_COLLECTION), close)
  const tickets = opened.adopt(await openRecords(dir.path, 'tickets', TICKET_COLLECTION), close)
  const site = opened.adopt(await openRecords(dir.path, 'site', SITE_COLLECTION), close)
  const accounts = await openAccounts(
    { users, sessions, secret, clock: systemClock, logger },
    { ...SIGN_IN, limits: config.limits },
  )
  const registrations = new Registrations(
    { accounts, tickets, site, clock: systemClock },
    { registration: config.registration },
  )
  const channels = new Channels({ users, channels: records })
  const kept = opened.move()
  const dataDir = dir.path
  return { accounts, registrations, channels, dataDir, close: () => kept.disposeAsync() }
}

/**
 * What was broadcast, opened without any server; held as `people` hold the data folder.
 *
 * @throws ViblyError `data-dir.unusable`
 */
export function openMedia({ dataDir }: Pick<People, 'dataDir'>): Promise<Blobs> {
  return openDiskBlobs(join(dataDir, 'media'), { isSynced: true })
}

/**
 * Joins all parts and starts listening: the only place that knows which adapter stands behind a port.
 * Resolves when RTMP and HTTP accept connections; on failure everything already opened is closed.
 */
export async function startApp(config: Config, machine: Machine, logger: Logger): Promise<App> {
  await using opened = new AsyncDisposableStack()
  opened.adopt(watchLoop({ clock: systemClock, logger }), close)
  const ffmpeg = await probeFfmpeg({ path: config.ffmpeg, searchPath: machine.searchPath })
  const people = opened.adopt(await openPeople(config, logger), close)
  const talk = opened.adopt(await openTalk(config, people, logger), close)
  const blobs = await openDiskBlobs(join(people.dataDir, 'media'), { isSynced: false })
  const transcoder = await openTranscoder(
    { ffmpeg, searchPath: machine.searchPath, isRoot: machine.isRoot, clock: systemClock, logger },
    {
      preset: config['transcode.preset'],
      slotsMax: config['transcode.slotsMax'],
      whenBehind: config['transcode.whenBehind'],
      dataDir: people.dataDir,
    },
  )
  opened.adopt(transcoder, close)
  const stored = { blobs, ffmpeg, slots: transcoder.slots, dataDir: people.dataDir }
  // Closed after what is live: what ends at the last moment is still finished, if that is quick.
  const archive = opened.adopt(await openPast(config, machine, stored, logger), close)
  const livedOn = { blobs, archive, transcoder, people, talk }
  const live = await openLive(config, livedOn, logger)
  let rtmpPort: number | null = null
  const operator = openOperator(config, { archive, slots: transcoder.slots }, opened)
  const parts = { blobs, people, talk, live, archive, operator, rtmpPort: () => rtmpPort }
  const http = opened.adopt(await startHttp(config, machine, parts, logger), close)
  opened.adopt(startChat(config, people, talk, http, logger), close)
  const tell = (id: UserId, health: object): void => talk.chat.tellHealth(id, health)
  opened.adopt(startHealthFeed({ live, tell, clock: systemClock, logger }), close)
  const rtmp = await startRtmpServer(
    { publish: (request) => live.publish(request), clock: systemClock, logger },
    {
      ...RTMP_SERVER_DEFAULTS,
      host: config.host,
      port: config.rtmpPort,
      limits: config.limits,
      rtmp: { ...RTMP_SERVER_DEFAULTS.rtmp, videoFourCcs: fourCcsOf(transcoder) },
    },
  )
  opened.adopt(rtmp, close)
  rtmpPort = rtmp.port
  // Closed first of all: broadcasts end while encoders and viewers can still be told.
  opened.adopt(live, close)
  if (config.demo) {
    const { accounts, channels } = people
    const demoDeps = { accounts, channels, clock: systemClock, logger }
    const demo = await startDemo(demoDeps, { ffmpegPath: ffmpeg.path, rtmpPort: rtmp.port })
    opened.adopt(demo, close)
  }
  const firstAdmin = await people.registrations.offerFirstAdmin()
  const kept = opened.move()
  const ports = { httpPort: http.port, rtmpPort: rtmp.port }
  return { ...ports, firstAdmin, close: () => kept.disposeAsync() }
}

/** The chat with its files, and what else people say with: follows, tokens of bots. */
async function openTalk(config: Config, people: People, logger: Logger): Promise<Talk> {
  await using opened = new AsyncDisposableStack()
  const { dataDir, accounts, channels } = people
  const followed = opened.adopt(await openRecords(dataDir, 'follows', FOLLOW_COLLECTION), close)
  const issued = opened.adopt(await openRecords(dataDir, 'tokens', BOT_TOKEN_COLLECTION), close)
  const logDeps = { clock: systemClock, logger }
  const logOptions = { ...FILE_LOG_DEFAULTS, directory: dataDir }
  const log = await openFileLog(logDeps, { ...logOptions, prefix: 'chat_' })
  opened.adopt(log, close)
  const moderationLog = await openFileLog(logDeps, { ...logOptions, prefix: 'moderation_' })
  opened.adopt(moderationLog, close)

  const follows = new Follows(followed, systemClock)
  const speaker = (userId: UserId, scopes: readonly string[] | null = null) =>
    findSpeaker(accounts, userId, scopes)
  const chat = new Chat(
    {
      log,
      moderationLog,
      clock: systemClock,
      logger,
      speaker,
      channelExists: async (id) => (await channels.get(id)) !== null,
      settingsOf: async (id) => (await channels.get(id))?.settings ?? {},
      saveSettings: async (id, settings) => {
        await channels.update(id, { settings: jsonObject.parse(settings) })
      },
      followedSinceMs: (id, userId) => follows.sinceMs(id, userId),
    },
    { ...CHAT_DEFAULTS, limits: config.limits },
  )
  opened.adopt(chat, close)
  const tokens = new BotTokens(issued, systemClock)
  const emotes = new Emotes(await openDiskBlobs(join(dataDir, 'emotes'), { isSynced: true }))
  const kept = opened.move()
  return { chat, follows, tokens, emotes, speaker, close: () => kept.disposeAsync() }
}

/** Takes chat sockets at the HTTP server's address. */
function startChat(
  config: Config,
  people: People,
  talk: Talk,
  http: HttpServer,
  logger: Logger,
): Closeable {
  const identity = createChatIdentity(people.accounts, talk.tokens, {
    publicOrigin: originOf(config),
  })
  const server = startChatServer(
    {
      ...identity,
      chat: talk.chat,
      speaker: talk.speaker,
      addressOf: createAddressOf(proxiesOf(config)),
      clock: systemClock,
      logger,
    },
    { ...CHAT_SERVER_DEFAULTS, limits: config.limits },
  )
  http.server.on('upgrade', (request, socket, head) => server.upgrade(request, socket, head))
  return server
}

/** What was broadcast before, and what finishes, limits and removes it. */
function openPast(
  config: Config,
  machine: Machine,
  parts: {
    readonly blobs: Blobs
    readonly ffmpeg: Ffmpeg
    readonly slots: Slots
    readonly dataDir: string
  },
  logger: Logger,
): Promise<Archive> {
  const { blobs, ffmpeg, slots, dataDir } = parts
  const limitOf = (value: number, unit: number) => (value === 0 ? null : value * unit)
  const readSpace = () => readDiskSpace(join(dataDir, 'media'))
  return openArchive(
    { blobs, ffmpeg, slots, machine, clock: systemClock, logger, readDiskSpace: readSpace },
    {
      workDir: join(dataDir, 'work', 'recordings'),
      retention: {
        ageMsMax: limitOf(config['retention.ageDaysMax'], 24 * HOUR_MS),
        bytesMax: limitOf(config['retention.totalMbMax'], 1e6),
        channelBytesMax: limitOf(config['retention.channelMbMax'], 1e6),
      },
    },
  )
}

/** Broadcasts and what they need: FFmpeg, its slots, the media folder, the right to publish. */
async function openLive(
  config: Config,
  parts: {
    readonly blobs: Blobs
    readonly archive: Archive
    readonly transcoder: Transcoder
    readonly people: People
    readonly talk: Talk
  },
  logger: Logger,
): Promise<Live> {
  const { blobs, archive, transcoder, people, talk } = parts
  const { library, space, recordings } = archive
  const options: BroadcastOptions = {
    idleMsMax: config['live.idleMsMax'],
    stallMsMax: config['live.stallMsMax'],
    ingestKbpsMax: config['live.ingestKbpsMax'],
    reconnectGraceMs: config['live.reconnectGraceMs'],
    segmentMs: config['hls.segmentMs'],
    partMs: config['hls.partMs'],
    windowMs: config['hls.windowMs'],
    recording: config['recording.mode'],
  }
  const live = new Live(
    {
      blobs,
      library,
      space,
      recordings,
      slots: transcoder.slots,
      clock: systemClock,
      logger,
      authorise: async (key) => {
        const userId = await people.accounts.authoriseStreamKey(key)
        return userId === null ? null : await people.channels.get(userId)
      },
      videoCodecs: transcoder.videoCodecs,
      onStatus: (broadcast, status) => tellViewers(talk.chat, broadcast, status, logger),
    },
    options,
  )
  await live.resume()
  await recordings.resume()
  people.accounts.onDisabled((userId) => {
    talk.tokens.silence(userId).catch((thrown: unknown) => {
      logger.error('the programs of a user could not be shut out', thrown, { user_id: userId })
    })
  })
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
    readonly talk: Talk
    readonly live: Live
    readonly archive: Archive
    readonly operator: Operator
    /** null: RTMP does not listen yet. */
    readonly rtmpPort: () => number | null
  },
  logger: Logger,
): Promise<HttpServer> {
  const { blobs, people, talk, live, archive, operator, rtmpPort } = parts
  const metricsToken = config['metrics.token']
  return startHttpServer(
    {
      accounts: people.accounts,
      registrations: people.registrations,
      operator,
      channels: people.channels,
      live,
      media: live,
      blobs,
      channelChanged: (id) => talk.chat.reloadRules(id),
      rtmpPort: () => rtmpPort() ?? config.rtmpPort,
      clock: systemClock,
      logger,
      findFaults: async () => [
        ...(rtmpPort() === null ? ['RTMP does not listen yet'] : []),
        ...(archive.space.level === 'full' ? ['the disk is full, nobody new may publish'] : []),
        ...(await findStorageFaults(people.dataDir)),
      ],
      gauges: [
        {
          name: 'vibly_broadcasts',
          help: 'Broadcasts that run now',
          read: () => live.broadcastCount,
        },
        {
          name: 'vibly_disk_free_bytes',
          help: 'Bytes that are free where media is kept; -1: unknown',
          read: () => archive.space.disk?.bytesFree ?? -1,
        },
        {
          name: 'vibly_media_bytes',
          help: 'Bytes that broadcasts take, as last measured',
          read: () => archive.retention.mediaBytes,
        },
        { name: 'vibly_viewers', help: 'People who watch now', read: () => live.viewerCount },
      ],
      addRoutes: (app, context) => addChatRoutes(app, context, talk),
    },
    {
      ...HTTP_SERVER_DEFAULTS,
      host: config.host,
      port: config.httpPort,
      publicOrigin: originOf(config),
      trustedProxies: proxiesOf(config),
      limits: config.limits,
      metricsToken: metricsToken === null ? null : new Secret(metricsToken),
      webDir: machine.webDir,
      embedOrigins: config.embedOrigins,
      targetDurationMs: config['hls.segmentMs'],
    },
  )
}

/** What administrators are told of the server; what measures is closed with all else. */
function openOperator(
  config: Config,
  { archive, slots }: { readonly archive: Archive; readonly slots: Slots },
  opened: AsyncDisposableStack,
): Operator {
  const meter = opened.adopt(new LoadMeter(), close)
  return {
    load: () => meter.read(),
    slots: () => ({ taken: slots.taken, max: config['transcode.slotsMax'] }),
    disk: () => archive.space.disk,
    storage: () => archive.retention.bytesByChannel(),
    limits: tellSettings(config),
  }
}

/** Writes a byte where everything is kept: nothing else tells whether it can be done. */
async function findStorageFaults(dataDir: string): Promise<readonly string[]> {
  try {
    await writeFile(join(dataDir, 'work', 'ready'), '1', { mode: 0o600 })
    return []
  } catch (thrown) {
    return [`the data folder cannot be written (${String(thrown)})`]
  }
}

/** What this server tells encoders that it takes: what its FFmpeg can read. [R17] */
function fourCcsOf({ videoCodecs }: Transcoder): readonly string[] {
  return videoCodecs.map(videoFourCcOf).filter((fourCc) => fourCc !== null)
}

/** Scheme, host and port that browsers see; null: as they ask. */
function originOf(config: Config): string | null {
  return config.publicUrl === null ? null : new URL(config.publicUrl).origin
}

/** Whose word on addresses counts. */
function proxiesOf(config: Config): readonly string[] {
  return config.trustedProxies?.split(',').map((one) => one.trim()) ?? []
}

/** One kind of record in its file of the data folder. */
function openRecords<T extends { readonly id: string }>(
  dataDir: string,
  name: string,
  collection: Collection<T>,
): Promise<FileRecords<T>> {
  return openFileRecords(join(dataDir, `${name}.json`), collection, { fileSystem: nodeFileSystem })
}

/** What is adopted is closed in reverse, all of it even if one fails. */
function close(opened: Closeable): Promise<void> {
  return opened.close()
}
