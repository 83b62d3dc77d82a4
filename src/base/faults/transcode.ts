import type { Faults } from './fault.ts'

/** FFmpeg, and the room for it. */
export const TRANSCODE_FAULTS = {
  'transcode.died': {
    help: 'The encoder process ended by itself (exit {exitCode}, signal {signal}). It is started again; if that does not help, its last words are: {lastWords}',
  },
  'transcode.ffmpeg-incomplete': {
    help: 'The FFmpeg at {path} lacks {missing}. Install a complete one: {command}',
  },
  'transcode.ffmpeg-missing': {
    help: 'FFmpeg was not found ({tried}). Install it: {command}',
  },
  'transcode.ffmpeg-silent': {
    help: 'FFmpeg at {path} was ended before it could say what it can; it has {seconds} s for that. The machine may be overloaded: start again.',
  },
  'transcode.ffmpeg-too-old': {
    help: 'The FFmpeg at {path} is version {version}, Vibly needs {wanted} or later. Install a newer one: {command}',
  },
  'transcode.gave-way': {
    help: 'The place of an encoder process was needed for a broadcast. The work that had it is done again later.',
  },
  'transcode.no-capacity': {
    http: 503,
    help: 'This server has no place for another broadcast ({slotsMax} of {slotsMax} are taken). Try again when one has ended.',
  },
  'transcode.no-media': {
    help: 'The encoder sends neither video nor audio. Check its sources and start again.',
  },
  'transcode.output-missing': {
    help: 'The encoder process ended without an error, but rendition {rendition} got no data. Its last words are: {lastWords}',
  },
  'transcode.picture-too-large': {
    help: 'The video is {width} x {height}, more than the {pixelsMax} pixels this server takes. Lower the output resolution of the encoder.',
  },
  'transcode.pictures-failed': {
    help: 'The pictures of a broadcast could not be made ({found} of {given} from {taken} key frames): {reason}. It can be watched without them.',
  },
  'transcode.remux-failed': {
    help: 'A recording could not be made into an MP4 (exit {exitCode}, signal {signal}): {lastWords}. Look at the free space of the data folder; it is tried again after the next start of the server.',
  },
  'transcode.remux-late': {
    help: 'A recording was not made into an MP4 within {seconds} s and was stopped. Look at the speed of the disk; it is tried again after the next start of the server.',
  },
  'transcode.stalled': {
    help: 'Output {output} of the encoder process made no progress for {silentMs} (it waits for {waitingFor}). The process is replaced; if that happens often, the server is overloaded.',
  },
  'transcode.start-failed': {
    help: 'The encoder process {path} could not be started. Look at the free memory and the number of processes of the server.',
  },
  'transcode.thumbnail-broken': {
    help: 'The thumbnails of the encoder process cannot be read ({reason}). The process is replaced.',
  },
} as const satisfies Faults
