import type { JournalText, Presentation } from '../../src/hls/index.ts'

/**
 * Says that a segment is stored, and lists what is complete by that; returns what was to be
 * appended.
 */
export function listSegment(
  presentation: Presentation,
  rendition: string,
  fileName: string,
): readonly JournalText[] {
  return listAll(presentation, presentation.markStored(rendition, fileName))
}

/** Lists the row of these texts, and all that are complete behind it. */
export function listAll(
  presentation: Presentation,
  texts: readonly JournalText[],
): readonly JournalText[] {
  const all: JournalText[] = []
  for (let next = texts; next.length > 0; next = presentation.listStored()) all.push(...next)
  return all
}
