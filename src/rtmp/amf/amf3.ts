import { type ByteReader, ViblyError } from '../../base/index.ts'
import { type AmfBudget, type AmfValue, decodeText } from './amf-value.ts'

// AMF 3 §3.1: type markers.
const UNDEFINED = 0x00
const NULL = 0x01
const FALSE = 0x02
const TRUE = 0x03
const INTEGER = 0x04
const DOUBLE = 0x05
const STRING = 0x06
const XML_DOCUMENT = 0x07
const DATE = 0x08
const ARRAY = 0x09
const OBJECT = 0x0a
const XML = 0x0b
const BYTE_ARRAY = 0x0c

/** AMF 3 §3.12: which members an object has, kept for later objects of the same class. */
interface Traits {
  readonly names: readonly string[]
  readonly isDynamic: boolean
}

/**
 * Reads one AMF 3 value with its tables of strings, objects and traits (AMF 3 §2.2), at the point
 * where AMF 0 switched to it. Maps and arrays as in `decodeAmf0`; byte arrays become null, nobody
 * needs them; a reference to an object becomes null, so that no value contains itself. [R13]
 */
export class Amf3Decoder {
  readonly #reader: ByteReader
  readonly #budget: AmfBudget
  readonly #strings: string[] = []
  readonly #traits: Traits[] = []

  constructor(reader: ByteReader, budget: AmfBudget) {
    this.#reader = reader
    this.#budget = budget
  }

  /**
   * @throws ViblyError `rtmp.amf-invalid` on vectors, dictionaries and externalizable classes,
   *   whose length only their own code knows; `rtmp.amf-too-large`; `bytes.out-of-range`.
   */
  value(): AmfValue {
    this.#budget.count()
    const marker = this.#reader.u8()
    switch (marker) {
      case UNDEFINED:
      case NULL:
        return null
      case FALSE:
        return false
      case TRUE:
        return true
      case INTEGER: {
        const unsigned = this.#u29()
        // 29 bits, two's complement.
        return unsigned >= 0x10000000 ? unsigned - 0x20000000 : unsigned
      }
      case DOUBLE:
        return this.#reader.f64()
      case STRING:
        return this.#text()
      case XML_DOCUMENT:
      case XML: {
        const { isReference, number } = this.#header()
        return isReference ? null : decodeText(this.#reader, number)
      }
      case DATE:
        return this.#header().isReference ? null : this.#reader.f64()
      case ARRAY:
        return this.#array()
      case OBJECT:
        return this.#object()
      case BYTE_ARRAY: {
        const { isReference, number } = this.#header()
        if (!isReference) this.#reader.skip(number)
        return null
      }
      default:
        throw new ViblyError('rtmp.amf-invalid', { marker })
    }
  }

  /** AMF 3 §1.3.1: seven bits a byte, high bit for "more", the fourth byte has eight. */
  #u29(): number {
    let value = 0
    for (let index = 0; index < 3; index += 1) {
      const byte = this.#reader.u8()
      value = value * 0x80 + (byte & 0x7f)
      if (byte < 0x80) return value
    }
    return value * 0x100 + this.#reader.u8()
  }

  /** The low bit says whether a value follows or the rest is an index into a table. */
  #header(): { readonly isReference: boolean; readonly number: number } {
    const value = this.#u29()
    return { isReference: value % 2 === 0, number: Math.trunc(value / 2) }
  }

  #text(): string {
    const { isReference, number } = this.#header()
    if (isReference) return this.#known(this.#strings, number)
    const text = decodeText(this.#reader, number)
    // The empty string is never put into the table.
    if (text !== '') this.#strings.push(text)
    return text
  }

  #array(): AmfValue {
    const { isReference, number: count } = this.#header()
    if (isReference) return null
    this.#budget.enter()
    const members = this.#namedMembers(new Map())
    if (count > this.#reader.remaining) throw new ViblyError('rtmp.amf-invalid', { marker: ARRAY })
    const values: AmfValue[] = []
    for (let index = 0; index < count; index += 1) values.push(this.value())
    this.#budget.leave()
    if (members.size === 0) return values
    for (const [index, value] of values.entries()) members.set(String(index), value)
    return members
  }

  #object(): AmfValue {
    const { isReference, number } = this.#header()
    if (isReference) return null
    this.#budget.enter()
    const traits = this.#readTraits(number)
    const members = new Map<string, AmfValue>()
    for (const name of traits.names) members.set(name, this.value())
    if (traits.isDynamic) this.#namedMembers(members)
    this.#budget.leave()
    return members
  }

  /** `header` is the object's number without its reference bit: two more flags, then a count. */
  #readTraits(header: number): Traits {
    if (header % 2 === 0) return this.#known(this.#traits, header / 2)
    const isExternalizable = Math.trunc(header / 2) % 2 === 1
    if (isExternalizable) throw new ViblyError('rtmp.amf-invalid', { marker: OBJECT })
    const isDynamic = Math.trunc(header / 4) % 2 === 1
    const count = Math.trunc(header / 8)
    this.#text()
    if (count > this.#reader.remaining) throw new ViblyError('rtmp.amf-invalid', { marker: OBJECT })
    const names: string[] = []
    for (let index = 0; index < count; index += 1) {
      this.#budget.count()
      names.push(this.#text())
    }
    const traits = { names, isDynamic }
    this.#traits.push(traits)
    return traits
  }

  /** Names and values up to the empty name. */
  #namedMembers(members: Map<string, AmfValue>): Map<string, AmfValue> {
    for (let name = this.#text(); name !== ''; name = this.#text()) {
      members.set(name, this.value())
    }
    return members
  }

  #known<T>(table: readonly T[], index: number): T {
    const entry = table[index]
    if (entry === undefined) throw new ViblyError('rtmp.amf-invalid', { marker: index })
    return entry
  }
}
