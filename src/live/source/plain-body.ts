import { ViblyError } from '../../base/index.ts'
import {
  type AudioPayload,
  decodeAv1Config,
  decodeAvcConfig,
  decodeHevcConfig,
  encodeAudioPayload,
  encodeVideoPayload,
  type VideoCodec,
  type VideoFacts,
  type VideoPayload,
} from '../../media/index.ts'
import type { MediaMessage } from '../../rtmp/index.ts'

/**
 * The body of a video message as FFmpeg is fed with it, each codec in its plainest form: H.264 in
 * the legacy one, which is all that FFmpeg before 6.1 reads. [R17]
 */
export function plainVideo(
  message: MediaMessage,
  payload: VideoPayload,
  packet: 'config' | 'frame' | 'end',
): Uint8Array {
  if (payload.codec === 'h264' && !isEnhanced(message)) return message.payload
  return encodeVideoPayload({ ...payload, packet, data: dataOf(message, payload) })
}

/** As `plainVideo`, of sound. */
export function plainAudio(
  message: MediaMessage,
  payload: AudioPayload,
  packet: 'config' | 'frame',
): Uint8Array {
  if (!isEnhanced(message)) return message.payload
  return encodeAudioPayload({ ...payload, packet, data: dataOf(message, payload) })
}

/** @throws ViblyError `live.codec-unsupported` for a codec whose header nobody here reads. */
export function decodeVideoConfig(codec: VideoCodec, record: Uint8Array): VideoFacts {
  switch (codec) {
    case 'h264':
      return decodeAvcConfig(record)
    case 'hevc':
      return decodeHevcConfig(record)
    case 'av1':
      return decodeAv1Config(record)
    default:
      throw new ViblyError('live.codec-unsupported', { codec })
  }
}

/** What stands behind the headers of its payload: a view. */
export function dataOf(
  { payload }: MediaMessage,
  { headerBytes }: { readonly headerBytes: number },
): Uint8Array {
  return payload.subarray(headerBytes)
}

/** E-RTMP v2 marks its video by the top bit, its sound by the format number 9. */
function isEnhanced(message: MediaMessage): boolean {
  const first = message.payload[0] ?? 0
  return message.kind === 'video' ? first >= 0x80 : first >> 4 === 9
}
