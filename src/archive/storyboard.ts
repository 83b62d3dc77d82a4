/** A piece of a recording's list: where it is on the player's line of time. */
export interface PlacedSegment {
  readonly fileName: string
  readonly startMs: number
  readonly durationMs: number
}

/**
 * One small picture of a storyboard: the first of a segment, shown from its time to the next one's.
 */
export interface Scene {
  readonly fileName: string
  readonly startMs: number
  readonly endMs: number
}

/** Size of one picture on a sheet, pixels. */
export interface TileSize {
  readonly width: number
  readonly height: number
}

/** Pictures are so far apart at most, while they are not too many. */
const STEP_MS_MAX = 10_000
/** A short broadcast gets so many, one sheet of them, as far as it has segments. */
const SCENES_WISHED = 100
/** A long one gets no more: 43 s apart in twelve hours. */
const SCENES_MAX = 1000
const SHEET_COLUMNS = 10
const SHEET_ROWS = 10
const SHEET_SCENES = SHEET_COLUMNS * SHEET_ROWS
/** The longer side of a picture, pixels. */
const TILE_SIDE = 160

/** Which segments lend their first picture, about evenly spread; empty when there are none. */
export function planScenes(segments: readonly PlacedSegment[]): readonly Scene[] {
  const last = segments.at(-1)
  if (last === undefined) return []
  const durationMs = last.startMs + last.durationMs
  const wishedMs = Math.min(durationMs / SCENES_WISHED, STEP_MS_MAX)
  const stepMs = Math.max(wishedMs, durationMs / SCENES_MAX)
  const chosen: PlacedSegment[] = []
  let dueMs = 0
  for (const segment of segments) {
    // The one that the moment lies in, or the next where nothing is stored.
    if (segment.startMs + segment.durationMs <= dueMs) continue
    chosen.push(segment)
    dueMs = Math.max(dueMs + stepMs, (Math.floor(segment.startMs / stepMs) + 1) * stepMs)
  }
  return chosen.map(({ fileName, startMs }, at) => ({
    fileName,
    // The first picture stands for whatever may be missing in front of it.
    startMs: at === 0 ? 0 : startMs,
    endMs: chosen[at + 1]?.startMs ?? durationMs,
  }))
}

/** The scenes sheet by sheet. */
export function sheetsOf(scenes: readonly Scene[]): readonly (readonly Scene[])[] {
  const count = Math.ceil(scenes.length / SHEET_SCENES)
  return Array.from({ length: count }, (_, at) =>
    scenes.slice(at * SHEET_SCENES, (at + 1) * SHEET_SCENES),
  )
}

/** How a sheet of so many pictures is laid out: full rows first. */
export function gridOf(count: number): { readonly columns: number; readonly rows: number } {
  const columns = Math.min(SHEET_COLUMNS, count)
  return { columns, rows: Math.ceil(count / columns) }
}

/** A picture of this shape with a longer side of `TILE_SIDE`; even, as encoders want it. */
export function tileOf(source: TileSize): TileSize {
  const scale = TILE_SIDE / Math.max(source.width, source.height)
  const even = (side: number): number => Math.max(2, Math.round((side * scale) / 2) * 2)
  return { width: even(source.width), height: even(source.height) }
}

/** A sheet's file beside the storyboard; they are counted from 0. */
export function sheetName(at: number): string {
  return `storyboard-${at}.jpg`
}

/**
 * The storyboard as players read it: WebVTT whose cues name a sheet and a place on it by a spatial
 * media fragment (W3C Media Fragments §4.2.2), addresses relative to the file's own.
 */
export function formatStoryboard(scenes: readonly Scene[], tile: TileSize): string {
  const cues = sheetsOf(scenes).flatMap((sheet, sheetAt) =>
    sheet.map(({ startMs, endMs }, at) => {
      const x = (at % SHEET_COLUMNS) * tile.width
      const y = Math.floor(at / SHEET_COLUMNS) * tile.height
      const place = `${sheetName(sheetAt)}#xywh=${x},${y},${tile.width},${tile.height}`
      return `${formatCueTime(startMs)} --> ${formatCueTime(endMs)}\n${place}\n`
    }),
  )
  return ['WEBVTT\n', ...cues].join('\n')
}

/** `HH:MM:SS.mmm` (WebVTT §4.1). */
function formatCueTime(timeMs: number): string {
  const wholeMs = Math.round(timeMs)
  const [hours, minutes, seconds] = [3_600_000, 60_000, 1000].map((unit, at) =>
    Math.floor(at === 0 ? wholeMs / unit : (wholeMs / unit) % 60),
  )
  const pad = (value: number | undefined, length = 2): string => String(value).padStart(length, '0')
  return `${pad(hours)}:${pad(minutes)}:${pad(seconds)}.${pad(wholeMs % 1000, 3)}`
}
