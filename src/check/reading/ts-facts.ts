import { createHash } from 'node:crypto'
import { joinBytes, ViblyError } from '../../base/index.ts'
import {
  type AudioFacts,
  TS_PACKET_BYTES,
  TsReader,
  type TsUnit,
  type VideoFacts,
} from '../../media/index.ts'

/** What one MPEG-TS segment really holds. Ticks are 90 kHz, as on the wire (33 bits). */
export interface TsFacts {
  /** Fault code when it could not be read as H.264 and AAC; then all below is empty. */
  readonly unreadable: string | null
  readonly video: VideoFacts | null
  readonly audio: AudioFacts | null
  readonly frameCount: number
  /** Null without pictures. */
  readonly startsWithIdr: boolean | null
  /** PTS of every IDR picture. */
  readonly idrTicks: readonly number[]
  /** PTS of the first picture, or of the first sound where there are none. */
  readonly startTicks: number
  /** Where the last picture (or sound) ends, its length taken as the usual one. */
  readonly endTicks: number
  /** The usual, the shortest and the longest distance of two pictures; null with fewer than two. */
  readonly frameTicks: number | null
  readonly frameTicksMin: number | null
  readonly frameTicksMax: number | null
  readonly audioStartTicks: number | null
  readonly audioEndTicks: number | null
  /** First and last continuity counter of each pid. */
  readonly counters: ReadonlyMap<number, { readonly first: number; readonly last: number }>
  readonly faults: readonly string[]
}

/** What the parts of one segment are when laid side by side. */
export interface PartsFacts {
  readonly joined: 'same bytes' | 'same samples' | 'different'
  /** For each part whether an IDR picture is in it; null where there are no pictures. */
  readonly hasIdr: readonly (boolean | null)[]
}

const WRAP = 2 ** 33
const NULL_PID = 0x1fff

/**
 * Whether bytes look like MPEG-TS: the sync byte where two packets start (ISO 13818-1 §2.4.3.2).
 */
export function isTs(bytes: Uint8Array): boolean {
  return bytes[0] === 0x47 && (bytes.byteLength <= TS_PACKET_BYTES || bytes[188] === 0x47)
}

/** Later minus earlier on the 33-bit circle: negative when `later` really is before. */
export function ticksBetween(earlier: number, later: number): number {
  const ahead = (((later - earlier) % WRAP) + WRAP) % WRAP
  return ahead >= WRAP / 2 ? ahead - WRAP : ahead
}

/** Reads a whole segment, alone, as a player would that starts with it. Never throws. */
export function readTs(bytes: Uint8Array): TsFacts {
  const { counters, faults } = readCounters(bytes)
  const reader = new TsReader()
  try {
    const units = [...reader.push(bytes), ...reader.end()]
    return { ...timesOf(units, reader), counters, faults: [...faults, ...orderFaults(units)] }
  } catch (thrown) {
    // A stranger's bytes end their own reading only.
    const unreadable = thrown instanceof ViblyError ? thrown.code : 'base.bug'
    return { ...timesOf([], reader), unreadable, counters, faults }
  }
}

/** Compares the parts of a segment with it; only parts of MPEG-TS can be told apart by samples. */
export function readParts(parts: readonly Uint8Array[], segment: Uint8Array): PartsFacts {
  const joined = joinBytes(parts)
  const tables = tablesOf(segment)
  const hasIdr = parts.map((part) => {
    const facts = readTs(joinBytes([tables, part]))
    return facts.frameCount === 0 ? null : facts.idrTicks.length > 0
  })
  if (Buffer.compare(joined, segment) === 0) return { joined: 'same bytes', hasIdr }
  const isSame = isTs(segment) && sampleDigest(joined) === sampleDigest(segment)
  return { joined: isSame ? 'same samples' : 'different', hasIdr }
}

/** SHA-256 in hexadecimal: whether two downloads are the same bytes. */
export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function timesOf(units: readonly TsUnit[], reader: TsReader): TsFacts {
  const pictures = units.filter((unit) => unit.kind === 'video')
  const sounds = units.filter((unit) => unit.kind === 'audio')
  const pts = pictures.map((unit) => unit.ptsTicks).sort((a, b) => a - b)
  const gaps = pts.slice(1).map((ticks, at) => ticks - (pts[at] ?? ticks))
  gaps.sort((a, b) => a - b)
  const frameTicks = gaps[Math.floor(gaps.length / 2)] ?? null
  const lastSound = sounds.at(-1)
  const audioStart = sounds[0]?.ptsTicks ?? null
  const audioEnd = lastSound === undefined ? null : lastSound.ptsTicks + reader.audioTicks
  const [first, last] = [pts[0], pts.at(-1)]
  return {
    unreadable: null,
    video: reader.video,
    audio: reader.audio,
    frameCount: pictures.length,
    startsWithIdr: pictures[0]?.isRandomAccess ?? null,
    idrTicks: pictures.filter((unit) => unit.isRandomAccess).map((unit) => wrapped(unit.ptsTicks)),
    startTicks: wrapped(first ?? audioStart ?? 0),
    endTicks: wrapped(last === undefined ? (audioEnd ?? 0) : last + (frameTicks ?? 0)),
    frameTicks,
    frameTicksMin: gaps[0] ?? null,
    frameTicksMax: gaps.at(-1) ?? null,
    audioStartTicks: audioStart === null ? null : wrapped(audioStart),
    audioEndTicks: audioEnd === null ? null : wrapped(audioEnd),
    counters: new Map(),
    faults: [],
  }
}

/** Decoding times of one track only rise. */
function orderFaults(units: readonly TsUnit[]): readonly string[] {
  for (const kind of ['video', 'audio'] as const) {
    let before: number | null = null
    for (const unit of units) {
      if (unit.kind !== kind) continue
      if (before !== null && unit.dtsTicks <= before) {
        return [`DTS of ${kind} goes from ${before} to ${unit.dtsTicks}`]
      }
      before = unit.dtsTicks
    }
  }
  return []
}

/**
 * Continuity counters (ISO 13818-1 §2.4.3.3): one more with each packet that has a payload; a
 * packet may be sent twice; the discontinuity_indicator starts afresh.
 */
function readCounters(bytes: Uint8Array): Pick<TsFacts, 'counters' | 'faults'> {
  const counters = new Map<number, { first: number; last: number }>()
  const faults: string[] = []
  for (let at = 0; at + TS_PACKET_BYTES <= bytes.byteLength; at += TS_PACKET_BYTES) {
    if (bytes[at] !== 0x47) {
      faults.push(`no packet starts at byte ${at}`)
      break
    }
    const pid = ((bytes[at + 1] ?? 0) & 0x1f) * 0x100 + (bytes[at + 2] ?? 0)
    const fourth = bytes[at + 3] ?? 0
    const counter = fourth & 0x0f
    const known = counters.get(pid)
    if (pid === NULL_PID) continue
    if (known === undefined) {
      counters.set(pid, { first: counter, last: counter })
      continue
    }
    const hasAdaptation = (fourth & 0x20) !== 0 && (bytes[at + 4] ?? 0) > 0
    const isFresh = hasAdaptation && ((bytes[at + 5] ?? 0) & 0x80) !== 0
    const isPayload = (fourth & 0x10) !== 0
    const isRight = isPayload
      ? counter === (known.last + 1) % 16 || counter === known.last
      : counter === known.last
    if (!isRight && !isFresh) {
      faults.push(`continuity counter of pid ${pid} goes from ${known.last} to ${counter}`)
    }
    known.last = counter
  }
  return { counters, faults: faults.slice(0, 3) }
}

/** The packets before the first of a picture or sound: with them a part can be read alone. */
function tablesOf(segment: Uint8Array): Uint8Array {
  for (let at = 0; at + TS_PACKET_BYTES <= segment.byteLength; at += TS_PACKET_BYTES) {
    const reader = new TsReader()
    reader.push(segment.subarray(0, at + TS_PACKET_BYTES))
    if (reader.program !== null) return segment.subarray(0, at + TS_PACKET_BYTES)
    if (at > 64 * TS_PACKET_BYTES) break
  }
  return segment.subarray(0, 0)
}

/** A digest of all pictures and sounds with their times, whatever packets carry them. */
function sampleDigest(bytes: Uint8Array): string {
  const hash = createHash('sha256')
  const reader = new TsReader()
  try {
    for (const unit of [...reader.push(bytes), ...reader.end()]) {
      hash.update(`${unit.kind} ${wrapped(unit.ptsTicks)} ${wrapped(unit.dtsTicks)}`)
      for (const payload of payloadsOf(unit.packets)) hash.update(payload)
    }
    return hash.digest('hex')
  } catch (thrown) {
    // What cannot be read is like nothing else.
    return thrown instanceof ViblyError ? `${thrown.code} ${digestOf(bytes)}` : digestOf(bytes)
  }
}

function* payloadsOf(packets: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at + TS_PACKET_BYTES <= packets.byteLength; at += TS_PACKET_BYTES) {
    const control = (packets[at + 3] ?? 0) & 0x30
    const from = control === 0x10 ? 4 : 5 + (packets[at + 4] ?? 0)
    if (control !== 0x20) yield packets.subarray(at + from, at + TS_PACKET_BYTES)
  }
}

function wrapped(ticks: number): number {
  return ((Math.round(ticks) % WRAP) + WRAP) % WRAP
}
