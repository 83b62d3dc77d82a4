const HEAD = /#EXTM3U\n(?:#EXT-X-[A-Z-]+:[A-Z0-9]+\n)+#EXT-X-INDEPENDENT-SEGMENTS\n/y
const ENTRY =
  /(?:#bytes:\d+\n)?(?:#EXT-X-DISCONTINUITY\n)?#EXT-X-PROGRAM-DATE-TIME:\d{4}-\d\d-\d\dT[\d:.]{8,}Z\n(?:#EXT-X-GAP\n)?#EXTINF:\d+\.\d+,\n[a-z0-9-]+\.ts\n/y

/**
 * How much of a stored playlist is as it was written, in characters: its head and whole entries up
 * to the first line that is anything else. 0 when not even its head is there. [X28]
 */
export function intactLength(text: string): number {
  let end = lengthAt(HEAD, text, 0)
  if (end === 0) return 0
  for (let more = lengthAt(ENTRY, text, end); more > 0; more = lengthAt(ENTRY, text, end)) {
    end += more
  }
  return end
}

function lengthAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0].length ?? 0
}
