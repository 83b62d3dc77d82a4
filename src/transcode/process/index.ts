/** One FFmpeg that is fed with a broadcast: its pipes, its pictures, its stalls, its end. */
export {
  startTranscode,
  TRANSCODE_DEFAULTS,
  type Transcode,
  type TranscodeDeps,
  type TranscodeOptions,
} from './ffmpeg.ts'
export { PictureCutter } from './pictures.ts'
