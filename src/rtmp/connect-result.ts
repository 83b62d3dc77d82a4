import { type AmfValue, amfObject, hasMember } from './amf/index.ts'
import type { Message } from './chunks/index.ts'
import { type Command, encodeResult } from './command.ts'
import type { RtmpOptions } from './options.ts'

/** What Adobe's server of that generation says; encoders look for no more than its presence. */
const SERVER_VERSION = 'FMS/3,5,1,516'
const CAPABILITIES = 31
/** AMF 0 for what follows (RTMP 1.0 §7.2.1.1). */
const OBJECT_ENCODING = 0
/** E-RTMP v2, "FourCcInfoMask": the server can decode the codec. */
const CAN_DECODE = 0x01
/** E-RTMP v2, "CapsExMask": no reconnect request, no multitrack, no ModEx, no nanoseconds. */
const NO_EXTENSIONS = 0

/** Any of these in `connect` says that the encoder speaks Enhanced RTMP. */
const ENHANCED_MEMBERS = ['fourCcList', 'videoFourCcInfoMap', 'audioFourCcInfoMap', 'capsEx']

/**
 * The `_result` of `connect` (RTMP 1.0 §7.2.1.1). An encoder that speaks Enhanced RTMP is told the
 * codecs that this server really takes, so that it need not try (E-RTMP v2, "Enhancing
 * NetConnection connect Command"). [R17]
 */
export function encodeConnectResult(command: Command, options: RtmpOptions): Message {
  const isEnhanced = ENHANCED_MEMBERS.some((name) => hasMember(command.object, name))
  const properties = amfObject({
    fmsVer: SERVER_VERSION,
    capabilities: CAPABILITIES,
    ...(isEnhanced ? capabilitiesOf(options) : {}),
  })
  const information = amfObject({
    level: 'status',
    code: 'NetConnection.Connect.Success',
    description: 'Connected.',
    objectEncoding: OBJECT_ENCODING,
  })
  return encodeResult(command, [properties, information])
}

function capabilitiesOf(options: RtmpOptions): Readonly<Record<string, AmfValue>> {
  return {
    fourCcList: [...options.videoFourCcs, ...options.audioFourCcs],
    videoFourCcInfoMap: new Map(options.videoFourCcs.map((fourCc) => [fourCc, CAN_DECODE])),
    audioFourCcInfoMap: new Map(options.audioFourCcs.map((fourCc) => [fourCc, CAN_DECODE])),
    capsEx: NO_EXTENSIONS,
  }
}
