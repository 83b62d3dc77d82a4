import { crc32 } from 'node:zlib'

/**
 * The file of one topic: a JSON array (RFC 8259), one record a line, so that people and other
 * programs can read it.
 *
 *     [
 *     {"type":"epoch","epoch":"…","seq":0,"sum":"…"},
 *     {"type":"message",…,"seq":1,"sum":"5f3a0c91"}
 *     ]
 *
 * Every record ends with its number and with the CRC-32 of all its bytes before `,"sum"`. A quote
 * inside a string is always escaped, so that ending cannot be written by a chatter.
 */
export const FILE_OPENING = Buffer.from('[\n')
export const RECORD_SEPARATOR = Buffer.from(',\n')
export const FILE_CLOSING = Buffer.from('\n]\n')

/** Bytes of the longest record that is taken in; chat records stay under 8 KiB. */
export const RECORD_BYTES_MAX = 16 * 1024

const SUM_START = Buffer.from(',"sum":"')
const SUM_HEX_BYTES = 8
/** `,"sum":"5f3a0c91"}` */
const SUM_BYTES = SUM_START.byteLength + SUM_HEX_BYTES + 2
const SEQ_START = Buffer.from(',"seq":')
/** Numbers have at most 16 digits. */
const SEQ_PLACE_MAX = 1e15
const HEX_DIGITS = Buffer.from('0123456789abcdef')
const ZERO = 0x30
const QUOTE = 0x22
const OBJECT_END = 0x7d
const LINE_END = 0x0a
const OBJECT_START = 0x7b

/** A whole record found in some bytes: from its first byte to behind its last. */
export interface FoundRecord {
  readonly seq: number
  readonly start: number
  readonly end: number
}

/** Bytes that belong to no whole record and are no separator either. */
export interface Damage {
  readonly start: number
  readonly end: number
}

/** One record as stored: the JSON object `text` with its number and its sum as the last fields. */
export function encodeRecord(text: string, seq: number): Buffer {
  const body = `${text.slice(0, -1)},"seq":${seq}`
  return Buffer.from(`${body},"sum":"${hexOfSum(crc32(body))}"}`)
}

/** The first record of each file: names the epoch and the number after which the file begins. */
export function encodeEpoch(epoch: string, seq: number): Buffer {
  return encodeRecord(JSON.stringify({ type: 'epoch', epoch }), seq)
}

/**
 * Marks a tear that was mended: numbers up to `seq` are given to nobody, whoever may have had them.
 */
export function encodeGap(seq: number): Buffer {
  return encodeRecord(JSON.stringify({ type: 'gap' }), seq)
}

/** Whether a record is the log's own and not one that was appended. */
export function isOwnRecord(record: Uint8Array): boolean {
  const start = Buffer.from(record.buffer, record.byteOffset, Math.min(record.byteLength, 16))
  return OWN_STARTS.some((own) => start.subarray(0, own.byteLength).equals(own))
}

const OWN_STARTS = [Buffer.from('{"type":"epoch"'), Buffer.from('{"type":"gap",')]

/**
 * The number of the record that is exactly these bytes; null when they are not one whole record
 * with a right sum. [C03] [C04]
 */
export function decodeRecord(bytes: Buffer): number | null {
  const sumAt = bytes.byteLength - SUM_BYTES
  if (sumAt < 1 || bytes[0] !== OBJECT_START) return null
  if (!bytes.subarray(sumAt, sumAt + SUM_START.byteLength).equals(SUM_START)) return null
  const stored = decodeSum(bytes, sumAt + SUM_START.byteLength)
  const body = bytes.subarray(0, sumAt)
  return stored === crc32(body) ? decodeSeq(body) : null
}

/**
 * Every whole record in `bytes`, in order, and everything that is neither record nor separator. The
 * bytes should begin and end at a record's edge; a piece cut off there counts as damage.
 */
export function scanRecords(bytes: Buffer): {
  readonly records: readonly FoundRecord[]
  readonly damage: readonly Damage[]
} {
  const records: FoundRecord[] = []
  const damage: Damage[] = []
  let at = 0
  while (at < bytes.byteLength) {
    const lineEnd = bytes.indexOf(LINE_END, at)
    const end = lineEnd === -1 ? bytes.byteLength : lineEnd
    const record = recordOfLine(bytes, at, end)
    if (record !== null) records.push(record)
    else if (!isPunctuation(bytes.subarray(at, end))) {
      const found = rescue(bytes, at, end)
      records.push(...found)
      damage.push(...gapsBetween(bytes, at, end, found))
    }
    at = end + 1
  }
  return { records, damage }
}

/** The line as one record, its comma left off; null when it is none. */
function recordOfLine(bytes: Buffer, start: number, lineEnd: number): FoundRecord | null {
  const end = bytes[lineEnd - 1] === 0x2c ? lineEnd - 1 : lineEnd
  if (end - start <= SUM_BYTES) return null
  const seq = decodeRecord(bytes.subarray(start, end))
  return seq === null ? null : { seq, start, end }
}

/** Brackets, a comma, nothing: what stands between records. */
function isPunctuation(line: Buffer): boolean {
  if (line.byteLength > 2) return false
  return ['', '[', ']', ','].includes(line.toString('latin1'))
}

/**
 * Whole records inside a line that is not one: a damaged line end joins two records, a damaged byte
 * before a record leaves the record itself whole.
 */
function rescue(bytes: Buffer, start: number, end: number): FoundRecord[] {
  const found: FoundRecord[] = []
  let from = start
  while (from < end) {
    const sumAt = bytes.indexOf(SUM_START, from)
    const recordEnd = sumAt + SUM_BYTES
    if (sumAt === -1 || recordEnd > end) break
    const record = recordEndingAt(bytes, from, recordEnd)
    if (record !== null) found.push(record)
    from = recordEnd
  }
  return found
}

/** A damaged sum joins a record to the next, so each place where one could begin is tried. */
function recordEndingAt(bytes: Buffer, from: number, end: number): FoundRecord | null {
  let start = bytes.indexOf('{"', from)
  for (let tries = 0; start !== -1 && start < end && tries < RESCUE_TRIES_MAX; tries += 1) {
    const seq = decodeRecord(bytes.subarray(start, end))
    if (seq !== null) return { seq, start, end }
    start = bytes.indexOf('{"', start + 1)
  }
  return null
}

/**
 * A record holds a few objects; two joined ones hold under this many. Bounds the work on garbage.
 */
const RESCUE_TRIES_MAX = 16

function gapsBetween(
  bytes: Buffer,
  start: number,
  end: number,
  found: readonly FoundRecord[],
): Damage[] {
  const gaps: Damage[] = []
  let at = start
  for (const edge of [...found, { start: end, end }]) {
    const isGap = edge.start > at && !isPunctuation(bytes.subarray(at, edge.start))
    if (isGap) gaps.push({ start: at, end: edge.start })
    at = edge.end
  }
  return gaps
}

/** The number in `5f3a0c91"}`; null when it is not written exactly so. */
function decodeSum(bytes: Buffer, at: number): number | null {
  let sum = 0
  for (let index = at; index < at + SUM_HEX_BYTES; index += 1) {
    const digit = HEX_DIGITS.indexOf(bytes[index] ?? 0)
    if (digit === -1) return null
    sum = sum * 16 + digit
  }
  return bytes[at + SUM_HEX_BYTES] === QUOTE && bytes[at + SUM_HEX_BYTES + 1] === OBJECT_END
    ? sum
    : null
}

/** The digits at the end of `{…,"seq":12`; null when there are none. */
function decodeSeq(body: Buffer): number | null {
  let seq = 0
  let place = 1
  let at = body.byteLength - 1
  for (; at >= 0 && place <= SEQ_PLACE_MAX; at -= 1) {
    const digit = (body[at] ?? 0) - ZERO
    if (digit < 0 || digit > 9) break
    seq += digit * place
    place *= 10
  }
  const isNamed = body.subarray(at + 1 - SEQ_START.byteLength, at + 1).equals(SEQ_START)
  return place > 1 && isNamed && Number.isSafeInteger(seq) ? seq : null
}

function hexOfSum(sum: number): string {
  return sum.toString(16).padStart(SUM_HEX_BYTES, '0')
}
