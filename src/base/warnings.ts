/**
 * Every warning about a broadcast that goes on: its code on the wire and, in words for its
 * streamer, what is wrong and what to do. What ends something is a fault and stands in `faults/`.
 * docs/ERRORS.md is held equal to this table.
 */
const WARNINGS = {
  'ingest.audio-missing':
    'No sound is arriving. Look at the audio sources and the audio track in your encoder.',
  'ingest.picture-missing':
    'No picture is arriving. Look at the video source in your encoder, then start the stream again.',
  'ingest.picture-late':
    'Your picture came after the broadcast had begun as sound alone, so it is not shown. Stop the stream and start it again to show it.',
  'ingest.bit-rate-high':
    'Your bit rate is near or above what this server takes, and above it you are cut off. Lower it in your encoder.',
  'ingest.clock-jumped':
    'The clock of your encoder jumped. Viewers may have seen a jump; if it goes on, start the stream again.',
  'ingest.frames-dropped':
    'Pictures are missing from your stream. Your line or your computer is too slow: lower the bit rate, the resolution or the frame rate.',
  'ingest.late':
    'Your stream arrives later and later. Your line cannot carry your bit rate: lower it, or use a cable.',
  'ingest.keyframes-far':
    'Your key frames are further apart than a segment of this server is long, so every quality is encoded anew and viewers wait longer. Set the keyframe interval to 2 s, or less where the segments are shorter.',
  'transcode.behind':
    'The server is too busy to encode all qualities in time, and viewers fall behind. Lower the resolution or the frame rate, or end another broadcast.',
  'transcode.rendition-dropped':
    'The server could not encode all qualities as fast as your stream comes in, so the dearest is left out. It comes back by itself when there is room.',
  'transcode.room-short':
    'The server is busy with other broadcasts, so some qualities of yours are left out. They come back by themselves when there is room.',
  'recording.stopped':
    'The recording has stopped. The broadcast goes on, but what comes now cannot be downloaded afterwards. It goes on by itself when the disk of the server works again.',
  'recording.paused':
    'The disk of the server is nearly full, so nothing is recorded now. It goes on by itself when there is room.',
  'disk.full':
    'The disk of the server is full. Viewers who are there see everything, but what comes now cannot be watched afterwards.',
} as const satisfies Record<string, string>

export type WarningCode = keyof typeof WARNINGS

/** What a warning says to the streamer. */
export function warningOf(code: WarningCode): string {
  return WARNINGS[code]
}

/** All codes in the order of the table. */
export function warningCodes(): readonly WarningCode[] {
  return Object.keys(WARNINGS).filter((code): code is WarningCode => code in WARNINGS)
}
