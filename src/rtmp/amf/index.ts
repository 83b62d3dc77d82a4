/**
 * Action Message Format, in which commands and data are written: AMF0 (the AMF0 specification), and
 * AMF3 as far as AMF0 may hold it.
 */
export { type AmfValue, amfObject, hasMember, textMember } from './amf-value.ts'
export { decodeAmf0, encodeAmf0 } from './amf0.ts'
