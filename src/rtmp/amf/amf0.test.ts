import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ViblyError } from '../../base/index.ts'
import type { AmfValue } from './amf-value.ts'
import { decodeAmf0, encodeAmf0 } from './amf0.ts'

const ROWS: readonly { name: string; wire: string; values: AmfValue[]; isCanonical?: boolean }[] = [
  { name: 'number', wire: '00 3ff0000000000000', values: [1] },
  { name: 'boolean', wire: '01 01', values: [true] },
  { name: 'string', wire: '02 0004 6c697665', values: ['live'] },
  { name: 'null', wire: '05', values: [null] },
  { name: 'undefined', wire: '06', values: [null], isCanonical: false },
  { name: 'object', wire: '03 0001 61 01 00 0000 09', values: [new Map([['a', false]])] },
  {
    name: 'object in an object',
    wire: '03 0001 61 03 0000 09 0000 09',
    values: [new Map([['a', new Map()]])],
  },
  {
    name: 'ECMA array that counts wrong',
    wire: '08 ffffffff 0001 61 05 0000 09',
    values: [new Map([['a', null]])],
    isCanonical: false,
  },
  { name: 'strict array', wire: '0a 00000002 05 01 01', values: [[null, true]] },
  { name: 'date', wire: '0b 4000000000000000 0000', values: [2], isCanonical: false },
  { name: 'long string', wire: '0c 00000001 61', values: ['a'], isCanonical: false },
  { name: 'XML', wire: '0f 00000001 61', values: ['a'], isCanonical: false },
  { name: 'reference', wire: '07 0000', values: [null], isCanonical: false },
  {
    name: 'typed object',
    wire: '10 0001 43 0001 61 05 0000 09',
    values: [new Map([['a', null]])],
    isCanonical: false,
  },
  {
    name: 'AMF 3 undefined, null, false, true',
    wire: '11 00 11 01 11 02 11 03',
    values: [null, null, false, true],
    isCanonical: false,
  },
  {
    name: 'AMF 3 integers',
    wire: '11 04 7f 11 04 8100 11 04 ffffffff',
    values: [127, 128, -1],
    isCanonical: false,
  },
  { name: 'AMF 3 double', wire: '11 05 3ff0000000000000', values: [1], isCanonical: false },
  { name: 'AMF 3 string', wire: '11 06 0361', values: ['a'], isCanonical: false },
  { name: 'AMF 3 date', wire: '11 08 01 3ff0000000000000', values: [1], isCanonical: false },
  { name: 'AMF 3 byte array', wire: '11 0c 05 aabb', values: [null], isCanonical: false },
  {
    name: 'AMF 3 array, the second element a string of the table',
    wire: '11 09 05 01 06 0361 06 00',
    values: [['a', 'a']],
    isCanonical: false,
  },
  {
    name: 'AMF 3 dynamic object',
    wire: '11 0a 0b 01 0361 04 01 01',
    values: [new Map([['a', 1]])],
    isCanonical: false,
  },
  {
    name: 'AMF 3 two objects of one class',
    wire: '11 09 05 01 0a 13 0343 0361 04 01 0a 01 04 02',
    values: [[new Map([['a', 1]]), new Map([['a', 2]])]],
    isCanonical: false,
  },
]

for (const { name, wire, values, isCanonical = true } of ROWS) {
  test(`[R13] [R14] AMF: ${name}`, () => {
    const bytes = hex(wire)
    assert.deepEqual(decodeAmf0(bytes), values)
    if (isCanonical)
      assert.equal(
        Buffer.from(encodeAmf0(values)).toString('hex'),
        Buffer.from(bytes).toString('hex'),
      )
    for (let cut = 1; cut < bytes.byteLength; cut += 1) onlyViblyError(bytes.subarray(0, cut))
  })
}

test('[R24] what nests, counts or says too much is refused', () => {
  const nested = new Uint8Array(400_000)
  for (let at = 0; at < nested.byteLength; at += 4) nested.set([0x03, 0x00, 0x01, 0x61], at)
  assert.throws(() => decodeAmf0(nested), { code: 'rtmp.amf-too-large' })

  const amf3Nested = hex(`11${'090301'.repeat(40)}`)
  assert.throws(() => decodeAmf0(amf3Nested), { code: 'rtmp.amf-too-large' })
  assert.throws(() => decodeAmf0(hex('0a ffffffff 05')), { code: 'rtmp.amf-invalid' })
  assert.throws(() => decodeAmf0(hex('11 09 ffffffff 01')), { code: 'rtmp.amf-invalid' })
  assert.throws(() => decodeAmf0(hex('0c 00010001')), { code: 'rtmp.amf-too-large' })
  assert.throws(() => decodeAmf0(new Uint8Array(1001).fill(0x05)), { code: 'rtmp.amf-too-large' })
  assert.equal(decodeAmf0(new Uint8Array(1000).fill(0x05)).length, 1000)
  const depth32 = [...'x'.repeat(32)].reduce<AmfValue>((inner) => [inner], null)
  assert.equal(decodeAmf0(encodeAmf0([depth32])).length, 1)
  assert.throws(() => decodeAmf0(encodeAmf0([[depth32]])), { code: 'rtmp.amf-too-large' })
})

test('[R24] names that other parsers trip over are names like all others', () => {
  const wire = encodeAmf0([new Map([['__proto__', new Map([['polluted', true]])]])])
  const [value] = decodeAmf0(wire)
  assert.ok(value instanceof Map && value.has('__proto__'))
  assert.equal(Reflect.get({}, 'polluted'), undefined)
})

test('[R24] any bytes give values or a ViblyError', () => {
  const bytes = fc.uint8Array({ maxLength: 200 })
  fc.assert(fc.property(bytes, onlyViblyError), { numRuns: 3000 })
  const asAmf3 = fc.property(bytes, (tail) => onlyViblyError(Uint8Array.of(0x11, ...tail)))
  fc.assert(asAmf3, { numRuns: 3000 })
})

test('what is encoded decodes to the same values', () => {
  const { value } = fc.letrec<{ value: AmfValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constant(null),
      fc.boolean(),
      fc.double(),
      fc.string({ unit: 'grapheme' }),
      fc.array(tie('value'), { maxLength: 4 }),
      fc
        .array(fc.tuple(fc.string({ minLength: 1 }), tie('value')), { maxLength: 4 })
        .map((pairs) => new Map(pairs)),
    ),
  }))
  fc.assert(
    fc.property(fc.array(value, { maxLength: 5 }), (values) => {
      assert.deepEqual(decodeAmf0(encodeAmf0(values)), values)
    }),
  )
  const long = 'ä'.repeat(32_768)
  assert.deepEqual(decodeAmf0(encodeAmf0([long])), [long])
})

function onlyViblyError(bytes: Uint8Array): void {
  try {
    decodeAmf0(bytes)
  } catch (thrown) {
    assert.ok(thrown instanceof ViblyError)
  }
}

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))
}
