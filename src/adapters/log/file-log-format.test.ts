import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  decodeRecord,
  encodeEpoch,
  encodeGap,
  encodeRecord,
  FILE_CLOSING,
  FILE_OPENING,
  isOwnRecord,
  RECORD_SEPARATOR,
  scanRecords,
} from './file-log-format.ts'

/** What chatters write to break a format: quotes, brackets, line ends, our own endings. */
const HARD_TEXTS = [
  '',
  'plain',
  '"',
  '\\',
  '\\"',
  '{"type":"epoch"}',
  ',"seq":7,"sum":"00000000"}',
  '","sum":"00000000"}\n{"type":"message","seq":9',
  '\n]\n[\n',
  '},\n{',
  'Grüße 🎉 \u2028 \u0000',
  '\ud800',
]

const text = (content: string) => JSON.stringify({ type: 'message', content })

for (const content of HARD_TEXTS) {
  test(`a record of ${JSON.stringify(content)} is one line of JSON and is read back`, () => {
    const bytes = encodeRecord(text(content), 42)
    const value = JSON.parse(bytes.toString('utf8'))
    equal(value.content, content)
    equal(value.seq, 42)
    match8(value.sum)
    ok(!bytes.includes('\n'))
    equal(decodeRecord(bytes), 42)
  })
}

test('[C04] a record with any byte changed, cut or added is none', () => {
  const bytes = encodeRecord(text('hello, world'), 1234)
  for (let at = 0; at < bytes.byteLength; at += 1) {
    for (const mask of [0x01, 0x20, 0x80, 0xff]) {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ mask
      equal(decodeRecord(changed), null, `byte ${at}`)
    }
    equal(decodeRecord(bytes.subarray(0, at)), null, `cut at ${at}`)
    equal(decodeRecord(bytes.subarray(at + 1)), null, `begun at ${at + 1}`)
  }
  equal(decodeRecord(Buffer.concat([bytes, Buffer.from(' ')])), null)
})

for (const seq of [0, 1, 9, 10, 999_999, 10_000_000_000, Number.MAX_SAFE_INTEGER]) {
  test(`the number ${seq} is read back`, () => {
    equal(decodeRecord(encodeRecord(text('x'), seq)), seq)
    equal(decodeRecord(encodeEpoch('epoch-1', seq)), seq)
    equal(decodeRecord(encodeGap(seq)), seq)
  })
}

test('records of the log itself are told from those that were appended', () => {
  ok(isOwnRecord(encodeEpoch('epoch-1', 0)))
  ok(isOwnRecord(encodeGap(100_000)))
  for (const record of ['{"type":"epochs"}', '{"type":"message"}', '{"type":"gaps"}', '{}']) {
    equal(isOwnRecord(encodeRecord(record, 1)), false, record)
  }
})

test('a file of any records is one JSON array, and all of them are found in it', () => {
  const contents = fc.array(
    fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom(...HARD_TEXTS)),
    { maxLength: 30 },
  )
  fc.assert(
    fc.property(contents, (said) => {
      const file = fileOf(said)
      const parsed: unknown = JSON.parse(file.toString('utf8'))
      ok(Array.isArray(parsed) && parsed.length === said.length + 1)
      const { records, damage } = scanRecords(file)
      deepEqual(damage, [])
      deepEqual(
        records.map(({ seq }) => seq),
        [0, ...said.map((_, n) => n + 1)],
      )
    }),
    { numRuns: 500 },
  )
})

test('[C04] whatever is overwritten, every record outside of it is found, and nothing is made up', () => {
  const damageOf = fc.record({
    at: fc.nat(2000),
    filling: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 80 }),
      fc.constantFrom(...HARD_TEXTS.filter((one) => one !== '')).map((one) => Buffer.from(one)),
    ),
  })
  const said = Array.from({ length: 20 }, (_, n) => `message ${n} ${HARD_TEXTS[n % 12]}`)
  const file = fileOf(said)
  const whole = scanRecords(file).records
  fc.assert(
    fc.property(damageOf, ({ at, filling }) => {
      const damaged = Buffer.from(file)
      const start = at % file.byteLength
      damaged.set(filling.subarray(0, file.byteLength - start), start)
      const end = Math.min(file.byteLength, start + filling.byteLength)
      const found = scanRecords(damaged).records
      const untouched = whole.filter((record) => record.end <= start || record.start >= end)
      const seqs = new Set(found.map(({ seq }) => seq))
      for (const { seq } of untouched) ok(seqs.has(seq), `record ${seq} is kept`)
      for (const { seq, start: from, end: to } of found) {
        equal(decodeRecord(damaged.subarray(from, to)), seq)
        ok(seq <= said.length, 'no number was made up')
      }
    }),
    { numRuns: 2000 },
  )
})

test('any bytes at all are scanned without a fault, and every byte is accounted for', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const { records, damage } = scanRecords(Buffer.from(bytes))
      for (const { start, end } of [...records, ...damage]) {
        ok(start < end && start >= 0 && end <= bytes.byteLength)
      }
    }),
    { numRuns: 2000 },
  )
})

test('[C04] megabytes of garbage are scanned in time that grows with their length alone', () => {
  for (const piece of ['{"', '","sum":"', '{"a":1,"sum":"00000000"}', '\n', 'x']) {
    const bytes = Buffer.alloc(2 * 1024 * 1024, piece)
    const { records } = scanRecords(bytes)
    deepEqual(records, [])
  }
})

function fileOf(contents: readonly string[]): Buffer {
  const records = contents.map((content, n) => encodeRecord(text(content), n + 1))
  const lines = [encodeEpoch('epoch-1', 0), ...records]
  return Buffer.concat([
    FILE_OPENING,
    ...lines.flatMap((line, n) => (n === 0 ? [line] : [RECORD_SEPARATOR, line])),
    FILE_CLOSING,
  ])
}

function match8(sum: unknown): void {
  ok(typeof sum === 'string' && /^[0-9a-f]{8}$/.test(sum))
}
