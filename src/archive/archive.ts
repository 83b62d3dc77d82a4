import type { Clock, Logger } from '../base/index.ts'
import type { Blobs, DiskSpace } from '../ports/index.ts'
import { type Ffmpeg, IdleFfmpeg, openRemux, openStills, type Slots } from '../transcode/index.ts'
import { type Library, openLibrary } from './library.ts'
import { makePictures } from './pictures.ts'
import { Recordings } from './recordings.ts'
import { Retention, type RetentionOptions } from './retention.ts'
import { Space } from './space.ts'

export interface ArchiveDeps {
  readonly blobs: Blobs
  readonly ffmpeg: Ffmpeg
  readonly slots: Pick<Slots, 'lend'>
  readonly machine: { readonly searchPath: string; readonly isRoot: boolean }
  readonly clock: Clock
  readonly logger: Logger
  /** What the disk that holds the blobs has left. */
  readDiskSpace(): Promise<DiskSpace>
}

export interface ArchiveOptions {
  /** Absolute; where recordings are made. */
  readonly workDir: string
  readonly retention: RetentionOptions
}

/** Everything that was broadcast, and what becomes of it. */
export interface Archive {
  readonly library: Library
  readonly recordings: Recordings
  readonly retention: Retention
  readonly space: Space
  /**
   * To be called when nothing is live any more: what ended last is still finished, if that is
   * quick.
   */
  close(): Promise<void>
}

/**
 * Opens what earlier servers left. What they did not finish waits for `recordings.resume`: only
 * when it is known which broadcasts go on is it known which are over.
 */
export async function openArchive(deps: ArchiveDeps, options: ArchiveOptions): Promise<Archive> {
  const { blobs, ffmpeg, machine, clock, logger } = deps
  const library = await openLibrary(blobs, logger)
  const space = new Space({ clock, logger, read: () => deps.readDiskSpace() })
  await space.start()
  const idle = new IdleFfmpeg({ ffmpeg, machine })
  const remux = await openRemux(idle, options)
  const stills = openStills(idle, options)
  const recordings = new Recordings({
    ...{ blobs, library, clock, logger, space, remux },
    lend: (signal) => deps.slots.lend(signal),
    makePictures: (record, signal) => makePictures(record, { blobs, stills }, signal),
  })
  const retention = new Retention({ library, blobs, recordings, clock, logger }, options.retention)
  retention.start()
  return {
    ...{ library, recordings, retention, space },
    close: async () => {
      await retention.close()
      await recordings.close()
      await space.close()
    },
  }
}
