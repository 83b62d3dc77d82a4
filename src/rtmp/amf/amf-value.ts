import { type ByteReader, ViblyError } from '../../base/index.ts'

/** What AMF can say, as far as commands and metadata need it. */
export type AmfValue =
  | null
  | boolean
  | number
  | string
  | readonly AmfValue[]
  | ReadonlyMap<string, AmfValue>

/** Levels of objects within objects. [R24] */
const DEPTH_MAX = 32
/** Values in one body, members and elements included. [R24] */
const VALUES_MAX = 1000
/** One string. */
const TEXT_BYTES_MAX = 64 * 1024

/** Counts what one body holds while it is decoded, and ends the decoding when it is too much. */
export class AmfBudget {
  #depth = 0
  #values = 0

  count(): void {
    this.#values += 1
    if (this.#values > VALUES_MAX) {
      throw new ViblyError('rtmp.amf-too-large', { what: 'values', max: VALUES_MAX })
    }
  }

  enter(): void {
    this.#depth += 1
    if (this.#depth > DEPTH_MAX) {
      throw new ViblyError('rtmp.amf-too-large', { what: 'levels', max: DEPTH_MAX })
    }
  }

  leave(): void {
    this.#depth -= 1
  }
}

const utf8Decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const utf8Encoder = new TextEncoder()

/** `byteCount` bytes of UTF-8; what is no UTF-8 becomes U+FFFD. */
export function decodeText(reader: ByteReader, byteCount: number): string {
  if (byteCount > TEXT_BYTES_MAX) {
    throw new ViblyError('rtmp.amf-too-large', { what: 'bytes of text', max: TEXT_BYTES_MAX })
  }
  return utf8Decoder.decode(reader.take(byteCount))
}

/** UTF-8, without its length in front. */
export function encodeText(text: string): Uint8Array {
  return utf8Encoder.encode(text)
}

/** An AMF object from literal members. */
export function amfObject(members: Readonly<Record<string, AmfValue>>): AmfValue {
  return new Map(Object.entries(members))
}

/** The member `name` when `value` is an object that has it and it is text; else null. */
export function textMember(value: AmfValue | undefined, name: string): string | null {
  const member = value instanceof Map ? value.get(name) : undefined
  return typeof member === 'string' ? member : null
}

/** Whether `value` is an object with a member `name`. */
export function hasMember(value: AmfValue | undefined, name: string): boolean {
  return value instanceof Map && value.has(name)
}
