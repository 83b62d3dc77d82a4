import { joinBytes, ViblyError } from '../../base/index.ts'
import {
  type AudioFacts,
  decodeAdts,
  decodeSps,
  NAL_TYPE,
  splitAnnexB,
  type VideoFacts,
} from '../codecs/index.ts'
import { TICKS_PER_SECOND, TS_WRAP_TICKS, unwrap } from '../time/index.ts'
import { decodePesHeader, type PesHeader } from './pes.ts'
import { payloadOf } from './ts-packets.ts'
import {
  decodePat,
  decodePmt,
  PAT_PID,
  SYNC_BYTE,
  TS_PACKET_BYTES,
  type TsProgram,
} from './ts-tables.ts'

/** One picture, or the sound of one PES packet. */
export interface TsUnit {
  readonly kind: 'video' | 'audio'
  /** The whole 188-byte packets that carry it, in order and in one array of their own. */
  readonly packets: Uint8Array
  /** 90 kHz, counted on past the 33 bits of the wire. */
  readonly ptsTicks: number
  readonly dtsTicks: number
  /** An IDR picture is really inside, whatever the flags say; sound always is. [H19] */
  readonly isRandomAccess: boolean
  /** SPS and PPS in front of an IDR picture, with start codes; null for all else. */
  readonly parameterSets: Uint8Array | null
}

export interface TsReaderOptions {
  /** The most bytes one unit may have, packets counted whole. Default 8 MiB. */
  readonly unitBytesMax?: number
}

/**
 * The slice of a picture nearly always begins within so many bytes: no need to look at all of it.
 */
const HEAD_BYTES = 4096

/**
 * Reads the MPEG-TS of one FFmpeg (ISO 13818-1 §2.4.3): one picture, one sound, each PES written in
 * one piece. So a unit is known to be complete when its length says so, or at the next start on any
 * pid, and is given out at once. After lost sync it looks for the next packet and goes on.
 */
export class TsReader {
  readonly #unitBytesMax: number
  /** The front of a packet whose rest has not come yet. */
  #rest: Uint8Array = new Uint8Array(0)
  #pmtPid: number | null = null
  #program: TsProgram | null = null
  #open: OpenUnit | null = null
  #units: TsUnit[] = []
  #lastDtsTicks: number | null = null
  #sps: Uint8Array | null = null
  #video: VideoFacts | null = null
  #audio: AudioFacts | null = null
  #audioTicks = 0
  #skippedBytes = 0

  constructor(options: TsReaderOptions = {}) {
    this.#unitBytesMax = options.unitBytesMax ?? 8 * 2 ** 20
  }

  /** Pids of the last valid PMT; null before it. */
  get program(): TsProgram | null {
    return this.#program
  }

  /** Of the last SPS seen in the pictures; null before it. [M01] [M02] */
  get video(): VideoFacts | null {
    return this.#video
  }

  /** Of the last ADTS header seen; null before it. [M01] */
  get audio(): AudioFacts | null {
    return this.#audio
  }

  /** 90 kHz, how long the sound of the last audio unit lasts; 0 before it. */
  get audioTicks(): number {
    return this.#audioTicks
  }

  /**
   * Bytes that belonged to no packet, so far: more than 0 means that something is wrong upstream.
   */
  get skippedBytes(): number {
    return this.#skippedBytes
  }

  /**
   * Takes the next bytes, cut anywhere; gives the units that are now known to be complete.
   *
   * @throws ViblyError `media.ts-invalid`, `media.ts-unit-too-large`, `media.h264-invalid`,
   *   `media.aac-invalid` or `bytes.out-of-range`: this stream cannot be trusted any further.
   */
  push(bytes: Uint8Array): readonly TsUnit[] {
    let at = 0
    if (this.#rest.byteLength > 0) {
      const missing = TS_PACKET_BYTES - this.#rest.byteLength
      const packet = joinBytes([this.#rest, bytes.subarray(0, missing)])
      this.#rest = packet
      if (packet.byteLength < TS_PACKET_BYTES) return []
      this.#rest = new Uint8Array(0)
      at = missing
      this.#packet(packet)
    }
    while (at < bytes.byteLength) {
      const start = findSync(bytes, at)
      this.#skippedBytes += start - at
      if (start + TS_PACKET_BYTES > bytes.byteLength) {
        // A copy, so that the caller's big buffer need not live for it.
        this.#rest = bytes.slice(start)
        break
      }
      this.#packet(bytes.subarray(start, start + TS_PACKET_BYTES))
      at = start + TS_PACKET_BYTES
    }
    return this.#takeUnits()
  }

  /** The stream has ended: gives the unit that was still open. */
  end(): readonly TsUnit[] {
    this.#closeUnit()
    return this.#takeUnits()
  }

  #packet(packet: Uint8Array): void {
    const second = packet[1] ?? 0
    const isStart = (second & 0x40) !== 0
    const pid = (second & 0x1f) * 0x100 + (packet[2] ?? 0)
    const hasError = (second & 0x80) !== 0
    if (hasError || pid === NULL_PID) return
    if (isStart) this.#closeUnit()
    const payload = payloadOf(packet)
    if (pid === PAT_PID) {
      if (isStart && payload !== null) this.#pmtPid = decodePat(payload) ?? this.#pmtPid
    } else if (pid === this.#pmtPid) {
      if (isStart && payload !== null) this.#program = decodePmt(payload, pid) ?? this.#program
    } else {
      this.#media(pid, isStart, packet, payload)
    }
  }

  #media(pid: number, isStart: boolean, packet: Uint8Array, payload: Uint8Array | null): void {
    if (isStart && payload !== null) {
      const kind = this.#kindOf(pid)
      if (kind !== null)
        this.#open = { pid, kind, packets: [], payloads: [], bytes: 0, header: null }
    }
    const open = this.#open
    // A packet without its start: the rest of a unit that was given up.
    if (open === null || open.pid !== pid) return
    open.packets.push(packet)
    if (payload !== null) {
      open.payloads.push(payload)
      open.bytes += payload.byteLength
    }
    if (open.packets.length * TS_PACKET_BYTES > this.#unitBytesMax) {
      throw new ViblyError('media.ts-unit-too-large', { bytesMax: this.#unitBytesMax })
    }
    open.header ??= decodePesHeader(open.payloads[0] ?? NO_BYTES)
    const packetBytes = open.header?.packetBytes ?? null
    if (packetBytes !== null && open.bytes >= packetBytes) this.#closeUnit()
  }

  #kindOf(pid: number): TsUnit['kind'] | null {
    if (this.#program === null) return null
    if (pid === this.#program.videoPid) return 'video'
    return pid === this.#program.audioPid ? 'audio' : null
  }

  #closeUnit(): void {
    const open = this.#open
    this.#open = null
    if (open === null || open.header === null) return
    const nearTicks = this.#lastDtsTicks ?? open.header.dtsTicks
    const dtsTicks = unwrap(open.header.dtsTicks, nearTicks, TS_WRAP_TICKS)
    const ptsTicks = unwrap(open.header.ptsTicks, dtsTicks, TS_WRAP_TICKS)
    this.#lastDtsTicks = dtsTicks
    const read = open.kind === 'audio' ? this.#readAudio(open) : this.#readVideo(open)
    const packets = joinBytes(open.packets)
    this.#units.push({ kind: open.kind, packets, ptsTicks, dtsTicks, ...read })
  }

  /** Whether the picture is an IDR; learns from its SPS on the way. */
  #readVideo(open: OpenUnit): ReadUnit {
    const headerBytes = open.header?.headerBytes ?? 0
    const head = elementary(open.payloads, headerBytes, HEAD_BYTES)
    const found = this.#readPicture(head)
    if (found !== null || head.byteLength < HEAD_BYTES) return found ?? NO_START
    return this.#readPicture(elementary(open.payloads, headerBytes, open.bytes)) ?? NO_START
  }

  /** Null when no slice begins in `bytes`. */
  #readPicture(bytes: Uint8Array): ReadUnit | null {
    const sets: Uint8Array[] = []
    for (const nal of splitAnnexB(bytes)) {
      const type = (nal[0] ?? 0) & 0x1f
      if (type === NAL_TYPE.sequenceParameterSet) this.#readSps(nal)
      if (PARAMETER_SETS.includes(type)) sets.push(START_CODE, nal)
      if (type === NAL_TYPE.idrSlice) {
        return { isRandomAccess: true, parameterSets: sets.length === 0 ? null : joinBytes(sets) }
      }
      if (type >= NAL_TYPE.slice && type < NAL_TYPE.idrSlice) return NO_START
    }
    return null
  }

  #readSps(nal: Uint8Array): void {
    if (this.#sps !== null && Buffer.compare(this.#sps, nal) === 0) return
    this.#video = decodeSps(nal)
    this.#sps = nal.slice()
  }

  #readAudio(open: OpenUnit): ReadUnit {
    const bytes = elementary(open.payloads, open.header?.headerBytes ?? 0, open.bytes)
    let samples = 0
    let at = 0
    let frame = decodeAdts(bytes)
    while (frame !== null) {
      this.#audio = frame.facts
      samples += frame.samples
      at += frame.frameBytes
      frame = decodeAdts(bytes.subarray(at))
    }
    if (this.#audio !== null)
      this.#audioTicks = (samples * TICKS_PER_SECOND) / this.#audio.sampleRate
    return SOUND
  }

  #takeUnits(): readonly TsUnit[] {
    const units = this.#units
    this.#units = []
    return units
  }
}

/** A unit whose packets are still coming. */
interface OpenUnit {
  readonly pid: number
  readonly kind: TsUnit['kind']
  readonly packets: Uint8Array[]
  readonly payloads: Uint8Array[]
  bytes: number
  header: PesHeader | null
}

type ReadUnit = Pick<TsUnit, 'isRandomAccess' | 'parameterSets'>

const NO_START: ReadUnit = { isRandomAccess: false, parameterSets: null }
const SOUND: ReadUnit = { isRandomAccess: true, parameterSets: null }
const PARAMETER_SETS: readonly number[] = [
  NAL_TYPE.sequenceParameterSet,
  NAL_TYPE.pictureParameterSet,
]
/** ITU-T H.264 §B.1.1. */
const START_CODE = Uint8Array.of(0, 0, 0, 1)
const NO_BYTES = new Uint8Array(0)
const NULL_PID = 0x1fff

/**
 * Where the next packet starts: here, if here is a sync byte; else at the next one whose successor,
 * if it has come, is one too. The end of `bytes` when there is none.
 */
function findSync(bytes: Uint8Array, from: number): number {
  if (bytes[from] === SYNC_BYTE) return from
  for (let at = bytes.indexOf(SYNC_BYTE, from); at !== -1; at = bytes.indexOf(SYNC_BYTE, at + 1)) {
    const successor = bytes[at + TS_PACKET_BYTES]
    if (successor === undefined || successor === SYNC_BYTE) return at
  }
  return bytes.byteLength
}

/** The first `bytesMax` bytes of the elementary stream behind the PES header. */
function elementary(
  payloads: readonly Uint8Array[],
  headerBytes: number,
  bytesMax: number,
): Uint8Array {
  const pieces: Uint8Array[] = []
  let wanted = headerBytes + bytesMax
  for (const payload of payloads) {
    if (wanted <= 0) break
    pieces.push(payload)
    wanted -= payload.byteLength
  }
  return joinBytes(pieces).subarray(headerBytes, headerBytes + bytesMax)
}
