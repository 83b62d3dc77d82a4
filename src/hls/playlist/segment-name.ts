/**
 * The names of segments and parts, relative to their playlist. Made of numbers alone [H23]; a run
 * and a count within it are used once, so a name never has two contents [H26].
 */
const SEGMENT_NAME = /^(\d+)-(\d+)\.ts$/

/** `1-5.ts`: runs are counted over the whole broadcast, segments within their run, both from 0. */
export function formatSegmentName(run: number, count: number): string {
  return `${run}-${count}.ts`
}

/** null for every other name. */
export function parseSegmentName(
  fileName: string,
): { readonly run: number; readonly count: number } | null {
  const [, run, count] = SEGMENT_NAME.exec(fileName) ?? []
  return run === undefined ? null : { run: Number(run), count: Number(count) }
}

/** `1-5.ts` -> `1-5.3.ts`: the parts of a segment, counted from 0. */
export function formatPartName(segmentName: string, index: number): string {
  return segmentName.replace(/\.ts$/, `.${index}.ts`)
}

/** What an entry is called that has no file and never will, by its media sequence number. [H11] */
export function formatGapName(msn: number): string {
  return `gap-${msn}.ts`
}
