import { ByteReader, ByteWriter, ViblyError } from '../../base/index.ts'
import { AmfBudget, type AmfValue, decodeText, encodeText } from './amf-value.ts'
import { Amf3Decoder } from './amf3.ts'

// AMF 0 §2.1: type markers.
const NUMBER = 0x00
const BOOLEAN = 0x01
const STRING = 0x02
const OBJECT = 0x03
const NULL = 0x05
const UNDEFINED = 0x06
const REFERENCE = 0x07
const ECMA_ARRAY = 0x08
const OBJECT_END = 0x09
const STRICT_ARRAY = 0x0a
const DATE = 0x0b
const LONG_STRING = 0x0c
const UNSUPPORTED = 0x0d
const XML_DOCUMENT = 0x0f
const TYPED_OBJECT = 0x10
const AVMPLUS = 0x11

/**
 * All values of an AMF 0 body, in order (AMF 0 §2). Objects, typed or not, and associative arrays
 * become Maps, so no name a peer chooses can touch a prototype; dates become ms since 1970;
 * undefined and references become null. A value marked 0x11 is read as AMF 3. [R13] [R14]
 *
 * @throws ViblyError `rtmp.amf-invalid`, `rtmp.amf-too-large` past depth 32, 1000 values or 64
 *   KiB of text [R24]; `bytes.out-of-range` when the body ends inside a value.
 */
export function decodeAmf0(bytes: Uint8Array): AmfValue[] {
  const reader = new ByteReader(bytes)
  const budget = new AmfBudget()
  const values: AmfValue[] = []
  while (reader.remaining > 0) values.push(decodeValue(reader, budget, bytes))
  return values
}

/** The values one after another, as AMF 0. Text over 65,535 bytes becomes a long string. */
export function encodeAmf0(values: readonly AmfValue[]): Uint8Array {
  const writer = new ByteWriter(256)
  for (const value of values) encodeValue(writer, value)
  return writer.bytes()
}

function decodeValue(reader: ByteReader, budget: AmfBudget, bytes: Uint8Array): AmfValue {
  budget.count()
  const marker = reader.u8()
  switch (marker) {
    case NUMBER:
      return reader.f64()
    case BOOLEAN:
      return reader.u8() !== 0
    case STRING:
      return decodeText(reader, reader.u16())
    case LONG_STRING:
    case XML_DOCUMENT:
      return decodeText(reader, reader.u32())
    case NULL:
    case UNDEFINED:
    case UNSUPPORTED:
      return null
    case REFERENCE:
      reader.skip(2)
      return null
    case DATE: {
      const epochMs = reader.f64()
      // A time zone that AMF 0 §2.13 reserves.
      reader.skip(2)
      return epochMs
    }
    case OBJECT:
      return decodeMembers(reader, budget, bytes)
    case TYPED_OBJECT:
      decodeText(reader, reader.u16())
      return decodeMembers(reader, budget, bytes)
    case ECMA_ARRAY:
      // The count is a hint that encoders get wrong; the end marker decides.
      reader.skip(4)
      return decodeMembers(reader, budget, bytes)
    case STRICT_ARRAY:
      return decodeStrictArray(reader, budget, bytes)
    case AVMPLUS:
      return new Amf3Decoder(reader, budget).value()
    default:
      throw new ViblyError('rtmp.amf-invalid', { marker })
  }
}

/** Names and values up to the end marker; the end of the body ends them too, as some senders do. */
function decodeMembers(reader: ByteReader, budget: AmfBudget, bytes: Uint8Array): AmfValue {
  const members = new Map<string, AmfValue>()
  budget.enter()
  while (reader.remaining > 0) {
    const nameBytes = reader.u16()
    if (nameBytes === 0 && bytes[reader.offset] === OBJECT_END) {
      reader.skip(1)
      break
    }
    const name = decodeText(reader, nameBytes)
    members.set(name, decodeValue(reader, budget, bytes))
  }
  budget.leave()
  return members
}

function decodeStrictArray(reader: ByteReader, budget: AmfBudget, bytes: Uint8Array): AmfValue {
  const count = reader.u32()
  // Every value takes at least its marker, so a larger count cannot be true.
  if (count > reader.remaining) throw new ViblyError('rtmp.amf-invalid', { marker: STRICT_ARRAY })
  const values: AmfValue[] = []
  budget.enter()
  for (let index = 0; index < count; index += 1) values.push(decodeValue(reader, budget, bytes))
  budget.leave()
  return values
}

function encodeValue(writer: ByteWriter, value: AmfValue): void {
  if (value === null) {
    writer.u8(NULL)
  } else if (typeof value === 'number') {
    writer.u8(NUMBER).f64(value)
  } else if (typeof value === 'boolean') {
    writer.u8(BOOLEAN).u8(value ? 1 : 0)
  } else if (typeof value === 'string') {
    encodeString(writer, value)
  } else if (value instanceof Map) {
    writer.u8(OBJECT)
    for (const [name, member] of value) {
      const text = encodeText(name)
      writer.u16(text.byteLength).put(text)
      encodeValue(writer, member)
    }
    writer.u16(0).u8(OBJECT_END)
  } else if (Array.isArray(value)) {
    writer.u8(STRICT_ARRAY).u32(value.length)
    for (const element of value) encodeValue(writer, element)
  }
}

function encodeString(writer: ByteWriter, value: string): void {
  const text = encodeText(value)
  if (text.byteLength <= 0xffff) writer.u8(STRING).u16(text.byteLength).put(text)
  else writer.u8(LONG_STRING).u32(text.byteLength).put(text)
}
