import { ByteReader, ByteWriter, ViblyError } from '../../base/index.ts'
import { AUDIO_CODEC_BY_FORMAT, AUDIO_CODEC_BY_FOURCC, type AudioCodec } from '../codecs/index.ts'
import { PACKET_TYPE, readFourCc, readOnlyTrack, requireFirstTrack, skipModEx } from './enhanced.ts'

/** What one audio message carries, whichever of the two forms it came in. */
export interface AudioPayload {
  readonly codec: AudioCodec
  /**
   * `end` and `metadata` (a multichannel map) come from enhanced senders alone and hold no sound.
   */
  readonly packet: 'config' | 'frame' | 'end' | 'metadata'
  /** What stands before the AudioSpecificConfig or the coded frame. */
  readonly headerBytes: number
}

const SOUND_FORMAT_ENHANCED = 9
/** AAC tags always say 44 kHz, 16 bit, stereo, whatever the sound is (FLV 10.1 §E.4.2.1). */
const AAC_TAG_HEADER = 0xaf

/**
 * Decodes the body of an FLV audio tag: the legacy form (FLV 10.1 §E.4.2) or the enhanced one with
 * a FourCC (E-RTMP v2, Enhanced Audio).
 *
 * @throws ViblyError as `decodeVideoPayload`.
 */
export function decodeAudioPayload(payload: Uint8Array): AudioPayload {
  const reader = new ByteReader(payload)
  const first = reader.u8()
  const format = first >> 4
  if (format === SOUND_FORMAT_ENHANCED) return decodeEnhanced(reader, first & 0x0f)
  const codec = AUDIO_CODEC_BY_FORMAT.get(format)
  if (codec === undefined)
    throw new ViblyError('media.codec-unknown', { kind: 'audio', codec: format })
  if (codec !== 'aac') return { codec, packet: 'frame', headerBytes: reader.offset }
  const packetType = reader.u8()
  if (packetType > 1) throw new ViblyError('media.payload-invalid', { packetType })
  return { codec, packet: packetType === 0 ? 'config' : 'frame', headerBytes: reader.offset }
}

/**
 * The legacy body for AAC, the one form every FFmpeg reads; enhanced senders are brought to it.
 *
 * @throws ViblyError `media.codec-unknown` for any other codec.
 */
export function encodeAudioPayload(payload: {
  readonly codec: AudioCodec
  readonly packet: 'config' | 'frame'
  readonly data: Uint8Array
}): Uint8Array {
  if (payload.codec !== 'aac') {
    throw new ViblyError('media.codec-unknown', { kind: 'audio', codec: payload.codec })
  }
  return new ByteWriter(2 + payload.data.byteLength)
    .u8(AAC_TAG_HEADER)
    .u8(payload.packet === 'config' ? 0 : 1)
    .put(payload.data)
    .bytes()
}

function decodeEnhanced(reader: ByteReader, firstType: number): AudioPayload {
  let packetType = skipModEx(reader, firstType)
  const isMultitrack = packetType === PACKET_TYPE.audioMultitrack
  if (isMultitrack) packetType = readOnlyTrack(reader)
  const fourCc = readFourCc(reader)
  const codec = AUDIO_CODEC_BY_FOURCC.get(fourCc)
  if (codec === undefined)
    throw new ViblyError('media.codec-unknown', { kind: 'audio', codec: fourCc })
  if (isMultitrack) requireFirstTrack(reader)
  return { codec, packet: packetOf(packetType), headerBytes: reader.offset }
}

function packetOf(packetType: number): AudioPayload['packet'] {
  if (packetType === PACKET_TYPE.sequenceStart) return 'config'
  if (packetType === PACKET_TYPE.codedFrames) return 'frame'
  if (packetType === PACKET_TYPE.sequenceEnd) return 'end'
  if (packetType === PACKET_TYPE.metadata) return 'metadata'
  throw new ViblyError('media.payload-invalid', { packetType })
}
