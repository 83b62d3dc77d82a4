import type { Faults } from './fault.ts'

/** What an encoder or FFmpeg sends as picture and sound. */
export const MEDIA_FAULTS = {
  'media.aac-invalid': {
    help: 'The AAC sound cannot be read: its {field} ({value}) is impossible. Check the audio settings of the encoder.',
  },
  'media.av1-invalid': {
    help: 'The AV1 picture cannot be read: its {field} ({value}) is impossible. Check the video settings of the encoder.',
  },
  'media.codec-unknown': {
    help: 'This {kind} codec ({codec}) is not one that Vibly can take. Set the encoder to H.264 and AAC.',
  },
  'media.h264-invalid': {
    help: 'The H.264 picture cannot be read: its {field} ({value}) is impossible. Check the video settings of the encoder.',
  },
  'media.hdr-unsupported': {
    help: 'The {codec} picture is HDR (transfer {transfer}), and Vibly shows standard range. Set the colours of the encoder to Rec. 709.',
  },
  'media.hevc-invalid': {
    help: 'The HEVC picture cannot be read: its {field} ({value}) is impossible. Check the video settings of the encoder.',
  },
  'media.multitrack-unsupported': {
    help: 'The encoder sends several tracks of one kind, and Vibly takes one. Turn off multitrack (enhanced broadcasting) in the encoder.',
  },
  'media.payload-invalid': {
    help: 'A media packet of type {packetType} is not one that FLV or Enhanced RTMP knows. Update the encoder or choose another.',
  },
  'media.ts-invalid': {
    help: 'What came out of FFmpeg is no valid MPEG-TS: its {field} is missing or wrong. The broadcast starts a fresh FFmpeg.',
  },
  'media.ts-unit-too-large': {
    help: 'One picture that came out of FFmpeg is larger than {bytesMax} bytes. Lower the bit rate of the encoder.',
  },
} as const satisfies Faults
