import { ViblyError } from '../base/index.ts'
import { type AmfValue, amfObject, decodeAmf0, encodeAmf0 } from './amf/index.ts'
import { MESSAGE_TYPE, type Message } from './chunks/index.ts'

/**
 * RTMP 1.0 §7.1.1, §7.2: a name, a transaction, an object that is mostly null, what else it needs.
 */
export interface Command {
  readonly name: string
  /** 0 when no answer is wanted. */
  readonly transactionId: number
  readonly object: AmfValue
  readonly values: readonly AmfValue[]
  readonly messageStreamId: number
}

/** RTMP 1.0 §7.2.2: the information object of `onStatus`. `description` is for people. */
export interface Status {
  readonly level: 'status' | 'error'
  readonly code: string
  readonly description: string
}

/**
 * A command from a message of type 20, or 17, whose first byte says 0 for AMF 0 (RTMP 1.0 §7.1.1).
 * What a sender leaves out counts as null, or as transaction 0. [R13] [R14]
 *
 * @throws ViblyError `rtmp.command-invalid` when it does not start with a name; else as
 *   `decodeAmf0`.
 */
export function decodeCommand(message: Message): Command {
  const isAmf3 = message.type === MESSAGE_TYPE.commandAmf3
  const [name, transactionId, object, ...values] = decodeAmf0(
    isAmf3 ? message.payload.subarray(1) : message.payload,
  )
  if (typeof name !== 'string') throw new ViblyError('rtmp.command-invalid')
  return {
    name,
    transactionId: typeof transactionId === 'number' ? transactionId : 0,
    object: object ?? null,
    values,
    messageStreamId: message.messageStreamId,
  }
}

/** The answer `_result` to a command (RTMP 1.0 §7.2.1). */
export function encodeResult(command: Command, values: readonly AmfValue[]): Message {
  return encodeCommand(0, ['_result', command.transactionId, ...values])
}

/** The answer `_error`: FFmpeg reads the reason from here. */
export function encodeError(command: Command, status: Status): Message {
  return encodeCommand(0, ['_error', command.transactionId, null, statusObject(status)])
}

/** `onStatus` on a message stream (RTMP 1.0 §7.2.2): OBS reads the code from here. */
export function encodeStatus(messageStreamId: number, status: Status): Message {
  return encodeCommand(messageStreamId, ['onStatus', 0, null, statusObject(status)])
}

/** A command in AMF 0 (RTMP 1.0 §7.1.1): name, transaction, object, then what else it needs. */
export function encodeCommand(messageStreamId: number, values: readonly AmfValue[]): Message {
  return {
    type: MESSAGE_TYPE.commandAmf0,
    messageStreamId,
    timestampMs: 0,
    payload: encodeAmf0(values),
  }
}

function statusObject(status: Status): AmfValue {
  return amfObject({ ...status })
}
