import { joinBytes } from '../base/index.ts'
import {
  decodeVideoPayload,
  encodeFlvHeader,
  encodeFlvTag,
  encodeInBandSets,
  FlvReader,
  type FlvTag,
  glanceAtVideo,
} from '../media/index.ts'
import { compositionMs, isHeader, isKeyframe, RecordedLine } from './recorded-line.ts'

/** What stands in a recording's FLVs, each read from its first byte to its last whole tag. */
export interface RecordedFacts {
  /** From the first picture or sound to the end of the last, ms. */
  readonly durationMs: number
  /** The first sequence header of each track, as tag bodies; null: it has no such track. */
  readonly video: Uint8Array | null
  readonly audio: Uint8Array | null
  /** Whether a header changed on the way: size, frame rate, sampling rate. */
  readonly hasVideoChanges: boolean
  readonly hasAudioChanges: boolean
}

/** FLVs, one for each life of the server, each piece by piece. */
type Files = readonly AsyncIterable<Uint8Array>[]

/** Tags are handed on so many at a time: a write each would be a thousand of them a second. */
const BATCH_BYTES = 64 * 1024
/** A last step longer than this is a pause, and no length of a picture; ms. */
const STEP_MS_MAX = 1000

/** Reads a recording through; null when there is no picture and no sound in it. */
export async function surveyRecording(files: Files): Promise<RecordedFacts | null> {
  const video = new TrackSurvey()
  const audio = new TrackSurvey()
  for await (const tag of tagsOf(files)) {
    if (tag.kind !== 'data') (tag.kind === 'video' ? video : audio).push(tag)
  }
  const tracks = [video, audio].filter((track) => track.header !== null && track.hasMedia)
  if (tracks.length === 0) return null
  const startMs = Math.min(...tracks.map((track) => track.startMs))
  return {
    durationMs: Math.max(...tracks.map((track) => track.endMs)) - startMs,
    video: tracks.includes(video) ? video.header : null,
    audio: tracks.includes(audio) ? audio.header : null,
    hasVideoChanges: video.hasChanges,
    hasAudioChanges: audio.hasChanges,
  }
}

/**
 * The recording as one MP4 can hold it. Both tracks are announced at the front, even one that came
 * later. An MP4's track has one sample description: where the picture's headers changed, every key
 * frame carries its own in front of it, as `sampleEntryOf` then says.
 */
export async function* restoreRecording(
  files: Files,
  facts: RecordedFacts,
): AsyncGenerator<Uint8Array> {
  const { video, audio } = facts
  let batch = [encodeFlvHeader({ hasVideo: video !== null, hasAudio: audio !== null })]
  if (video !== null) batch.push(encodeFlvTag({ kind: 'video', timestampMs: 0, payload: video }))
  if (audio !== null) batch.push(encodeFlvTag({ kind: 'audio', timestampMs: 0, payload: audio }))
  let batchBytes = 0
  let sets: Uint8Array | null = null
  for await (const tag of tagsOf(files)) {
    if (tag.kind === 'data' || facts[tag.kind] === null) continue
    if (tag.kind === 'video' && isHeader(tag)) {
      if (facts.hasVideoChanges) sets = inBandSets(tag.payload)
      continue
    }
    const payload = sets !== null && isKeyframe(tag) ? withSets(tag.payload, sets) : tag.payload
    const bytes = encodeFlvTag({ ...tag, payload })
    batch.push(bytes)
    batchBytes += bytes.byteLength
    if (batchBytes < BATCH_BYTES) continue
    yield Buffer.concat(batch)
    batch = []
    batchBytes = 0
  }
  yield Buffer.concat(batch)
}

/**
 * What the picture's sample description is to be called (ISO 14496-15 §5.4.2.1, §8.4.1.1); null: as
 * the muxer does. `avc3` and `hev1` allow parameter sets in front of key frames; `hvc1` is what
 * Apple's players want of HEVC otherwise.
 */
export function sampleEntryOf(facts: RecordedFacts): 'avc3' | 'hev1' | 'hvc1' | null {
  if (facts.video === null) return null
  const { codec } = decodeVideoPayload(facts.video)
  if (codec === 'hevc') return facts.hasVideoChanges ? 'hev1' : 'hvc1'
  return codec === 'h264' && facts.hasVideoChanges ? 'avc3' : null
}

/** Where one track begins and ends, as it is shown. */
class TrackSurvey {
  header: Uint8Array | null = null
  hasChanges = false
  hasMedia = false
  startMs = Number.POSITIVE_INFINITY
  endMs = 0
  #last: Uint8Array | null = null
  #lastMs: number | null = null
  #stepMs = 0

  push(tag: FlvTag): void {
    if (isHeader(tag)) {
      // Copied: the piece it stands in is large.
      if (this.header === null) this.header = Uint8Array.from(tag.payload)
      if (this.#last !== null && Buffer.compare(this.#last, tag.payload) !== 0) {
        this.hasChanges = true
      }
      this.#last = Uint8Array.from(tag.payload)
      return
    }
    this.hasMedia = true
    const stepMs = tag.timestampMs - (this.#lastMs ?? tag.timestampMs)
    if (stepMs > 0 && stepMs <= STEP_MS_MAX) this.#stepMs = stepMs
    this.#lastMs = tag.timestampMs
    const shownMs = tag.timestampMs + compositionMs(tag)
    this.startMs = Math.min(this.startMs, shownMs)
    this.endMs = Math.max(this.endMs, shownMs + this.#stepMs)
  }
}

/** On one line of time. */
async function* tagsOf(files: Files): AsyncGenerator<FlvTag> {
  const line = new RecordedLine()
  for (const file of files) {
    const reader = new FlvReader()
    line.startPiece()
    for await (const piece of file) {
      for (const tag of reader.push(piece)) yield { ...tag, timestampMs: line.place(tag) }
      if (reader.isBroken) break
    }
  }
}

/** What the header tells, in the form in which a key frame carries it. */
function inBandSets(header: Uint8Array): Uint8Array {
  const { codec, headerBytes } = decodeVideoPayload(header)
  return encodeInBandSets(codec, header.subarray(headerBytes))
}

function withSets(payload: Uint8Array, sets: Uint8Array): Uint8Array {
  const { headerBytes } = glanceAtVideo(payload)
  return joinBytes([payload.subarray(0, headerBytes), sets, payload.subarray(headerBytes)])
}
