import type { BroadcastId } from '../base/index.ts'
import { parseJournal, playedSegments } from '../hls/index.ts'
import { encodeTables, TsReader } from '../media/index.ts'
import type { Blobs } from '../ports/index.ts'
import type { Stills } from '../transcode/index.ts'
import type { BroadcastRecord, RenditionRecord } from './broadcast-record.ts'
import { readBlob } from './library.ts'
import {
  formatStoryboard,
  gridOf,
  type PlacedSegment,
  planScenes,
  sheetName,
  sheetsOf,
  tileOf,
} from './storyboard.ts'

export interface PictureDeps {
  readonly blobs: Blobs
  readonly stills: Stills
}

/** As wide as the picture that lists show while it is live, at least. (CONTRACT §3) */
const POSTER_WIDTH_MIN = 640
const POSTER_WIDTH_MAX = 1280

/**
 * Makes what people see of a broadcast before they play it, from the first pictures of its stored
 * segments: a poster, and small pictures for the seek bar. They are where the player's line of time
 * has them, and cost the decoding of one picture each. Resolves with whether there is anything to
 * see.
 *
 * @throws what `Stills` throws, the blobs' faults, the signal's reason.
 */
export async function makePictures(
  record: BroadcastRecord,
  { blobs, stills }: PictureDeps,
  signal: AbortSignal,
): Promise<boolean> {
  const shown = record.renditions.filter(isPicture).toSorted((a, b) => a.height - b.height)
  const [small, large] = [shown[0], shown.at(-1)]
  if (small === undefined || large === undefined) return false
  const scenes = planScenes(await listSegments(blobs, record.id, small.name))
  const tile = tileOf(small)
  let best: { readonly fileName: string; readonly bytes: number } | null = null
  for (const [at, sheet] of sheetsOf(scenes).entries()) {
    const keys = sheet.map(({ fileName }) => `${record.id}/${small.name}/${fileName}`)
    const frames = await readKeyFrames(blobs, keys, signal)
    if (frames === null) return false
    const pictures = await stills.take(frames, tile, signal)
    for (const [place, { byteLength: bytes }] of pictures.entries()) {
      // What takes the most bytes shows the most: black and blurred pictures take few.
      const fileName = sheet[place]?.fileName
      if (fileName !== undefined && bytes > (best?.bytes ?? 0)) best = { fileName, bytes }
    }
    const jpeg = await stills.tile(pictures, gridOf(pictures.length), signal)
    await blobs.put(`${record.id}/${sheetName(at)}`, jpeg)
  }
  if (best === null) return false
  // Segments are named alike in all renditions.
  const frame = await readKeyFrames(blobs, [`${record.id}/${large.name}/${best.fileName}`], signal)
  if (frame === null) return false
  for (const poster of await stills.take(frame, posterSizeOf(large), signal)) {
    await blobs.put(`${record.id}/poster.jpg`, poster)
  }
  const text = formatStoryboard(scenes, tile)
  await blobs.put(`${record.id}/storyboard.vtt`, new TextEncoder().encode(text))
  return true
}

type PictureRendition = RenditionRecord & { readonly width: number; readonly height: number }

function isPicture(rendition: RenditionRecord): rendition is PictureRendition {
  return rendition.width !== null && rendition.height !== null
}

function posterSizeOf({ width, height }: { readonly width: number; readonly height: number }) {
  const wide = Math.min(POSTER_WIDTH_MAX, Math.max(POSTER_WIDTH_MIN, width))
  return { width: wide, height: Math.max(2, Math.round((wide * height) / width / 2) * 2) }
}

async function listSegments(
  blobs: Blobs,
  id: BroadcastId,
  rendition: string,
): Promise<readonly PlacedSegment[]> {
  const bytes = await readBlob(blobs, `${id}/${rendition}/index.m3u8`)
  return playedSegments(parseJournal(new TextDecoder().decode(bytes), rendition))
}

/**
 * The first picture of each segment, each as MPEG-TS that holds nothing else; where one is missing,
 * its neighbour stands in. null: all are.
 */
async function readKeyFrames(
  blobs: Blobs,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<readonly Uint8Array[] | null> {
  const found: (Uint8Array | null)[] = []
  for (const key of keys) {
    signal.throwIfAborted()
    found.push(await readKeyFrame(blobs, key))
  }
  let last = found.find((frame) => frame !== null)
  if (last === undefined) return null
  const frames: Uint8Array[] = []
  for (const frame of found) {
    last = frame ?? last
    frames.push(last)
  }
  return frames
}

/**
 * Reads no further than it must; null when there is nothing to be seen in it, as after a power cut.
 */
async function readKeyFrame(blobs: Blobs, key: string): Promise<Uint8Array | null> {
  const found = await blobs.open(key, null)
  if (found === null) return null
  const reader = new TsReader()
  try {
    for await (const bytes of found.body) {
      const frame = keyFrameIn(reader, reader.push(bytes))
      if (frame !== null) return frame
    }
    return keyFrameIn(reader, reader.end())
  } finally {
    found.body.destroy()
  }
}

/** Segments begin with an IDR picture. [H19] */
function keyFrameIn(reader: TsReader, units: ReturnType<TsReader['push']>): Uint8Array | null {
  const frame = units.find(({ kind, isRandomAccess }) => kind === 'video' && isRandomAccess)
  if (frame === undefined || reader.program === null) return null
  return Buffer.concat([encodeTables(reader.program), frame.packets])
}
