import { ByteReader, ByteWriter, ViblyError } from '../../base/index.ts'
import type { VideoCodec } from './codec-names.ts'

/**
 * What decoders must know of a source, in the form in which it stands in front of a key frame
 * instead of in a header: the parameter sets of an AVCDecoderConfigurationRecord (ISO 14496-15
 * §5.3.3.1) or an HEVCDecoderConfigurationRecord (§8.3.3.1) as NAL units behind their lengths, the
 * OBUs of an AV1CodecConfigurationRecord (AV1-ISOBMFF §2.3.3) as they are.
 *
 * @throws ViblyError `media.codec-unknown` for other codecs, `bytes.out-of-range` when it ends
 *   early.
 */
export function encodeInBandSets(codec: VideoCodec, record: Uint8Array): Uint8Array {
  const reader = new ByteReader(record)
  const writer = new ByteWriter(record.byteLength * 2)
  switch (codec) {
    case 'h264': {
      reader.skip(4)
      const lengthBytes = (reader.u8() & 3) + 1
      copySets(reader, writer, reader.u8() & 0x1f, lengthBytes)
      copySets(reader, writer, reader.u8(), lengthBytes)
      return writer.bytes()
    }
    case 'hevc': {
      reader.skip(21)
      const lengthBytes = (reader.u8() & 3) + 1
      for (let arrays = reader.u8(); arrays > 0; arrays -= 1) {
        reader.skip(1) // array_completeness, NAL_unit_type
        copySets(reader, writer, reader.u16(), lengthBytes)
      }
      return writer.bytes()
    }
    case 'av1':
      reader.skip(4)
      return reader.rest()
    default:
      throw new ViblyError('media.codec-unknown', { kind: 'video', codec })
  }
}

function copySets(reader: ByteReader, writer: ByteWriter, count: number, lengthBytes: number) {
  for (let at = 0; at < count; at += 1) {
    const nal = reader.take(reader.u16())
    for (let shift = lengthBytes - 1; shift >= 0; shift -= 1) {
      writer.u8(Math.trunc(nal.byteLength / 256 ** shift) % 256)
    }
    writer.put(nal)
  }
}
