import { isConformant } from './judge.ts'
import type { Verdict } from './rules/index.ts'
import type { Observation } from './watching/index.ts'

const COLUMNS = 100
/** Rule, level and verdict take so much of a line. */
const INDENT = 22
const EVIDENCE_LINES_MAX = 3
const MARKS = { ok: 'ok', broken: 'BROKEN', 'not seen': 'not seen' } as const

/**
 * The verdicts as a table of at most 100 columns, what is broken with its sentence, and a summary.
 */
export function formatReport(seen: Observation, verdicts: readonly Verdict[]): string {
  const count = (outcome: Verdict['outcome']) =>
    verdicts.filter((verdict) => verdict.outcome === outcome).length
  const musts = verdicts.filter(({ level, outcome }) => level === 'MUST' && outcome === 'broken')
  const summary = `${count('ok')} ok, ${count('broken')} broken (${musts.length} of them MUST), ${count('not seen')} not seen`
  const notes = seen.notes.flatMap((note) => wrap(note, COLUMNS - 2).map((line) => `  ${line}`))
  return [
    ...wrap(`${seen.url} (${seen.isLive ? 'live' : 'recording'})`, COLUMNS),
    ...seen.renditions.map(describeRendition),
    '',
    `${'rule'.padEnd(6)}${'level'.padEnd(7)}${'verdict'.padEnd(9)}evidence`,
    ...verdicts.flatMap(formatVerdict),
    '',
    ...(notes.length === 0 ? [] : ['What was not looked at:', ...notes, '']),
    summary,
    '',
  ].join('\n')
}

/** The same for programs: everything as data, one JSON object. */
export function encodeReport(seen: Observation, verdicts: readonly Verdict[]): string {
  const report = {
    url: seen.url,
    live: seen.isLive,
    conformant: isConformant(verdicts),
    renditions: seen.renditions.map(({ name, url, segments, parts }) => ({
      name,
      path: new URL(url).pathname,
      segments: segments.length,
      parts: parts.length,
    })),
    rules: verdicts.map(({ id, level, sentence, outcome, evidence }) => ({
      id,
      level,
      sentence,
      verdict: outcome,
      evidence,
    })),
    notes: seen.notes,
  }
  return `${JSON.stringify(report, null, 2)}\n`
}

function describeRendition({
  name,
  segments,
  parts,
  tracks,
}: Observation['renditions'][number]): string {
  const answers = tracks.reduce((sum, track) => sum + track.length, 0)
  const partText = parts.length === 0 ? '' : `, ${parts.length} parts`
  const label = name.length > 30 ? `${name.slice(0, 29)}…` : name
  return `  ${label}: ${answers} playlists, ${segments.length} segments${partText}`
}

function formatVerdict(verdict: Verdict): readonly string[] {
  const { id, level, outcome, evidence, sentence } = verdict
  const head = `${id.padEnd(6)}${level.padEnd(7)}${MARKS[outcome].padEnd(9)}`
  const shown = outcome === 'broken' ? [sentence, ...shorten(evidence)] : evidence
  const lines = shown.flatMap((text, at) =>
    wrap(outcome === 'broken' && at > 0 ? `- ${text}` : text, COLUMNS - INDENT),
  )
  return lines.map((line, at) => (at === 0 ? head + line : ' '.repeat(INDENT) + line))
}

function shorten(evidence: readonly string[]): readonly string[] {
  if (evidence.length <= EVIDENCE_LINES_MAX) return evidence
  const more = evidence.length - EVIDENCE_LINES_MAX + 1
  return [...evidence.slice(0, EVIDENCE_LINES_MAX - 1), `and ${more} more`]
}

/**
 * Breaks at spaces, and in the middle of what is longer than a line. Terminal codes are taken out.
 */
function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  const clean = text.replaceAll(/\p{Cc}/gu, '?')
  for (const word of clean.split(' ').flatMap((each) => pieces(each, columns))) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

function pieces(word: string, columns: number): readonly string[] {
  const found: string[] = []
  for (let at = 0; at < word.length; at += columns) found.push(word.slice(at, at + columns))
  return found.length === 0 ? [''] : found
}
