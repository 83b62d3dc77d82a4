import { mkdir } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { type Clock, codeOf, type Logger } from '../base/index.ts'
import {
  calibrate,
  type Ffmpeg,
  IdleMeter,
  killOrphans,
  openWorkerGroups,
  probeTools,
  type WorkerGroups,
} from './machine/index.ts'
import type { Plan, Speeds } from './plan/index.ts'
import {
  startTranscode,
  TRANSCODE_DEFAULTS,
  type Transcode,
  type TranscodeDeps,
  type TranscodeOptions,
} from './process/index.ts'
import { Slots, type SlotsOptions } from './slots.ts'

export interface TranscoderDeps extends TranscodeDeps {
  readonly ffmpeg: Ffmpeg
  /** null: this machine lets us make none. */
  readonly groups: WorkerGroups | null
  readonly logger: Logger
  /** As in `SlotsDeps`. */
  coresIdle(): number
}

export interface TranscoderOptions
  extends Omit<TranscodeOptions, 'preset'>,
    Pick<SlotsOptions, 'preset' | 'slotsMax' | 'whenBehind'> {
  /** The processor's name, and how many of its cores Vibly may use. */
  readonly machine: { readonly cpu: string; readonly cores: number }
  /** Where the measured speeds are kept, as `calibration.json`. */
  readonly dataDir: string
}

/**
 * The FFmpegs of all broadcasts, held as tight as this machine allows, in the folder `work` of the
 * data; it has begun to measure the machine where that is of use.
 */
export async function openTranscoder(
  deps: {
    readonly ffmpeg: Ffmpeg
    readonly clock: Clock
    readonly logger: Logger
    /** Folders to search for the tools around FFmpeg, as in PATH. */
    readonly searchPath: string
    readonly isRoot: boolean
  },
  options: Pick<TranscoderOptions, 'preset' | 'slotsMax' | 'whenBehind' | 'dataDir'>,
): Promise<Transcoder> {
  const { ffmpeg, clock, logger } = deps
  const wrapper = await probeTools(ffmpeg, deps)
  logger.info('FFmpeg found', {
    path: ffmpeg.path,
    version: ffmpeg.version,
    video_codecs: ffmpeg.videoCodecs.join(', '),
    is_confined: wrapper.prefix.length > 0,
    missing_tools: wrapper.missing.join(', '),
  })
  const groups = await openWorkerGroups()
  logger.info('FFmpeg is kept in bounds', {
    by: groups === null ? 'niceness and limits' : `control groups, version ${groups.version}`,
  })
  const workDir = join(options.dataDir, 'work')
  await mkdir(workDir, { recursive: true, mode: 0o711 })
  const orphans = await killOrphans(workDir)
  if (orphans.length > 0)
    logger.warn('killed what an earlier server left', { pids: orphans.join() })
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: availableParallelism() }
  const idle = new IdleMeter(clock)
  const transcoder = new Transcoder(
    { ffmpeg, wrapper, groups, clock, logger, coresIdle: () => idle.cores() },
    { ...TRANSCODE_DEFAULTS, ...options, machine, workDir },
  )
  transcoder.start()
  return transcoder
}

/**
 * Starts the FFmpegs of all broadcasts, each in its slot. With the preset `auto` it measures the
 * machine once, in the background; who starts before that is done gets `superfast`.
 */
export class Transcoder {
  readonly slots: Slots
  readonly #deps: TranscoderDeps
  readonly #options: TranscoderOptions
  readonly #stop = new AbortController()
  #speeds: Speeds | null = null
  #measured: Promise<void> = Promise.resolve()

  constructor(deps: TranscoderDeps, options: TranscoderOptions) {
    this.#deps = deps
    this.#options = options
    this.slots = new Slots(
      {
        logger: deps.logger,
        speeds: () => this.#speeds,
        coresIdle: () => deps.coresIdle(),
        start: (plan, preset) => this.#run(plan, preset),
      },
      { ...options, cores: options.machine.cores },
    )
  }

  /** What it can read, H.264 first. */
  get videoCodecs(): Ffmpeg['videoCodecs'] {
    return this.#deps.ffmpeg.videoCodecs
  }

  /** Begins to measure, where that is of use; returns at once. */
  start(): void {
    if (this.#options.preset === 'auto') this.#measured = this.#measure()
  }

  /** Stops measuring. What runs belongs to those who started it. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#measured
  }

  #run(plan: Plan, preset: string): Transcode {
    const transcode = startTranscode(plan, this.#deps, { ...this.#options, preset })
    this.#enclose(transcode).catch((thrown: unknown) => {
      // It was over before it could be put into one; that is told by whoever started it.
      if (codeOf(thrown) === 'ESRCH') return
      this.#deps.logger.error('FFmpeg runs without a control group', thrown, { pid: transcode.pid })
    })
    return transcode
  }

  /** In its first moments it is in the server's group; what it starts later is in its own. */
  async #enclose({ pid, exit }: Transcode): Promise<void> {
    const leave = await this.#deps.groups?.enclose(pid)
    await exit.catch(() => {})
    await leave?.()
  }

  async #measure(): Promise<void> {
    const { ffmpeg, logger } = this.#deps
    const subject = { version: ffmpeg.version, ...this.#options.machine }
    const path = join(this.#options.dataDir, 'calibration.json')
    try {
      this.#speeds = await calibrate(path, subject, this.#deps, this.#stop.signal)
    } catch (thrown) {
      if (!this.#stop.signal.aborted) logger.error('the encoder could not be measured', thrown)
      return
    }
    if (this.#speeds === null) {
      logger.warn('the encoder was too slow to be measured: broadcasts use superfast')
      return
    }
    const { readPixels, encodePixels } = this.#speeds
    const encoded = Object.entries(encodePixels).map(([preset, pixels]) => [preset, mega(pixels)])
    logger.info('encoder measured, in megapixels a second of one core', {
      reading: mega(readPixels),
      ...Object.fromEntries(encoded),
    })
  }
}

function mega(pixels: number): number {
  return Math.round(pixels / 1e6)
}
