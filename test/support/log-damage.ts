import { deepEqual, equal, ok } from 'node:assert/strict'
import type { Log } from '../../src/ports/index.ts'
import {
  createFile,
  isMessage,
  openLog,
  PATH,
  recordAt,
  recordsIn,
  seqOf,
  TOPIC,
} from './log-files.ts'
import { MemoryDisk } from './memory-disk.ts'

// `log-damage.ts cuts|flips BYTES [STRIDE]`: ends with an error when a file opened otherwise than
// it must.
const [, , loop, byteText = '16384', strideText = '1'] = process.argv
const byteCount = Number(byteText)
/** Only every so manieth byte is tried. */
const stride = Number(strideText)
await (loop === 'cuts' ? cutEverywhere() : flipEverywhere())

/** Cuts a file at every byte and opens what is left. */
async function cutEverywhere(): Promise<void> {
  const { bytes, ends } = await createFile(byteCount)
  for (let cut = 0; cut <= bytes.byteLength; cut += stride) {
    const disk = new MemoryDisk()
    disk.put(PATH, bytes.subarray(0, cut))
    const log = await openLog(disk)
    const whole = ends.filter((end) => end <= cut).length
    const { position } = await log.follow(TOPIC, () => undefined)
    const end = ends[whole - 1] ?? 0
    const mended = disk.files.get(PATH)?.bytes ?? Buffer.alloc(0)
    ok(mended.subarray(0, end).equals(bytes.subarray(0, end)), `cut at ${cut}`)
    ok(mended.byteLength < end + 150, `nothing else is kept of a cut at ${cut}`)
    if (cut % 101 === 0) await checkAppend(log, disk, whole, position.lastSeq)
    checkTorn(disk, bytes.subarray(ends.findLast((end) => end <= cut) ?? 0, cut), whole)
    await log.close()
  }
}

/** A mended file takes the next record, is one JSON array, and opens again without mending. */
async function checkAppend(log: Log, disk: MemoryDisk, whole: number, lastSeq: number) {
  const entry = await log.append(TOPIC, () => '{"type":"message","content":"next"}')
  ok(entry.seq > lastSeq)
  const kept = (await log.read(TOPIC, { after: 0 }, 10_000)).map(seqOf)
  deepEqual(kept, [...Array.from({ length: whole }, (_, n) => n + 1), entry.seq])
  equal(recordsIn(disk).filter(isMessage).length, whole + 1)
  const again = await openLog(disk)
  const entries = await again.read(TOPIC, { after: 0 }, 10_000)
  equal(entries.length, whole + 1)
  equal(entries.at(-1)?.seq, entry.seq)
  await again.close()
}

/** What was torn off stands beside the file, unless it was nothing but brackets and line ends. */
function checkTorn(disk: MemoryDisk, tail: Buffer, whole: number): void {
  const torn = disk.text(`${PATH}.torn`)
  const lost = tail.toString('utf8').replaceAll(/^[,\n\][]+|[,\n\][]+$/g, '')
  if (lost === '') return
  // Before the first record the tail holds the head, which is whole from some offset on.
  if (whole > 0) ok(torn?.includes(lost), `torn ${torn}`)
}

/** Changes every byte of a file, one at a time, in three ways. */
async function flipEverywhere(): Promise<void> {
  const { bytes, ends } = await createFile(byteCount)
  for (let at = 0; at < bytes.byteLength; at += stride) {
    const mask = [0x01, 0x80, 0x2a][at % 3] ?? 1
    const damaged = Buffer.from(bytes)
    damaged[at] = (damaged[at] ?? 0) ^ mask
    const disk = new MemoryDisk()
    disk.put(PATH, damaged)
    const log = await openLog(disk)
    const seqs = (await log.read(TOPIC, { after: 0 }, 10_000)).map(seqOf)
    const hit = recordAt(bytes, ends, at)
    deepEqual(
      seqs,
      ends.map((_, n) => n + 1).filter((seq) => seq !== hit),
      `byte ${at}`,
    )
    if (at % 53 === 0) equal(recordsIn(disk).filter(isMessage).length, seqs.length)
    await log.close()
  }
}
