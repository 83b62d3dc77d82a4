import type { Faults } from './fault.ts'

/** Broadcasts and their recordings. */
export const LIVE_FAULTS = {
  'live.bit-rate-too-high': {
    help: 'Your encoder sends more than the {kbpsMax} kbit/s that this server allows. Lower its bit rate and start again.',
  },
  'live.broadcast-not-found': {
    http: 404,
    help: 'There is no such broadcast. It may have been deleted.',
  },
  'live.channel-not-found': {
    http: 404,
    ws: 4004,
    help: 'There is no such channel. Check the name.',
  },
  'live.codec-unsupported': {
    help: 'This server cannot take {codec}. Set your encoder to H.264 video and AAC audio.',
  },
  'live.disk-full': {
    http: 507,
    ws: 4500,
    help: "The disk of the server is full, so no broadcast can begin. Your encoder may try again; the server's owner has to make room.",
  },
  'live.disk-low': {
    help: 'The disk of the server is nearly full, so nothing is recorded. It goes on by itself when there is room.',
  },
  'live.encoder-failed': {
    help: 'The broadcast was ended because its encoder failed {failures} times within a minute: {reason}',
  },
  'live.ended-by-owner': {
    help: 'The broadcast was ended from the studio.',
  },
  'live.key-rotated': {
    help: 'The stream key was changed. Copy the new one from the studio to your encoder.',
  },
  'live.media-missing': {
    help: 'The file {key} of a broadcast is gone from the media folder.',
  },
  'live.no-key-frame': {
    help: 'No key frame came in {seconds} s, so nothing can be shown. Set the key-frame interval of your encoder to 2 s.',
  },
  'live.publisher-idle': {
    ws: 4500,
    help: 'No sound or picture came for {idleMsMax}, so the connection counts as lost. Start your encoder again.',
  },
  'live.record-lost': {
    help: 'Nothing in the folder of the broadcast {broadcast} tells whose it is. It is left as it is; put its broadcast.json back from a backup.',
  },
  'live.recording-differs': {
    help: 'The finished recording lasts {foundMs} (picture {hasVideo}, sound {hasAudio}), but {recordedMs} were recorded. What was recorded is kept; it is tried again after the next start of the server.',
  },
  'live.recording-dropped': {
    help: 'The recording was not finished, since its broadcast is being deleted.',
  },
  'live.recording-too-slow': {
    help: 'The disk is too slow to record this broadcast: more than {bytesMax} bytes waited for it. The recording pauses and the broadcast goes on; use a faster disk.',
  },
  'live.server-stopping': {
    ws: 4500,
    help: 'The server is being restarted. Your encoder can connect again in a moment.',
  },
  'live.source-unsteady': {
    help: 'Your encoder changed its picture or sound settings more than {perMinuteMax} times a minute. Keep them as they are and start again.',
  },
  'live.stalled': {
    ws: 4500,
    help: 'The server could not keep up with your stream for {stallMsMax}. Lower the resolution or bit rate, or free the server.',
  },
  'live.stopped-by-admin': {
    help: 'The broadcast was ended by an administrator of this server.',
  },
  'live.stream-key-unknown': {
    help: 'The stream key was not accepted. Copy it again from the studio to your encoder.',
  },
  'live.taken-over': {
    help: 'Another encoder connected with the same stream key and took over.',
  },
  'live.takeovers-too-many': {
    http: 429,
    help: 'Two encoders are fighting over this stream key. Stop one of them, then try again in a moment.',
  },
} as const satisfies Faults
