import { ok } from 'node:assert/strict'
import { FILE_LOG_DEFAULTS, type FileLogOptions, openFileLog } from '../../src/adapters/index.ts'
import { systemClock } from '../../src/base/index.ts'
import type { Entry, Log } from '../../src/ports/index.ts'
import { MemoryDisk } from './memory-disk.ts'
import { silentLogger } from './silent-logger.ts'

export const TOPIC = 'channel-1'
export const PATH = '/data/chat_channel-1.json'

export const OPTIONS: FileLogOptions = { ...FILE_LOG_DEFAULTS, directory: '/data', prefix: 'chat_' }

export function openLog(disk: MemoryDisk, options: FileLogOptions = OPTIONS): Promise<Log> {
  return openFileLog({ clock: systemClock, logger: silentLogger, disk }, options)
}

/**
 * A file of at least so many bytes, and of each of its messages the offset behind its last byte.
 */
export async function createFile(
  byteCount: number,
  repeats = 20,
): Promise<{ bytes: Buffer; ends: readonly number[] }> {
  const disk = new MemoryDisk()
  const log = await openLog(disk)
  const content = `${'a long line of chat '.repeat(repeats)}Grüße, {"sum":"x"},\n🎉`
  const text = JSON.stringify({
    type: 'message',
    id: 'abcdefgh',
    content,
    user: { id: 'user-123' },
  })
  let stored = 0
  while (stored < byteCount) {
    const lot = Math.min(900, Math.max(1, Math.trunc((byteCount - stored) / 200)))
    await Promise.all(Array.from({ length: lot }, () => log.append(TOPIC, () => text)))
    stored = disk.files.get(PATH)?.bytes.byteLength ?? 0
  }
  await log.close()
  const bytes = disk.files.get(PATH)?.bytes ?? Buffer.alloc(0)
  const ends: number[] = []
  // The first line is the head; every record ends where its line does, its comma left off.
  let start = bytes.indexOf('\n', 2) + 1
  for (
    let end = bytes.indexOf('\n', start);
    bytes[start] === 0x7b;
    end = bytes.indexOf('\n', start)
  ) {
    ends.push(bytes[end - 1] === 0x2c ? end - 1 : end)
    start = end + 1
  }
  return { bytes, ends }
}

/** The number of the record in which byte `at` stands; null for brackets, commas and line ends. */
export function recordAt(bytes: Buffer, ends: readonly number[], at: number): number | null {
  const index = ends.findIndex((end) => at < end)
  if (index === -1) return null
  const start = index === 0 ? bytes.indexOf('\n', 2) + 1 : (ends[index - 1] ?? 0) + 2
  return at >= start ? index + 1 : null
}

export interface StoredRecord {
  readonly type: unknown
}

export function recordsIn(disk: MemoryDisk): readonly StoredRecord[] {
  const parsed: unknown = JSON.parse(disk.text(PATH) ?? '')
  ok(Array.isArray(parsed))
  return parsed
}

export function isMessage({ type }: StoredRecord): boolean {
  return type === 'message'
}

export function contentOf(entry: Entry): unknown {
  const value: unknown = JSON.parse(Buffer.from(entry.bytes).toString('utf8'))
  return typeof value === 'object' && value !== null && 'content' in value ? value.content : null
}

export function seqOf(entry: Entry): number {
  return entry.seq
}
