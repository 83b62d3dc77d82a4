import { type Logger, type Secret, systemClock, type UserId, watchLoop } from '../base/index.ts'
import type { Config } from '../config.ts'
import { startDemo } from '../demo.ts'
import { videoFourCcOf } from '../media/index.ts'
import { RTMP_SERVER_DEFAULTS, startHealthFeed, startRtmpServer } from '../servers/index.ts'
import { openTranscoder, probeFfmpeg, type Transcoder } from '../transcode/index.ts'
import { openLive, openMedia, openPast } from './broadcasts.ts'
import { type Closeable, close } from './closeable.ts'
import { openPeople } from './people.ts'
import { openOperator, startHttp } from './site.ts'
import { openTalk, startChat } from './talk.ts'

/** What the machine offers, as `main.ts` found it. */
export interface Machine {
  /** Folders to search for programs, as in PATH. */
  readonly searchPath: string
  readonly isRoot: boolean
  /** The built web app. */
  readonly webDir: string
}

/** A running Vibly. */
export interface App extends Closeable {
  readonly httpPort: number
  readonly rtmpPort: number
  /** For the link by which the first administrator signs up; null: there is one. Shown once. */
  readonly firstAdmin: Secret | null
}

/**
 * Joins all parts and starts listening. Resolves when RTMP and HTTP accept connections; on failure
 * everything already opened is closed.
 */
export async function startApp(config: Config, machine: Machine, logger: Logger): Promise<App> {
  await using opened = new AsyncDisposableStack()
  opened.adopt(watchLoop({ clock: systemClock, logger }), close)
  const ffmpeg = await probeFfmpeg({ path: config.ffmpeg, searchPath: machine.searchPath })
  const people = opened.adopt(await openPeople(config, logger), close)
  const talk = opened.adopt(await openTalk(config, people, logger), close)
  const blobs = await openMedia(people, { isSynced: false })
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
  const { webDir } = machine
  const parts = { blobs, people, talk, live, archive, operator, webDir, rtmpPort: () => rtmpPort }
  const http = opened.adopt(await startHttp(config, parts, logger), close)
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

/** What this server tells encoders that it takes: what its FFmpeg can read. [R17] */
function fourCcsOf({ videoCodecs }: Transcoder): readonly string[] {
  return videoCodecs.map(videoFourCcOf).filter((fourCc) => fourCc !== null)
}
