import type { Faults } from './fault.ts'

/** Cutting and listing. */
export const HLS_FAULTS = {
  'hls.format-changed': {
    help: 'The picture changed from {before} to {after} in the middle of the broadcast. It goes on with a fresh FFmpeg.',
  },
  'hls.key-frames-too-far': {
    help: 'Nothing to cut at (a key frame, or sound) came for {elapsedMs}, so no segment could end in time. The broadcast starts a fresh FFmpeg; set the key-frame interval of the encoder to 2 s.',
  },
  'hls.playlist-invalid': {
    help: 'The stored playlist of rendition {rendition} cannot be read. Its segments are still on disk.',
  },
  'hls.reload-invalid': {
    http: 400,
    help: 'The address of the playlist has a {directive} that cannot be read. Ask with whole numbers, each once, and with _HLS_part only beside _HLS_msn.',
  },
  'hls.reload-too-far': {
    http: 400,
    help: 'The playlist was asked for a segment or part too far in the future. Ask for the next one.',
  },
  'hls.reload-too-late': {
    http: 503,
    help: 'The segment or part that the player waits for did not come in time. Ask again.',
  },
  'hls.renditions-apart': {
    help: 'Rendition {rendition} is {apartMs} apart from the others, so viewers could not switch to it. The broadcast starts a fresh FFmpeg.',
  },
  'hls.segment-too-large': {
    help: 'A segment has grown larger than {bytesMax} bytes. Lower the bit rate of the encoder.',
  },
  'hls.timestamps-fell': {
    help: 'The timestamps that came out of FFmpeg fell by {fellMs}. The broadcast starts a fresh FFmpeg.',
  },
} as const satisfies Faults
