import { FRAME_RATE_ASSUMED, type Plan } from './plan.ts'

/** Those that `auto` picks from, fastest first. Slower ones gain little at these bit rates. */
export const AUTO_PRESETS = ['ultrafast', 'superfast', 'veryfast'] as const
export type AutoPreset = (typeof AUTO_PRESETS)[number]

/** What one core of this machine does, in pixels a second of processor time. */
export interface Speeds {
  /** Decoding a picture and scaling it down. */
  readonly readPixels: number
  /** Encoding; a preset that could not be measured is missing. */
  readonly encodePixels: Readonly<Partial<Record<AutoPreset, number>>>
}

/** What there is to encode with, in cores. */
export interface Room {
  /** Left after the server's own part and the broadcasts that run. */
  readonly coresFree: number
  /** The most that one encoder spreads over. */
  readonly threadsMax: number
}

/** A preset, and what it takes of this machine. */
export interface PresetChoice {
  readonly preset: AutoPreset
  /** How many times faster than real time it will be; null: not known. */
  readonly headroom: number | null
  /** Cores that are busy with it; 0: not known. */
  readonly cores: number
}

/** What a core does at least, where it was not measured: as of a small rented machine. */
export const ASSUMED_SPEEDS: Speeds = {
  readPixels: 150e6,
  encodePixels: { ultrafast: 80e6, superfast: 50e6, veryfast: 35e6 },
}

/** Until something is known of the machine. */
const UNMEASURED: PresetChoice = { preset: 'superfast', headroom: null, cores: 0 }

/** Times real time that are kept in reserve: pictures differ, and so do the hours of a machine. */
export const HEADROOM_MIN = 1.3
/** One part in so many of the machine is the server's own. */
const SERVER_SHARE = 8

/** What is left of `cores` for one more broadcast; `taken` are busy with others. Never below 0. */
export function coresLeft(cores: number, taken: number): number {
  return Math.max(0, cores - cores / SERVER_SHARE - taken)
}

/**
 * The slowest preset that carries out `plan` with `HEADROOM_MIN` in reserve; where none does, the
 * fastest measured.
 */
export function choosePreset(plan: Plan, speeds: Speeds | null, room: Room): PresetChoice {
  const choices = speeds === null ? [] : weighPresets(plan, speeds, room)
  const fitting = choices.findLast(({ headroom }) => (headroom ?? HEADROOM_MIN) >= HEADROOM_MIN)
  return fitting ?? choices[0] ?? UNMEASURED
}

/** The fastest measured. */
export function fastestPreset(plan: Plan, speeds: Speeds | null, room: Room): PresetChoice {
  const [fastest] = speeds === null ? [] : weighPresets(plan, speeds, room)
  return fastest ?? { ...UNMEASURED, preset: AUTO_PRESETS[0] }
}

/** Cores that are busy with `plan` at the fastest preset measured; 0 when nothing is known. */
export function leastCores(plan: Plan, speeds: Speeds | null): number {
  const room = { coresFree: 1, threadsMax: 1 }
  return fastestPreset(plan, speeds, room).cores
}

/** Fastest first. One thread decodes and scales, then the encoders share what is free. */
function weighPresets(plan: Plan, speeds: Speeds, room: Room): readonly PresetChoice[] {
  const { read, encode } = pixelsPerSecond(plan)
  const readSeconds = read / speeds.readPixels
  return AUTO_PRESETS.flatMap((preset) => {
    const speed = speeds.encodePixels[preset]
    if (speed === undefined) return []
    const encodeSeconds = encode / speed
    const spread = Math.min(room.coresFree, room.threadsMax)
    const wallSeconds = readSeconds / Math.min(1, room.coresFree) + encodeSeconds / spread
    const cores = readSeconds + encodeSeconds
    return [{ preset, headroom: cores === 0 ? null : 1 / wallSeconds, cores }]
  })
}

/** Pixels of each second that are decoded and scaled, and that are encoded. */
function pixelsPerSecond(plan: Plan): { readonly read: number; readonly encode: number } {
  const { video, renditions } = plan
  const encoded = renditions.filter(({ videoKbps }) => videoKbps !== null)
  // Without an encoder only key frames are decoded, for thumbnails.
  if (video === null || encoded.length === 0) return { read: 0, encode: 0 }
  const frameRate = video.frameRate ?? FRAME_RATE_ASSUMED
  const pixels = encoded.map(({ width, height }) => (width ?? 0) * (height ?? 0) * frameRate)
  return {
    // Frames that are left out are decoded all the same.
    read: video.display.width * video.display.height * frameRate * video.frameStep,
    encode: pixels.reduce((sum, one) => sum + one, 0),
  }
}
