/**
 * MPEG-TS (ISO 13818-1) as FFmpeg writes it: packets to pictures and sounds, tables and counters
 * back to packets.
 */
export { ContinuityCounters } from './continuity.ts'
export { insertParameterSets, pidOf } from './ts-packets.ts'
export { TsReader, type TsUnit } from './ts-reader.ts'
export { encodeTables, PAT_PID, TS_PACKET_BYTES, type TsProgram } from './ts-tables.ts'
