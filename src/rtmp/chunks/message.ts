/** RTMP 1.0 §5.4, §6.2, §7.1: the message types Vibly knows. */
export const MESSAGE_TYPE = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  userControl: 4,
  windowAcknowledgementSize: 5,
  setPeerBandwidth: 6,
  audio: 8,
  video: 9,
  dataAmf3: 15,
  sharedObjectAmf3: 16,
  commandAmf3: 17,
  dataAmf0: 18,
  sharedObjectAmf0: 19,
  commandAmf0: 20,
  aggregate: 22,
} as const

/**
 * One whole RTMP message. `payload` belongs to whoever holds the message: nobody writes to it
 * again.
 */
export interface Message {
  readonly type: number
  readonly messageStreamId: number
  /** Unsigned 32 bits, ms, wrapping, as sent. */
  readonly timestampMs: number
  readonly payload: Uint8Array
}
