import { ViblyError } from '../../base/index.ts'
import { type AudioFacts, keyframeDistanceMsMax, type VideoFacts } from '../../media/index.ts'
import { planSizes, planVideoKbps, type Size, toEven, toEvenBelow } from './ladder.ts'

/** What a source is: read from its sequence headers and key frames, never from metadata. [R15] */
export interface SourceFacts {
  readonly video: VideoFacts | null
  readonly audio: AudioFacts | null
  /**
   * The distance between key frames that was last too long for a copy; null: none was, and none is
   * expected.
   */
  readonly keyframeIntervalMs: number | null
}

export interface PlanOptions {
  /** Length of a segment, and so of a group of pictures, in ms. */
  readonly segmentMs: number
  /**
   * The renditions of the broadcast's first run, tallest first: a later run produces these again,
   * whatever its source. null for a first run.
   */
  readonly keep: readonly Pick<Rendition, 'name' | 'width' | 'height'>[] | null
  /** null: nothing of what is fed is listed. */
  readonly skip: Skip | null
}

/** The beginning of what is fed, which is listed already. */
export interface Skip {
  /** Where it ends, in the source's ms. */
  readonly untilMs: number
  /** How long it is. */
  readonly lengthMs: number
}

/** One quality of a broadcast. Sizes are pixels; null where it has no video. */
export interface Rendition {
  /** `720p`, or `audio`. */
  readonly name: string
  readonly width: number | null
  readonly height: number | null
  /** Frames per second; null: no video, or the source does not say. */
  readonly frameRate: number | null
  /** Its video is the source's, bit for bit; where it has no video, its audio is. */
  readonly isCopy: boolean
  /** Ceiling of the encoded video; null when copied or absent. */
  readonly videoKbps: number | null
  /** Rate of the encoded audio; null when copied or absent. */
  readonly audioKbps: number | null
  /** Bits per second of MPEG-TS that no segment exceeds; null when copied, so only bytes tell. */
  readonly bandwidth: number | null
}

/**
 * What one FFmpeg shall do with one source. Data only: `formatArguments` makes the command of it.
 */
export interface Plan {
  /** Tallest first, never empty. */
  readonly renditions: readonly Rendition[]
  readonly video: VideoPlan | null
  /** The same in all renditions, so that switching never changes the sound. null: no audio. */
  readonly audio: 'copy' | 'encode' | null
  /** FFmpeg's names of the only decoders that may open. */
  readonly decoders: readonly string[]
}

/** How the picture of a source is shown, thinned out and begun anew. */
export interface VideoPlan {
  /** The source as it is shown: square pixels. */
  readonly display: Size
  readonly isInterlaced: boolean
  /** Every how manieth frame is used: 1, or more where the source has over 60 a second. */
  readonly frameStep: number
  /** Frames per second after `frameStep`; null when the source does not say. */
  readonly frameRate: number | null
  /** Where encoded key frames stand: at the source's own, or every so many ms. */
  readonly keyframes: { readonly at: 'source' } | { readonly at: 'every'; readonly everyMs: number }
  /**
   * Decoded, since what follows is built on it, and not shown; null: all is shown, as always where
   * one rendition is a copy.
   */
  readonly skip: Skip | null
  readonly thumbnail: Size
}

/** The most pixels a source picture may have. */
export const PIXELS_MAX = 4096 * 2304

/** FFmpeg's decoder of each codec. Its own `av1` only drives hardware. */
export const VIDEO_DECODERS: Readonly<Record<VideoFacts['codec'], string>> = {
  h264: 'h264',
  hevc: 'hevc',
  av1: 'libdav1d',
}

/** A little over 60, since 59.94 and 60 come with measuring errors. */
const FRAME_RATE_MAX = 60.5
/** What most sources are that do not say. */
export const FRAME_RATE_ASSUMED = 30
/** H.264 profile_idc that every player takes: Baseline, Main, High (ITU-T H.264 §A.2). [M09] */
const COPY_PROFILES: readonly number[] = [66, 77, 100]
/** Level 5.2. [M09] */
const COPY_LEVEL_MAX = 52
/**
 * Below these AAC-LC may hide HE-AAC (signalled implicitly), above is not played everywhere. [M08]
 */
const COPY_SAMPLE_RATES: readonly number[] = [32_000, 44_100, 48_000]
const AUDIO_KBPS = 128
const THUMBNAIL_WIDTH = 640
/** Only pictures taller than 1:3 are squeezed by it. */
const THUMBNAIL_HEIGHT_MAX = 1920

/**
 * Seconds of its ceiling that a rendition's decoder buffer holds (ITU-T H.264 Annex C), FFmpeg's
 * `bufsize`. Short, so that a key frame is soon delivered; one segment may exceed the ceiling by
 * it.
 */
export const BUFFER_SECONDS = 0.5
/** A packet of 188 bytes carries 184 (ISO 13818-1 §2.4.3.2). */
const TS_FACTOR = 188 / 184
/** PES header, adaptation field, and on average half a packet of stuffing, for each frame. */
const TS_FRAME_BITS = (30 + 94) * 8
/**
 * What each part begins with, PAT, PMT and parameter sets in a packet each, at five parts a second.
 */
const TS_PART_BITS = 5 * 3 * 188 * 8
/** Frames per second of sound at most: 48 000 / 1024. */
const AUDIO_FRAME_RATE = 47
/** FFmpeg's AAC encoder strays from its rate by less than this. */
const AUDIO_FACTOR = 1.1
/** The most kbit/s of copied AAC that a stereo encoder is set to, in practice. */
const COPIED_AUDIO_KBPS = 320

/**
 * Decides what is made of a source: the ladder by height, what is copied, where key frames stand.
 * Top rendition and sound are copied where any player takes them as they are. [F15] [M07] [M08]
 * [M09]
 *
 * @throws ViblyError `transcode.no-media` without video and audio, `transcode.picture-too-large`
 *   over `PIXELS_MAX`.
 */
export function planRenditions(source: SourceFacts, options: PlanOptions): Plan {
  const { audio } = source
  const isSoundOnly = options.keep?.every((rendition) => rendition.height === null) ?? false
  const video = isSoundOnly ? null : source.video
  if (video === null && audio === null) throw new ViblyError('transcode.no-media')

  const audioPlan = audio === null ? null : planAudio(audio)
  const shown = video === null ? null : planPicture(video)
  const wanted = options.keep ?? nameRenditions(shown)
  const isTopCopied = video !== null && isCopyable(video, wanted[0], source, options)
  const renditions = wanted.map((named, index) =>
    planRendition(named, index === 0 && isTopCopied, shown, { audio, audioPlan }, options),
  )
  const keyframes = isTopCopied
    ? { at: 'source' as const }
    : { at: 'every' as const, everyMs: options.segmentMs }
  return {
    renditions,
    video: shown && {
      ...shown,
      keyframes,
      skip: isTopCopied ? null : options.skip,
    },
    audio: audioPlan,
    decoders: [...(video === null ? [] : [VIDEO_DECODERS[video.codec]]), ...decodersOf(audio)],
  }
}

/**
 * How many renditions can be left out of `plan`, the dearest first: those that are encoded, but one
 * stays.
 */
export function dearestCount(plan: Plan): number {
  const encoded = plan.renditions.filter(({ videoKbps }) => videoKbps !== null).length
  return Math.min(encoded, plan.renditions.length - 1)
}

/**
 * `plan` without its `count` dearest renditions, as far as that can be: encoded pixels are what
 * costs.
 */
export function withoutDearest(plan: Plan, count: number): Plan {
  const encoded = plan.renditions.filter(({ videoKbps }) => videoKbps !== null)
  const out = encoded.slice(0, Math.min(count, dearestCount(plan)))
  return { ...plan, renditions: plan.renditions.filter((rendition) => !out.includes(rendition)) }
}

type Named = Pick<Rendition, 'name' | 'width' | 'height'>
/** What the source's picture alone decides. */
type Picture = Omit<VideoPlan, 'keyframes' | 'skip'>

function nameRenditions(shown: Picture | null): readonly Named[] {
  if (shown === null) return [{ name: 'audio', width: null, height: null }]
  return planSizes(shown.display).map((size) => ({ name: `${size.height}p`, ...size }))
}

/**
 * Where a rendition was kept that had video, and there is none now, it goes on with sound alone.
 */
function planRendition(
  named: Named,
  isVideoCopied: boolean,
  shown: Picture | null,
  sound: { readonly audio: AudioFacts | null; readonly audioPlan: Plan['audio'] },
  options: PlanOptions,
): Rendition {
  const { name, width, height } = named
  const audioKbps = sound.audioPlan === 'encode' ? AUDIO_KBPS : null
  const hasVideo = shown !== null && width !== null && height !== null
  const frameRate = hasVideo ? shown.frameRate : null
  const videoKbps = hasVideo && !isVideoCopied ? planVideoKbps({ width, height }, frameRate) : null
  const isCopy = hasVideo ? isVideoCopied : audioKbps === null
  const audioBits = sound.audio === null ? 0 : audioBitsOf(audioKbps)
  const videoBits = videoKbps === null ? 0 : videoBitsOf(videoKbps, frameRate, options.segmentMs)
  return {
    name,
    width: hasVideo ? width : null,
    height: hasVideo ? height : null,
    frameRate,
    isCopy,
    videoKbps,
    audioKbps,
    bandwidth: isCopy ? null : Math.ceil(videoBits + audioBits + TS_PART_BITS),
  }
}

/** Bits per second of the worst segment: the ceiling, and once the whole buffer. */
function videoBitsOf(kbps: number, frameRate: number | null, segmentMs: number): number {
  const peak = kbps * 1000 * (1 + (BUFFER_SECONDS * 1000) / segmentMs)
  return peak * TS_FACTOR + (frameRate ?? FRAME_RATE_ASSUMED) * TS_FRAME_BITS
}

function audioBitsOf(encodedKbps: number | null): number {
  const kbps = encodedKbps === null ? COPIED_AUDIO_KBPS : encodedKbps * AUDIO_FACTOR
  return kbps * 1000 * TS_FACTOR + AUDIO_FRAME_RATE * TS_FRAME_BITS
}

function planPicture(video: VideoFacts): Picture {
  const { width, height, sampleAspect } = video
  if (width * height > PIXELS_MAX) {
    throw new ViblyError('transcode.picture-too-large', { width, height, pixelsMax: PIXELS_MAX })
  }
  const frameStep = Math.ceil((video.frameRate ?? FRAME_RATE_ASSUMED) / FRAME_RATE_MAX)
  const shownWidth = (width * sampleAspect.width) / sampleAspect.height
  return {
    display: { width: toEvenBelow(shownWidth), height: toEvenBelow(height) },
    isInterlaced: video.isInterlaced,
    frameStep,
    frameRate: video.frameRate === null ? null : video.frameRate / frameStep,
    thumbnail: {
      width: THUMBNAIL_WIDTH,
      height: Math.min(THUMBNAIL_HEIGHT_MAX, toEven((THUMBNAIL_WIDTH * height) / shownWidth)),
    },
  }
}

/** Whether the source can be the top rendition, bit for bit. [M09] */
function isCopyable(
  video: VideoFacts,
  top: Named | undefined,
  source: SourceFacts,
  options: PlanOptions,
): boolean {
  return (
    top !== undefined &&
    video.codec === 'h264' &&
    video.width === top.width &&
    video.height === top.height &&
    video.sampleAspect.width === video.sampleAspect.height &&
    !video.isInterlaced &&
    video.bitDepth === 8 &&
    video.chroma === '4:2:0' &&
    COPY_PROFILES.includes(video.profileIdc) &&
    video.levelIdc <= COPY_LEVEL_MAX &&
    (video.frameRate ?? 0) <= FRAME_RATE_MAX &&
    (source.keyframeIntervalMs ?? 0) <= keyframeDistanceMsMax(options.segmentMs)
  )
}

function planAudio(audio: AudioFacts): 'copy' | 'encode' {
  const isLowComplexity = audio.codecString === 'mp4a.40.2'
  const isStereo = audio.channels === 1 || audio.channels === 2
  return isLowComplexity && isStereo && COPY_SAMPLE_RATES.includes(audio.sampleRate)
    ? 'copy'
    : 'encode'
}

function decodersOf(audio: AudioFacts | null): readonly string[] {
  switch (audio?.codec) {
    case undefined:
      return []
    case 'aac':
      return ['aac']
    case 'mp3':
      return ['mp3float', 'mp3']
  }
}
