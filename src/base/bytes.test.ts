import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BitReader, ByteReader, ByteWriter, joinBytes } from './bytes.ts'
import { ViblyError } from './errors.ts'

const fields = [
  { name: 'u8', value: 0xfe, wire: [0xfe] },
  { name: 'u16', value: 0xfedc, wire: [0xfe, 0xdc] },
  { name: 'u24', value: 0xfedcba, wire: [0xfe, 0xdc, 0xba] },
  { name: 'u32', value: 0xfedcba98, wire: [0xfe, 0xdc, 0xba, 0x98] },
  { name: 'u32le', value: 0xfedcba98, wire: [0x98, 0xba, 0xdc, 0xfe] },
  { name: 'f64', value: 1.5, wire: [0x3f, 0xf8, 0, 0, 0, 0, 0, 0] },
] as const

for (const { name, value, wire } of fields) {
  test(`${name} is written and read as the standard has it`, () => {
    assert.deepEqual([...new ByteWriter(1)[name](value).bytes()], [...wire])
    assert.equal(new ByteReader(Uint8Array.from(wire))[name](), value)
  })

  test(`${name} cut short at every byte is refused, not guessed`, () => {
    for (let length = 0; length < wire.length; length += 1) {
      const reader = new ByteReader(Uint8Array.from(wire.slice(0, length)))
      assert.throws(() => reader[name](), isOutOfRange)
      assert.equal(reader.offset, 0, 'a refused read must consume nothing')
    }
  })
}

test('i24 has a sign', () => {
  assert.equal(new ByteReader(Uint8Array.of(0xff, 0xff, 0xfe)).i24(), -2)
  assert.equal(new ByteReader(Uint8Array.of(0x7f, 0xff, 0xff)).i24(), 0x7fffff)
})

test('a reader stays inside its view even when the memory goes on', () => {
  const memory = Uint8Array.of(1, 2, 3, 4)
  const reader = new ByteReader(memory.subarray(1, 3))
  assert.deepEqual([...reader.rest()], [2, 3])
  assert.throws(() => reader.u8(), isOutOfRange)
  assert.throws(() => new ByteReader(memory).take(-1), isOutOfRange)
})

test('whatever a writer wrote, a reader reads back, however small the first guess', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 0xffffffff })), (values) => {
      const writer = new ByteWriter(1)
      for (const value of values) writer.u32(value)
      const reader = new ByteReader(writer.bytes())
      assert.deepEqual(
        values.map(() => reader.u32()),
        values,
      )
      assert.equal(reader.remaining, 0)
    }),
  )
})

test('Exp-Golomb codes follow the table of H.264 §9.1', () => {
  // 1 | 010 | 011 | 00100 | 00101, then the signed reading of 011 is -1.
  const bits = new BitReader(Uint8Array.of(0b10100110, 0b01000010, 0b10110000))
  assert.deepEqual(
    [1, 2, 3, 4, 5].map(() => bits.unsigned()),
    [0, 1, 2, 3, 4],
  )
  assert.equal(bits.signed(), -1)
})

test('an Exp-Golomb code without an end is refused', () => {
  assert.throws(() => new BitReader(new Uint8Array(8)).unsigned(), isOutOfRange)
  assert.throws(() => new BitReader(new Uint8Array(1)).unsigned(), isOutOfRange)
})

test('joined bytes stand in their order', () => {
  assert.deepEqual(
    [...joinBytes([Uint8Array.of(1), new Uint8Array(), Uint8Array.of(2, 3)])],
    [1, 2, 3],
  )
})

function isOutOfRange(thrown: unknown): boolean {
  return thrown instanceof ViblyError && thrown.code === 'bytes.out-of-range'
}
