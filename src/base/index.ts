/**
 * What every module may lean on: bytes, errors, time, ids, limits, the log. Knows nothing of
 * streaming, people or files.
 */
export { addressBlock, isLoopback, plainAddress } from './address.ts'
export { BitReader, ByteReader, ByteWriter, joinBytes, parseJson } from './bytes.ts'
export { type Clock, formatTime, pause, systemClock } from './clock.ts'
export { crc32Mpeg } from './crc.ts'
export {
  assertNever,
  asViblyError,
  type Facts,
  type FaultCode,
  faultCodes,
  faultOf,
  ViblyError,
} from './errors.ts'
export {
  type BroadcastId,
  type ChannelId,
  createId,
  digestOf,
  isId,
  type MessageId,
  Secret,
  type UserId,
} from './ids.ts'
export { dropOldest, KeyedBuckets, TokenBucket } from './limits.ts'
export { createLogger, type Logger } from './log.ts'
export { watchLoop } from './loop-watch.ts'
export { plainLine, plainParagraphs } from './plain-text.ts'
export { codeOf } from './system-code.ts'
export { Turns } from './turns.ts'
export { type WarningCode, warningCodes, warningOf } from './warnings.ts'
