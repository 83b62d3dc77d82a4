import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Archive } from '../archive/index.ts'
import { type Logger, Secret, systemClock } from '../base/index.ts'
import { type Config, publicOriginOf, tellSettings, trustedProxiesOf } from '../config.ts'
import type { Live } from '../live/index.ts'
import type { Blobs } from '../ports/index.ts'
import {
  addChatRoutes,
  HTTP_SERVER_DEFAULTS,
  type HttpServer,
  LoadMeter,
  type Operator,
  startHttpServer,
} from '../servers/index.ts'
import type { Slots } from '../transcode/index.ts'
import { close } from './closeable.ts'
import type { People } from './people.ts'
import type { Talk } from './talk.ts'

/** Pages, API and HLS, and what they are answered from. */
export async function startHttp(
  config: Config,
  parts: {
    readonly blobs: Blobs
    readonly people: People
    readonly talk: Talk
    readonly live: Live
    readonly archive: Archive
    readonly operator: Operator
    /** null: RTMP does not listen yet. */
    readonly rtmpPort: () => number | null
    /** The built web app. */
    readonly webDir: string
  },
  logger: Logger,
): Promise<HttpServer> {
  const { blobs, people, talk, live, archive, operator, rtmpPort, webDir } = parts
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
      publicOrigin: publicOriginOf(config),
      trustedProxies: trustedProxiesOf(config),
      limits: config.limits,
      metricsToken: metricsToken === null ? null : new Secret(metricsToken),
      webDir,
      embedOrigins: config.embedOrigins,
      targetDurationMs: config['hls.segmentMs'],
    },
  )
}

/** What administrators are told of the server; what measures is closed with all else. */
export function openOperator(
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
