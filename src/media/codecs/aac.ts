import { BitReader, ViblyError } from '../../base/index.ts'
import type { AudioFacts } from './facts.ts'

/** One ADTS header and how long its frame is in bytes, the header included. */
export interface AdtsFrame {
  readonly facts: AudioFacts
  readonly frameBytes: number
  /** PCM samples per channel that the frame holds: 1024 for each raw data block. */
  readonly samples: number
}

/** samplingFrequencyIndex (ISO 14496-3 Table 1.18). */
const SAMPLE_RATES = [
  96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350,
] as const
const RATE_EXPLICIT = 15
/**
 * channelConfiguration (ISO 14496-3 Table 1.19); null is reserved, 0 means a program config
 * element.
 */
const CHANNELS = [0, 1, 2, 3, 4, 5, 6, 8, null, null, null, 7, 8, null, 8, null] as const
/** audioObjectType (ISO 14496-3 Table 1.17). */
const OBJECT_SBR = 5
const OBJECT_SCALABLE = 6
const OBJECT_ER_SCALABLE = 20
const OBJECT_PS = 29
const OBJECT_ESCAPE = 31
const SYNC_EXTENSION_SBR = 0x2b7
const SAMPLES_PER_BLOCK = 1024
const ADTS_HEADER_BYTES = 7

/**
 * Facts of an AudioSpecificConfig (ISO 14496-3 §1.6.2.1), with SBR and PS signalled either way:
 * in front (hierarchical) or behind, for old decoders. [R37]
 *
 * @throws ViblyError `media.aac-invalid` for reserved values, `bytes.out-of-range` when it ends
 *   early.
 */
export function decodeAudioConfig(bytes: Uint8Array): AudioFacts {
  const bits = new BitReader(bytes)
  const first = readObjectType(bits)
  let sampleRate = readSampleRate(bits)
  const configuration = bits.bits(4)
  let objectType = first
  let core = first
  if (first === OBJECT_SBR || first === OBJECT_PS) {
    sampleRate = readSampleRate(bits)
    core = readObjectType(bits)
  }
  let channels = readChannels(configuration)
  if (channels === 0) channels = readGeneralAudio(bits, core)
  else if (first === core && configuration !== 0) {
    const behind = findSbrBehind(bytes)
    if (behind !== null) {
      objectType = OBJECT_SBR
      sampleRate = behind
    }
  }
  // Parametric stereo makes two of the one coded channel.
  if (objectType === OBJECT_PS && channels === 1) channels = 2
  return { codec: 'aac', codecString: `mp4a.40.${objectType}`, sampleRate, channels }
}

/**
 * The ADTS header at the front of `bytes` (ISO 13818-7 §6.2). ADTS can only name the core: HE-AAC
 * reads as AAC-LC at half its rate, which is how players are told to treat it.
 *
 * @returns null when `bytes` is shorter than the 7 bytes of the header.
 * @throws ViblyError `media.aac-invalid` when there is no header.
 */
export function decodeAdts(bytes: Uint8Array): AdtsFrame | null {
  if (bytes.byteLength < ADTS_HEADER_BYTES) return null
  const bits = new BitReader(bytes)
  const sync = bits.bits(12)
  if (sync !== 0xfff) throw new ViblyError('media.aac-invalid', { field: 'sync', value: sync })
  bits.skip(1) // MPEG-4 or MPEG-2
  const layer = bits.bits(2)
  if (layer !== 0) throw new ViblyError('media.aac-invalid', { field: 'layer', value: layer })
  bits.skip(1) // protection_absent
  const objectType = bits.bits(2) + 1
  const sampleRate = readSampleRate(bits)
  bits.skip(1)
  const channels = readChannels(bits.bits(3))
  bits.skip(4)
  const frameBytes = bits.bits(13)
  bits.skip(11)
  const samples = (bits.bits(2) + 1) * SAMPLES_PER_BLOCK
  if (frameBytes < ADTS_HEADER_BYTES) {
    throw new ViblyError('media.aac-invalid', { field: 'frame length', value: frameBytes })
  }
  const facts: AudioFacts = {
    codec: 'aac',
    codecString: `mp4a.40.${objectType}`,
    sampleRate,
    channels,
  }
  return { facts, frameBytes, samples }
}

function readObjectType(bits: BitReader): number {
  const type = bits.bits(5)
  return type === OBJECT_ESCAPE ? 32 + bits.bits(6) : type
}

function readSampleRate(bits: BitReader): number {
  const index = bits.bits(4)
  const sampleRate = index === RATE_EXPLICIT ? bits.bits(24) : SAMPLE_RATES[index]
  if (sampleRate === undefined || sampleRate === 0) {
    throw new ViblyError('media.aac-invalid', { field: 'sample rate', value: index })
  }
  return sampleRate
}

function readChannels(configuration: number): number {
  const channels = CHANNELS[configuration]
  if (channels === undefined || channels === null) {
    throw new ViblyError('media.aac-invalid', { field: 'channels', value: configuration })
  }
  return channels
}

/** GASpecificConfig (ISO 14496-3 §4.4.1) up to the channels of its program_config_element. */
function readGeneralAudio(bits: BitReader, objectType: number): number {
  bits.skip(1) // frameLengthFlag
  if (bits.flag()) bits.skip(14) // coreCoderDelay
  bits.skip(1) // extensionFlag
  if (objectType === OBJECT_SCALABLE || objectType === OBJECT_ER_SCALABLE) bits.skip(3) // layerNr
  bits.skip(4 + 2 + 4) // element_instance_tag, object_type, sampling_frequency_index
  const front = bits.bits(4)
  const side = bits.bits(4)
  const back = bits.bits(4)
  const bass = bits.bits(2)
  bits.skip(3 + 4) // assoc_data, valid_cc
  if (bits.flag()) bits.skip(4) // mono mixdown
  if (bits.flag()) bits.skip(4) // stereo mixdown
  if (bits.flag()) bits.skip(3) // matrix mixdown
  let channels = bass
  for (let element = 0; element < front + side + back; element += 1) {
    channels += bits.flag() ? 2 : 1
    bits.skip(4)
  }
  if (channels === 0) throw new ViblyError('media.aac-invalid', { field: 'channels', value: 0 })
  return channels
}

/**
 * The rate of SBR signalled behind the plain configuration (ISO 14496-3 §1.6.6.1):
 * syncExtensionType, object type 5, sbrPresentFlag, rate. Null when there is none: most
 * configurations end before it.
 */
function findSbrBehind(bytes: Uint8Array): number | null {
  // 5 + 4 + 4 bits of configuration and 3 of GASpecificConfig: the extension is byte-aligned at 2.
  if (bytes.byteLength < 5) return null
  const bits = new BitReader(bytes.subarray(2))
  if (bits.bits(11) !== SYNC_EXTENSION_SBR || bits.bits(5) !== OBJECT_SBR || !bits.flag())
    return null
  return readSampleRate(bits)
}
