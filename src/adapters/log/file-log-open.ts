import { createId, type Logger, ViblyError } from '../../base/index.ts'
import type { Position } from '../../ports/index.ts'
import type { Disk, DiskFile, OpenFiles } from './file-log-disk.ts'
import {
  encodeEpoch,
  encodeGap,
  FILE_CLOSING,
  FILE_OPENING,
  type FoundRecord,
  RECORD_BYTES_MAX,
  RECORD_SEPARATOR,
  scanRecords,
} from './file-log-format.ts'

/**
 * Bytes at the end of a file that are checked when it is opened. What a power cut can damage is
 * what was not synced yet, one batch, and a batch is smaller than this.
 */
export const CHECKED_BYTES = 512 * 1024

/** Mending reads the whole file; one that is larger was not written by this program. */
const MENDED_BYTES_MAX = 64 * 1024 * 1024
/** Once the saved tails of a topic are larger, they begin anew. */
const TORN_BYTES_MAX = 1024 * 1024
/**
 * Numbers that are left out after a torn tail: more than a file holds records. Whoever saw a record
 * that is lost now never mistakes a later one for it.
 */
const SEQ_GAP = 100_000

/** A file of a topic that is whole and may be appended to at `end`, behind its last record. */
export interface TopicFile extends Position {
  /** The number after which this file begins. */
  readonly after: number
  readonly end: number
}

export interface OpenDeps {
  readonly disk: Disk
  readonly files: OpenFiles
  readonly logger: Logger
}

/**
 * Opens the file at `path`, making it when it is missing and mending it when it is not whole: what
 * a crash tore off is saved beside it as `.torn`, every whole record stays. [C03] [C04]
 *
 * @param before where the topic stood at the end of its previous file, asked when this one cannot
 *   say.
 * @throws ViblyError `log.damaged` when the file is too large to be one of ours.
 */
export async function openTopicFile(
  path: string,
  before: () => Promise<Position | null>,
  deps: OpenDeps,
): Promise<TopicFile> {
  const found = await deps.files.use(path, inspect)
  if (found === null) return await createTopicFile(path, (await before()) ?? firstPosition(), deps)
  const { head, isWhole, lastSeq, end } = found
  if (isWhole && head !== null) return { ...head, lastSeq, end }
  return await mend(path, head, before, deps)
}

/** Writes a file without entries that goes on at `position`, and puts it in the place of `path`. */
export async function createTopicFile(
  path: string,
  position: Position,
  deps: OpenDeps,
): Promise<TopicFile> {
  const after = position.lastSeq
  const texts = [encodeEpoch(position.epoch, after)]
  return { ...position, after, end: await replaceFile(path, texts, deps) }
}

/** Where a finished file of a topic ends; null when there is none or it cannot be read as one. */
export async function endOfFile(path: string, files: OpenFiles): Promise<Position | null> {
  const found = await files.use(path, inspect)
  if (found === null || found.head === null) return null
  return { epoch: found.head.epoch, lastSeq: found.lastSeq }
}

function firstPosition(): Position {
  return { epoch: createId(), lastSeq: 0 }
}

/** What the first record of a file says. */
interface Head {
  readonly epoch: string
  readonly after: number
}

interface Inspection {
  /** null when it is not readable. */
  readonly head: Head | null
  /** Whether the checked part is exactly as it was written, brackets and line ends too. */
  readonly isWhole: boolean
  readonly lastSeq: number
  readonly end: number
}

async function inspect(file: DiskFile): Promise<Inspection> {
  const size = await file.size()
  const head = decodeHead(await file.read(0, Math.min(size, RECORD_BYTES_MAX)))
  const start = Math.max(0, size - CHECKED_BYTES)
  const read = await file.read(start, size - start)
  const bytes = start === 0 ? read : read.subarray(read.indexOf(0x0a) + 1)
  const { records } = scanRecords(bytes)
  const last = records.at(-1)
  if (last === undefined) return { head, isWhole: false, lastSeq: 0, end: 0 }
  const isWhole = isAsWritten(bytes, records, start === 0 ? FILE_OPENING : Buffer.alloc(0))
  return { head, isWhole, lastSeq: last.seq, end: size - (bytes.byteLength - last.end) }
}

function decodeHead(bytes: Buffer): Head | null {
  const start = FILE_OPENING.byteLength
  const lineEnd = bytes.indexOf(0x0a, start)
  if (lineEnd === -1 || !bytes.subarray(0, start).equals(FILE_OPENING)) return null
  const record = scanRecords(bytes.subarray(start, lineEnd)).records[0]
  if (record === undefined) return null
  const text = bytes.toString('utf8', start + record.start, start + record.end)
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null || !('epoch' in value)) return null
  return typeof value.epoch === 'string' ? { epoch: value.epoch, after: record.seq } : null
}

function isAsWritten(bytes: Buffer, records: readonly FoundRecord[], opening: Buffer): boolean {
  let at = 0
  let seq = -1
  let separator: Buffer = opening
  for (const record of records) {
    if (!bytes.subarray(at, record.start).equals(separator) || record.seq <= seq) return false
    at = record.end
    seq = record.seq
    separator = RECORD_SEPARATOR
  }
  return bytes.subarray(at).equals(FILE_CLOSING)
}

async function mend(
  path: string,
  head: Head | null,
  before: () => Promise<Position | null>,
  deps: OpenDeps,
): Promise<TopicFile> {
  const bytes = await deps.files.use(path, async (file) => {
    const size = await file.size()
    if (size > MENDED_BYTES_MAX) throw new ViblyError('log.damaged', { path, bytes: size })
    return await file.read(0, size)
  })
  if (bytes === null) throw new ViblyError('log.damaged', { path, bytes: 0 })

  const { records, damage } = scanRecords(bytes)
  const kept = risingRecords(head === null ? records.filter(isNoHead(bytes)) : records)
  const previous = await before()
  const epoch = head?.epoch ?? previous?.epoch ?? createId()
  const lastSeq = kept.at(-1)?.seq ?? previous?.lastSeq ?? 0
  const isTailTorn = !bytes.subarray(kept.at(-1)?.end ?? 0).equals(FILE_CLOSING)
  const after = head?.after ?? Math.max(0, (kept[0]?.seq ?? lastSeq + 1) - 1)

  const texts = kept.map(({ start, end }) => bytes.subarray(start, end))
  if (head === null) texts.unshift(encodeEpoch(epoch, after))
  if (isTailTorn) texts.push(encodeGap(lastSeq + SEQ_GAP))
  const torn = damage.map(({ start, end }) => bytes.subarray(start, end))
  if (torn.length > 0) await saveTorn(`${path}.torn`, torn, deps)

  const tornBytes = torn.reduce((sum, piece) => sum + piece.byteLength, 0)
  const facts = { path, keptRecords: kept.length, tornBytes, isTailTorn }
  deps.logger.error(
    'chat log mended',
    new ViblyError('log.damaged', { path, bytes: tornBytes }),
    facts,
  )
  const end = await replaceFile(path, texts, deps)
  return { epoch, after, lastSeq: isTailTorn ? lastSeq + SEQ_GAP : lastSeq, end }
}

/** An epoch record that is not at the front was copied there; the front gets a new one. */
function isNoHead(bytes: Buffer): (record: FoundRecord) => boolean {
  return ({ start }) => bytes.toString('latin1', start, start + 15) !== '{"type":"epoch"'
}

/**
 * Numbers only rise in a file; a record that does not fit in was copied there by something else.
 */
function risingRecords(records: readonly FoundRecord[]): readonly FoundRecord[] {
  let seq = -1
  return records.filter((record) => {
    if (record.seq <= seq) return false
    seq = record.seq
    return true
  })
}

/** Adds the pieces to the file of torn tails, so that a person may look at what was lost. */
async function saveTorn(path: string, pieces: readonly Buffer[], deps: OpenDeps): Promise<void> {
  const file = (await deps.disk.open(path)) ?? (await deps.disk.create(path))
  try {
    const size = await file.size()
    if (size > TORN_BYTES_MAX) await file.truncate(0)
    const bytes = Buffer.concat(pieces.flatMap((piece) => [piece, Buffer.from('\n')]))
    await file.write(size > TORN_BYTES_MAX ? 0 : size, bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

/**
 * Makes a file of these records in the four steps of a safe replacement: write beside, sync,
 * rename, sync the directory. Gives the offset behind its last record.
 */
async function replaceFile(
  path: string,
  records: readonly Buffer[],
  deps: OpenDeps,
): Promise<number> {
  const lines = records.flatMap((record, index) =>
    index === 0 ? [FILE_OPENING, record] : [RECORD_SEPARATOR, record],
  )
  const bytes = Buffer.concat([...lines, FILE_CLOSING])
  const file = await deps.disk.create(`${path}.new`)
  try {
    await file.write(0, bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await deps.files.discard(path)
  await deps.disk.rename(`${path}.new`, path)
  await deps.disk.syncDirectory(path)
  return bytes.byteLength - FILE_CLOSING.byteLength
}
