import { ByteReader, ByteWriter, ViblyError } from '../../base/index.ts'
import {
  VIDEO_CODEC_BY_FOURCC,
  VIDEO_CODEC_BY_ID,
  type VideoCodec,
  videoFourCcOf,
} from '../codecs/index.ts'
import { PACKET_TYPE, readFourCc, readOnlyTrack, requireFirstTrack, skipModEx } from './enhanced.ts'

/** What one video message carries, whichever of the two forms it came in. */
export interface VideoPayload {
  readonly codec: VideoCodec
  /** `metadata` is everything that is no picture: HDR metadata, seek commands. */
  readonly packet: 'config' | 'frame' | 'end' | 'metadata'
  /** As the sender says; only the coded picture itself knows. */
  readonly isKeyframe: boolean
  /** PTS minus DTS in ms, signed; 0 where the coding has none. */
  readonly compositionMs: number
  /** What stands before the decoder configuration or the coded picture. */
  readonly headerBytes: number
}

/** Frame type 5 is a command for the player, with no picture (FLV 10.1 §E.4.3.1). */
const FRAME_TYPE_KEY = 1
const FRAME_TYPE_COMMAND = 5
const AVC_PACKETS = ['config', 'frame', 'end'] as const
/** The top bit of an enhanced header, and its packet types. */
const ENHANCED = 0x80
const ENHANCED_PACKETS = {
  config: PACKET_TYPE.sequenceStart,
  frame: PACKET_TYPE.codedFrames,
  end: PACKET_TYPE.sequenceEnd,
} as const
/** Type and codec, packet type, composition time (FLV 10.1 §E.4.3.1). */
const LEGACY_HEADER_BYTES = 5
/** Type and packet type, FourCC; a composition time may follow (E-RTMP v2, Enhanced Video). */
const ENHANCED_HEADER_BYTES = 5
const COMPOSITION_BYTES = 3
const CODEC_ID_AVC = 7
const CODEC_ID_HEVC = 12

/**
 * Decodes the body of an FLV video tag: the legacy form (FLV 10.1 §E.4.3) or the enhanced one with
 * a FourCC (E-RTMP v2, Enhanced Video). Composition offsets are signed in both. [R37]
 *
 * @throws ViblyError `media.codec-unknown` for a codec no list names,
 *   `media.multitrack-unsupported` for more than the first track, `media.payload-invalid` for
 *   impossible values, `bytes.out-of-range` when the body ends early.
 */
export function decodeVideoPayload(payload: Uint8Array): VideoPayload {
  const reader = new ByteReader(payload)
  const first = reader.u8()
  return first >= ENHANCED ? decodeEnhanced(reader, first) : decodeLegacy(reader, first)
}

/**
 * The plainest body of a codec: the legacy one for H.264, which every FFmpeg reads; for those that
 * have a FourCC the enhanced one without prefixes and tracks, which FFmpeg 6.1 and later reads.
 *
 * @throws ViblyError `media.codec-unknown` for a codec that has neither.
 */
export function encodeVideoPayload(
  payload: Omit<VideoPayload, 'packet' | 'headerBytes'> & {
    readonly packet: 'config' | 'frame' | 'end'
    readonly data: Uint8Array
  },
): Uint8Array {
  const frameType = payload.isKeyframe ? 0x10 : 0x20
  if (payload.codec !== 'h264') return encodeEnhanced(payload, frameType)
  return new ByteWriter(LEGACY_HEADER_BYTES + payload.data.byteLength)
    .u8(frameType + CODEC_ID_AVC)
    .u8(AVC_PACKETS.indexOf(payload.packet))
    .u24((payload.compositionMs + 2 ** 24) % 2 ** 24)
    .put(payload.data)
    .bytes()
}

/**
 * What a body that `encodeVideoPayload` made says in its first bytes, for who must not fail on one
 * that is damaged: of any other body it says something, whatever that is worth.
 */
export function glanceAtVideo(payload: Uint8Array): {
  readonly isConfig: boolean
  readonly isKeyframe: boolean
  /** As in `VideoPayload`. */
  readonly compositionMs: number
  /** What stands before the decoder configuration or the coded picture. */
  readonly headerBytes: number
} {
  const [first = 0, second = 0] = payload
  const frameType = (first & 0x70) >> 4
  const isKeyframe = frameType === FRAME_TYPE_KEY
  if (first < ENHANCED) {
    const compositionMs = compositionAt(payload, 2)
    return { isConfig: second === 0, isKeyframe, compositionMs, headerBytes: LEGACY_HEADER_BYTES }
  }
  const packetType = first & 0x0f
  const fourCc = String.fromCharCode(...payload.subarray(1, ENHANCED_HEADER_BYTES))
  const codec = VIDEO_CODEC_BY_FOURCC.get(fourCc)
  const isOffset =
    packetType === PACKET_TYPE.codedFrames && codec !== undefined && hasCompositionOffset(codec)
  return {
    isConfig: packetType === PACKET_TYPE.sequenceStart,
    isKeyframe,
    compositionMs: isOffset ? compositionAt(payload, ENHANCED_HEADER_BYTES) : 0,
    headerBytes: ENHANCED_HEADER_BYTES + (isOffset ? COMPOSITION_BYTES : 0),
  }
}

/** 0 where the body ends before it. */
function compositionAt(payload: Uint8Array, at: number): number {
  const bytes = payload.subarray(at, at + COMPOSITION_BYTES)
  return bytes.byteLength < COMPOSITION_BYTES ? 0 : new ByteReader(bytes).i24()
}

/**
 * E-RTMP v2, Enhanced Video: with HEVC a frame has its composition offset, with AV1 there is none.
 */
function encodeEnhanced(
  payload: Parameters<typeof encodeVideoPayload>[0],
  frameType: number,
): Uint8Array {
  const fourCc = videoFourCcOf(payload.codec)
  if (fourCc === null) {
    throw new ViblyError('media.codec-unknown', { kind: 'video', codec: payload.codec })
  }
  const hasComposition = payload.packet === 'frame' && hasCompositionOffset(payload.codec)
  const writer = new ByteWriter(ENHANCED_HEADER_BYTES + COMPOSITION_BYTES + payload.data.byteLength)
    .u8(ENHANCED + frameType + ENHANCED_PACKETS[payload.packet])
    .put(new TextEncoder().encode(fourCc))
  if (hasComposition) writer.u24((payload.compositionMs + 2 ** 24) % 2 ** 24)
  return writer.put(payload.data).bytes()
}

/** Only with these a coded frame carries one (E-RTMP v2, Enhanced Video). */
function hasCompositionOffset(codec: VideoCodec): boolean {
  return codec === 'h264' || codec === 'hevc' || codec === 'vvc'
}

function decodeLegacy(reader: ByteReader, first: number): VideoPayload {
  const codecId = first & 0x0f
  const codec = VIDEO_CODEC_BY_ID.get(codecId)
  if (codec === undefined) {
    throw new ViblyError('media.codec-unknown', { kind: 'video', codec: codecId })
  }
  const frameType = first >> 4
  const isKeyframe = frameType === FRAME_TYPE_KEY
  if (frameType === FRAME_TYPE_COMMAND) {
    return {
      codec,
      packet: 'metadata',
      isKeyframe: false,
      compositionMs: 0,
      headerBytes: reader.offset,
    }
  }
  if (codecId !== CODEC_ID_AVC && codecId !== CODEC_ID_HEVC) {
    return { codec, packet: 'frame', isKeyframe, compositionMs: 0, headerBytes: reader.offset }
  }
  const packetType = reader.u8()
  const packet = AVC_PACKETS[packetType]
  if (packet === undefined) throw new ViblyError('media.payload-invalid', { packetType })
  const compositionMs = reader.i24()
  return { codec, packet, isKeyframe, compositionMs, headerBytes: reader.offset }
}

function decodeEnhanced(reader: ByteReader, first: number): VideoPayload {
  const frameType = (first & 0x70) >> 4
  let packetType = skipModEx(reader, first & 0x0f)
  if (packetType !== PACKET_TYPE.metadata && frameType === FRAME_TYPE_COMMAND) {
    // The command byte is all there is: no FourCC, no picture. The codec does not matter.
    return {
      codec: 'h264',
      packet: 'metadata',
      isKeyframe: false,
      compositionMs: 0,
      headerBytes: reader.offset,
    }
  }
  const isMultitrack = packetType === PACKET_TYPE.videoMultitrack
  if (isMultitrack) packetType = readOnlyTrack(reader)
  const fourCc = readFourCc(reader)
  const codec = VIDEO_CODEC_BY_FOURCC.get(fourCc)
  if (codec === undefined)
    throw new ViblyError('media.codec-unknown', { kind: 'video', codec: fourCc })
  if (isMultitrack) requireFirstTrack(reader)
  const packet = packetOf(packetType)
  const hasComposition = packetType === PACKET_TYPE.codedFrames && hasCompositionOffset(codec)
  return {
    codec,
    packet,
    isKeyframe: frameType === FRAME_TYPE_KEY && (packet === 'config' || packet === 'frame'),
    compositionMs: hasComposition ? reader.i24() : 0,
    headerBytes: reader.offset,
  }
}

function packetOf(packetType: number): VideoPayload['packet'] {
  if (packetType === PACKET_TYPE.sequenceStart) return 'config'
  if (packetType === PACKET_TYPE.codedFrames || packetType === PACKET_TYPE.codedFramesX)
    return 'frame'
  if (packetType === PACKET_TYPE.sequenceEnd) return 'end'
  if (packetType === PACKET_TYPE.metadata) return 'metadata'
  throw new ViblyError('media.payload-invalid', { packetType })
}
