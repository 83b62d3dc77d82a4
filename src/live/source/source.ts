import { assertNever, ViblyError } from '../../base/index.ts'
import {
  type AudioFacts,
  decodeAudioConfig,
  decodeAudioPayload,
  decodeVideoPayload,
  type FlvTag,
  isIdrPicture,
  keyframeDistanceMsMax,
  PAYLOAD_BYTES_MIN,
  Timeline,
  type VideoCodec,
  type VideoFacts,
} from '../../media/index.ts'
import type { MediaMessage } from '../../rtmp/index.ts'
import type { Skip, SourceFacts } from '../../transcode/index.ts'
import { dataOf, decodeVideoConfig, plainAudio, plainVideo } from './plain-body.ts'
import { TagGroup } from './tag-group.ts'

export interface SourceOptions {
  /** How long the segments are that a copy is to be cut into, ms. */
  readonly segmentMs: number
  /** What this server's FFmpeg takes; any other is refused by its name. [R17] */
  readonly videoCodecs: readonly VideoCodec[]
  /** What an earlier connection of the same broadcast showed, as in the facts. */
  readonly keyframeIntervalMs: number | null
}

/** What is to be done with the media that just arrived. */
export type SourceStep =
  | SourceStart
  | { readonly type: 'tags'; readonly tags: readonly FlvTag[] }
  /** The running FFmpeg cannot go on as it is: drop it, then ask `restart` where to begin again. */
  | { readonly type: 'restart' }

/** A new FFmpeg begins here, behind what the one before was fed. */
export interface SourceStart {
  readonly type: 'start'
  readonly source: SourceFacts
  /** Sequence headers, then everything from a key frame on. */
  readonly tags: readonly FlvTag[]
  /** The headers, and those of the rest that no step had before. */
  readonly fresh: readonly FlvTag[]
  /** When the first of it is shown, ms. */
  readonly startPtsMs: number
  /** null: nothing of it is listed. */
  readonly skip: Skip | null
}

/**
 * A promise that was broken counts again once it has been kept for so long, in media time: an
 * encoder that froze for some seconds has not changed its ways. Twice as long after each further
 * time.
 */
const STEADY_MS_MIN = 30_000

/** How long to wait for a track that has not shown itself, in media time. */
const AUDIO_WAIT_MS = 1000
const VIDEO_WAIT_MS = 1500
/**
 * With a video header but no key frame: go on with the sound alone; without sound, give up. [X14]
 */
const KEYFRAME_WAIT_MS = 5000
/** What is kept to start an FFmpeg from: at least what has been fed and is not listed yet. */
const KEPT_BYTES_MAX = 16 * 1024 * 1024
/** As many key frames: 16 s of a source that has nothing else, at 60 a second. */
const KEPT_GROUPS_MAX = 1000

interface Track<F> {
  readonly facts: F
  /** The sequence header's tag body. */
  readonly config: Uint8Array
}

interface VideoTrack extends Track<VideoFacts> {
  /** What stands in that body: how decoders, and we, read the pictures. */
  readonly record: Uint8Array
}

/**
 * Watches one publisher's media and says where an FFmpeg has to start: once the sequence headers
 * and a key frame are in; again when a header changes; again when key frames turn out too far apart
 * to be copied, or have been near enough for a while. Pure: messages in, steps out.
 */
export class Source {
  readonly #timeline = new Timeline()
  #video: VideoTrack | null = null
  #audio: Track<AudioFacts> | null = null
  #phase: 'opening' | 'running' = 'opening'
  /** Memory for the groups to come. */
  readonly #spare: Buffer[] = []
  /** What an FFmpeg could be started from, oldest first; the last one is being filled. */
  #groups: TagGroup[] = [new TagGroup(null, this.#spare)]
  /** So many of the newest tags in there were in no step yet. */
  #freshCount = 0
  #listedUntilMs = 0
  /** When the last picture is shown that is kept. */
  #lastPtsMs = 0
  #openedMs: number | null = null
  #keyframeMs: number | null = null
  /** The last picture that a copied segment can begin with. */
  #idrMs = 0
  /** The first of the key frames that have all been near enough since. */
  #steadyFromMs = 0
  #keyframeIntervalMs: number | null
  #isCopied = false
  /** How often a copy had to be given up. */
  #brokenCount = 0
  #jumpCount = 0
  /** A header changed in a way that the running FFmpeg survives until the next key frame. */
  #startsAtKeyframe = false

  readonly #videoCodecs: readonly VideoCodec[]
  readonly #keyframeMsMax: number

  constructor(options: SourceOptions) {
    this.#keyframeIntervalMs = options.keyframeIntervalMs
    this.#videoCodecs = options.videoCodecs
    this.#keyframeMsMax = keyframeDistanceMsMax(options.segmentMs)
  }

  get keyframeIntervalMs(): number | null {
    return this.#keyframeIntervalMs
  }

  /** As the headers say it now; both tracks null before any came. */
  get facts(): SourceFacts {
    return {
      video: this.#video?.facts ?? null,
      audio: this.#audio?.facts ?? null,
      keyframeIntervalMs: this.#keyframeIntervalMs,
    }
  }

  /** How often the encoder's clock jumped. */
  get jumpCount(): number {
    return this.#jumpCount
  }

  /** Says whether the running FFmpeg copies the picture and so needs near key frames. */
  relyOnKeyframes(isCopied: boolean): void {
    this.#isCopied = isCopied
  }

  /**
   * Takes one message; null when there is nothing to do yet.
   *
   * @throws ViblyError `media.*` when it cannot be understood or its codec is not taken,
   *   `live.no-key-frame` when a video track never gets one.
   */
  push(message: MediaMessage): SourceStep | null {
    // Some encoders send empty messages to keep the line alive.
    if (message.payload.byteLength < PAYLOAD_BYTES_MIN[message.kind]) return null
    switch (message.kind) {
      case 'data':
        return null
      case 'video':
        return this.#pushVideo(message)
      case 'audio':
        return this.#pushAudio(message)
      default:
        return assertNever(message.kind)
    }
  }

  /**
   * Everything before `ptsMs` is listed and need not be fed again to an FFmpeg that replaces one.
   */
  forgetListed(ptsMs: number): void {
    this.#listedUntilMs = ptsMs
    // The clocks of FLV and MPEG-TS differ by rounding.
    const listedMs = ptsMs + 1
    while ((this.#groups[1]?.ptsMs ?? Number.POSITIVE_INFINITY) <= listedMs) {
      this.#groups.shift()?.clear()
    }
    const [first] = this.#groups
    if (first !== undefined && first.ptsMs === null) first.trim(listedMs)
  }

  /** Where the FFmpeg begins that replaces one; null: wait, the next key frame gives it. */
  restart(): SourceStart | null {
    if (this.#phase === 'running' && this.#canStart()) {
      const start = this.#start()
      // One picture must come out, or FFmpeg gives out no sound either: while the picture stands
      // still, the last one again.
      const untilMs = Math.max(start.startPtsMs, Math.min(this.#listedUntilMs, this.#lastPtsMs))
      return { ...start, skip: { untilMs, lengthMs: untilMs - start.startPtsMs } }
    }
    this.#phase = 'opening'
    return null
  }

  #pushVideo(message: MediaMessage): SourceStep | null {
    const payload = decodeVideoPayload(message.payload)
    if (payload.packet === 'metadata') return null
    const { codec, packet } = payload
    if (!this.#videoCodecs.includes(codec))
      throw new ViblyError('live.codec-unsupported', { codec })
    const body = plainVideo(message, payload, packet)
    if (packet === 'config') {
      const record = dataOf(message, payload)
      // FFmpeg sends an empty one of AV1 first, and the true one when it has it.
      if (record.byteLength > 0 && !isSame(this.#video?.config, body)) {
        this.#video = { facts: decodeVideoConfig(codec, record), config: body, record }
        this.#reopen()
      }
      return null
    }
    // A frame before its header can be decoded by nobody. [R37]
    if (packet !== 'frame' || this.#video === null) return null
    const tag = this.#place(message, body)
    if (payload.isKeyframe) {
      // FFmpeg can start from any key frame, a copied segment only from one that is an IDR. [H19]
      const isFirst = this.#keyframeMs === null
      const isIdr =
        isFirst || codec !== 'h264' || isIdrPicture(dataOf(message, payload), this.#video.record)
      if (isIdr) this.#noteIdr(tag.timestampMs)
      if (isIdr && this.#isSteadyAgain()) {
        this.#keyframeIntervalMs = null
        this.#startsAtKeyframe = true
      }
      this.#openGroup(tag, payload.compositionMs)
    }
    this.#lastPtsMs = Math.max(this.#lastPtsMs, tag.timestampMs + payload.compositionMs)
    this.#keep(tag)
    if (this.#phase === 'opening') return this.#open(tag.timestampMs)
    if (payload.isKeyframe && this.#startsAtKeyframe) {
      this.#groups = this.#groups.slice(-1)
      return this.#start()
    }
    return this.#checkKeyframes(tag.timestampMs) ?? this.#pass(tag)
  }

  #pushAudio(message: MediaMessage): SourceStep | null {
    const payload = decodeAudioPayload(message.payload)
    if (payload.codec !== 'aac')
      throw new ViblyError('live.codec-unsupported', { codec: payload.codec })
    const { packet } = payload
    if (packet !== 'config' && packet !== 'frame') return null
    const body = plainAudio(message, payload, packet)
    if (packet === 'config') {
      if (!isSame(this.#audio?.config, body)) {
        this.#audio = { facts: decodeAudioConfig(dataOf(message, payload)), config: body }
        if (this.#phase === 'running' && this.#keyframeMs !== null) this.#startsAtKeyframe = true
        else this.#reopen()
      }
      return null
    }
    if (this.#audio === null) return null
    const tag = this.#place(message, body)
    this.#keep(tag)
    if (this.#phase === 'opening') return this.#open(tag.timestampMs)
    return this.#pass(tag)
  }

  #pass(tag: FlvTag): SourceStep {
    this.#freshCount = 0
    return { type: 'tags', tags: [tag] }
  }

  #place(message: MediaMessage, payload: Uint8Array): FlvTag {
    const { timestampMs, isReset } = this.#timeline.push(message.kind, message.timestampMs)
    if (isReset) this.#jumpCount += 1
    return { kind: message.kind, timestampMs, payload }
  }

  /** Whether enough is known to start. */
  #open(nowMs: number): SourceStep | null {
    this.#openedMs ??= nowMs
    const waitedMs = nowMs - this.#openedMs
    if (this.#video !== null && this.#keyframeMs !== null) {
      const isComplete = this.#audio !== null || waitedMs >= AUDIO_WAIT_MS
      return isComplete && this.#canStart() ? this.#start() : null
    }
    if (this.#video === null) return waitedMs >= VIDEO_WAIT_MS ? this.#start() : null
    if (waitedMs < KEYFRAME_WAIT_MS) return null
    if (this.#audio !== null) return this.#start()
    throw new ViblyError('live.no-key-frame', { seconds: KEYFRAME_WAIT_MS / 1000 })
  }

  /** Sound alone can start anywhere; with a picture everything since a key frame must be there. */
  #canStart(): boolean {
    return this.#keyframeMs === null || this.#groups.some((group) => group.ptsMs !== null)
  }

  #start(): SourceStart {
    this.#phase = 'running'
    this.#startsAtKeyframe = false
    const video = this.#keyframeMs === null ? null : this.#video
    const kept = this.#groups.flatMap((group) => group.tags())
    const timestampMs = kept[0]?.timestampMs ?? 0
    const headers: FlvTag[] = []
    if (video !== null) headers.push({ kind: 'video', timestampMs, payload: video.config })
    if (this.#audio !== null) {
      headers.push({ kind: 'audio', timestampMs, payload: this.#audio.config })
    }
    const source = { ...this.facts, video: video?.facts ?? null }
    const startPtsMs = this.#groups.find((group) => group.ptsMs !== null)?.ptsMs ?? timestampMs
    const fresh = kept.slice(Math.max(0, kept.length - this.#freshCount))
    this.#freshCount = 0
    return {
      type: 'start',
      source,
      tags: [...headers, ...kept],
      fresh: [...headers, ...fresh],
      startPtsMs,
      skip: null,
    }
  }

  /** The promise of near key frames, broken: what is not listed yet is made anew without a copy. */
  #checkKeyframes(nowMs: number): SourceStep | null {
    if (this.#keyframeMs === null || !this.#isCopied) return null
    const intervalMs = nowMs - this.#idrMs
    if (intervalMs <= this.#keyframeMsMax) return null
    this.#keyframeIntervalMs = intervalMs
    this.#isCopied = false
    this.#brokenCount += 1
    return { type: 'restart' }
  }

  #noteIdr(nowMs: number): void {
    const isNear = nowMs - this.#idrMs <= this.#keyframeMsMax
    if (this.#keyframeMs === null || !isNear) this.#steadyFromMs = nowMs
    this.#idrMs = nowMs
  }

  #isSteadyAgain(): boolean {
    const neededMs = STEADY_MS_MIN * 2 ** Math.max(0, this.#brokenCount - 1)
    return this.#keyframeIntervalMs !== null && this.#idrMs - this.#steadyFromMs >= neededMs
  }

  #reopen(): void {
    this.#phase = 'opening'
    this.#openedMs = null
    this.#keyframeMs = null
    this.#groups = [new TagGroup(null, this.#spare)]
  }

  #openGroup(keyframe: FlvTag, compositionMs: number): void {
    const group = new TagGroup(keyframe.timestampMs + compositionMs, this.#spare)
    // The picture comes first: of the sound before the first key frame only what goes with it
    // stays.
    const isFirst = this.#keyframeMs === null
    const waiting = isFirst ? this.#groups.flatMap((before) => before.tags()) : []
    if (isFirst) this.#groups = []
    this.#groups.push(group)
    this.#keyframeMs = keyframe.timestampMs
    for (const tag of waiting) if (tag.timestampMs >= keyframe.timestampMs) this.#keep(tag)
  }

  #keep(tag: FlvTag): void {
    // A picture whose key frame is not there helps nobody.
    if (this.#keyframeMs === null && tag.kind === 'video') return
    const group = this.#groups.at(-1)
    if (group === undefined) return
    group.push(tag)
    this.#freshCount += 1
    // Too much since the last listed segment: the oldest goes, in the end the next key frame is
    // waited for.
    while (
      this.#groups.length > KEPT_GROUPS_MAX ||
      this.#groups.reduce((sum, { bytes }) => sum + bytes, 0) > KEPT_BYTES_MAX
    ) {
      this.#groups.shift()?.clear()
    }
  }
}

function isSame(before: Uint8Array | undefined, now: Uint8Array): boolean {
  return before !== undefined && Buffer.compare(before, now) === 0
}
