/** A small picture of a moment: where it lies in a larger one. */
export interface StoryboardTile {
  readonly startS: number
  readonly endS: number
  readonly url: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A broadcast of a day with a picture every two seconds. More lines than that are ignored. */
const TILES_MAX = 50_000

/**
 * Reads WebVTT whose cues are pictures (WebVTT §4, Media Fragments §4.2.2 for `#xywh`). What is not
 * such a cue is skipped: without pictures the seek bar still tells times.
 *
 * @param base the address of the file, which the pictures are named relative to
 */
export function parseStoryboard(vtt: string, base: string): readonly StoryboardTile[] {
  const tiles: StoryboardTile[] = []
  for (const block of vtt.replaceAll('\r\n', '\n').split(/\n{2,}/)) {
    const found =
      /(?:(\d+):)?(\d\d):(\d\d\.\d{3}) --> (?:(\d+):)?(\d\d):(\d\d\.\d{3})[^\n]*\n(\S+)#xywh=(?:pixel:)?(\d+),(\d+),(\d+),(\d+)/.exec(
        block,
      )
    if (found === null || tiles.length >= TILES_MAX) continue
    const [, h1, m1, s1, h2, m2, s2, name = '', x, y, width, height] = found
    const url = new URL(name, base)
    if (url.origin !== new URL(base).origin) continue
    tiles.push({
      startS: secondsOf(h1, m1, s1),
      endS: secondsOf(h2, m2, s2),
      url: url.href,
      x: Number(x),
      y: Number(y),
      width: Number(width),
      height: Number(height),
    })
  }
  return tiles
}

/** The picture of a moment; null: there is none. Tiles are in the order of time. */
export function tileAt(tiles: readonly StoryboardTile[], positionS: number): StoryboardTile | null {
  return tiles.findLast(({ startS }) => startS <= positionS) ?? tiles[0] ?? null
}

function secondsOf(hours = '0', minutes = '0', seconds = '0'): number {
  return Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)
}
