import { type Logger, ViblyError } from '../../base/index.ts'
import type { Entry } from '../../ports/index.ts'
import type { DiskFile } from './file-log-disk.ts'
import {
  type Damage,
  type FoundRecord,
  isOwnRecord,
  RECORD_BYTES_MAX,
  scanRecords,
} from './file-log-format.ts'

/** Bytes read at a time: enough for the last fifty messages in one go. */
const READ_BYTES = 64 * 1024
/** A run of bytes without a line end is damage; so much of it is looked at as one piece. */
const LINE_BYTES_MAX = 1024 * 1024

/** One file of a topic and the part of it that may be read: up to `end`, behind its last record. */
export interface ReadableFile {
  readonly file: DiskFile
  readonly end: number
  /** Told where damage was met, in bytes of the file. */
  readonly onDamage: (damage: Damage) => void
}

/** Records with a number above `after`, oldest first, at most `countMax`. */
export async function readAfter(
  from: ReadableFile,
  after: number,
  countMax: number,
): Promise<Entry[]> {
  const entries: Entry[] = []
  let at = await findOffset(from, after + 1)
  let rest: Buffer = Buffer.alloc(0)
  while (at < from.end && entries.length < countMax) {
    const piece = await from.file.read(at, Math.min(READ_BYTES, from.end - at))
    if (piece.byteLength === 0) break
    at += piece.byteLength
    const bytes = rest.byteLength === 0 ? piece : Buffer.concat([rest, piece])
    const cut = at >= from.end ? bytes.byteLength : cutBehindLastLine(bytes)
    const wanted = scanned(from, bytes.subarray(0, cut), at - bytes.byteLength)
    for (const entry of wanted) {
      if (entry.seq > after && entries.length < countMax) entries.push(entry)
    }
    rest = bytes.subarray(cut)
  }
  return entries
}

/** The last records with a number below `before`, oldest first, at most `countMax`. */
export async function readBefore(
  from: ReadableFile,
  before: number,
  countMax: number,
): Promise<Entry[]> {
  const pieces: Entry[][] = []
  let count = 0
  let at = await findOffset(from, before)
  let rest: Buffer = Buffer.alloc(0)
  while (at > 0 && count < countMax) {
    const start = Math.max(0, at - READ_BYTES)
    const piece = await from.file.read(start, at - start)
    const bytes = rest.byteLength === 0 ? piece : Buffer.concat([piece, rest])
    const firstLine = bytes.indexOf(0x0a) + 1
    const isUncut = start === 0 || (firstLine === 0 && bytes.byteLength >= LINE_BYTES_MAX)
    const cut = isUncut ? 0 : firstLine === 0 ? bytes.byteLength : firstLine
    const entries = scanned(from, bytes.subarray(cut), start + cut).filter((e) => e.seq < before)
    pieces.push(entries)
    count += entries.length
    rest = bytes.subarray(0, cut)
    at = start
  }
  return pieces.reverse().flat().slice(-countMax)
}

/**
 * Where to begin reading for number `seq`: the edge of some record at or before it, at most about a
 * piece early, found by halving since numbers rise. The end when all are below.
 */
async function findOffset(from: ReadableFile, seq: number): Promise<number> {
  let low = 0
  let high = from.end
  while (high - low > READ_BYTES) {
    const middle = low + Math.trunc((high - low) / 2)
    const found = await recordBehind(from, middle, high)
    // Nothing whole in there: read the stretch from its beginning instead.
    if (found === null) break
    if (found.seq < seq) low = found.start
    else high = middle
  }
  return await edgeOf(from, seq, low)
}

/** Steps from the edge `low` to the first record with this number or a higher one. */
async function edgeOf(from: ReadableFile, seq: number, low: number): Promise<number> {
  let at = low
  while (at < from.end) {
    const bytes = await from.file.read(at, Math.min(2 * READ_BYTES, from.end - at))
    if (bytes.byteLength === 0) break
    const cut = at + bytes.byteLength >= from.end ? bytes.byteLength : cutBehindLastLine(bytes)
    const { records } = scanRecords(bytes.subarray(0, cut))
    const found = records.find((record) => record.seq >= seq)
    if (found !== undefined) return at + found.start
    at += cut === 0 ? bytes.byteLength : cut
  }
  return from.end
}

async function recordBehind(
  from: ReadableFile,
  offset: number,
  end: number,
): Promise<FoundRecord | null> {
  const byteCount = Math.min(3 * RECORD_BYTES_MAX, end - offset)
  const bytes = await from.file.read(offset, byteCount)
  const firstLine = bytes.indexOf(0x0a) + 1
  const found = scanRecords(bytes.subarray(firstLine)).records[0]
  if (found === undefined) return null
  const start = offset + firstLine + found.start
  return { seq: found.seq, start, end: start + found.end - found.start }
}

function scanned(from: ReadableFile, bytes: Buffer, offset: number): Entry[] {
  const { records, damage } = scanRecords(bytes)
  for (const { start, end } of damage) {
    from.onDamage({ start: offset + start, end: offset + end })
  }
  return records
    .map(({ seq, start, end }) => ({ seq, bytes: bytes.subarray(start, end) }))
    .filter((entry) => !isOwnRecord(entry.bytes))
}

/** Where the last whole line ends; 0 when there is none yet, all when it must have come by now. */
function cutBehindLastLine(bytes: Buffer): number {
  const cut = bytes.lastIndexOf(0x0a) + 1
  return cut === 0 && bytes.byteLength >= LINE_BYTES_MAX ? bytes.byteLength : cut
}

/** Places that are told of, so that a log that is read again and again fills no other. */
const DAMAGES_TOLD_MAX = 1000

/** Says of each damaged place once that it is. */
export class DamageLog {
  readonly #logger: Logger
  readonly #told = new Set<string>()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  tell(path: string, { start, end }: Damage): void {
    const place = `${path}:${start}`
    if (this.#told.has(place) || this.#told.size >= DAMAGES_TOLD_MAX) return
    this.#told.add(place)
    const reason = new ViblyError('log.damaged', { path, bytes: end - start })
    this.#logger.error('chat log damaged', reason, { offset: start })
  }
}
