import { join } from 'node:path'
import { type DiskBlobOptions, openDiskBlobs, readDiskSpace } from '../adapters/index.ts'
import { type Archive, openArchive } from '../archive/index.ts'
import { type Logger, systemClock, ViblyError } from '../base/index.ts'
import type { Config } from '../config.ts'
import { type BroadcastOptions, Live } from '../live/index.ts'
import type { Blobs } from '../ports/index.ts'
import { tellViewers } from '../servers/index.ts'
import type { Ffmpeg, IdleDeps, Slots, Transcoder } from '../transcode/index.ts'
import type { People } from './people.ts'
import type { Talk } from './talk.ts'

const DAY_MS = 24 * 3_600_000

/**
 * What was and will be broadcast; held as `people` hold the data folder.
 *
 * @throws ViblyError `data-dir.unusable`
 */
export function openMedia(
  { dataDir }: Pick<People, 'dataDir'>,
  options: DiskBlobOptions,
): Promise<Blobs> {
  return openDiskBlobs(mediaDirOf(dataDir), options)
}

/** What was broadcast before, and what finishes, limits and removes it. */
export function openPast(
  config: Config,
  machine: IdleDeps['machine'],
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
  const readSpace = () => readDiskSpace(mediaDirOf(dataDir))
  return openArchive(
    { blobs, ffmpeg, slots, machine, clock: systemClock, logger, readDiskSpace: readSpace },
    {
      workDir: join(dataDir, 'work', 'recordings'),
      retention: {
        ageMsMax: limitOf(config['retention.ageDaysMax'], DAY_MS),
        bytesMax: limitOf(config['retention.totalMbMax'], 1e6),
        channelBytesMax: limitOf(config['retention.channelMbMax'], 1e6),
      },
    },
  )
}

/** Broadcasts and what they need: FFmpeg, its slots, the media folder, the right to publish. */
export async function openLive(
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
      chatterCount: (channelId) => talk.chat.memberCount(channelId),
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

function mediaDirOf(dataDir: string): string {
  return join(dataDir, 'media')
}
