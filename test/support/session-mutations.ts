import { ViblyError } from '../../src/base/index.ts'
import { Source } from '../../src/live/source/source.ts'
import { encodeFlvTag } from '../../src/media/index.ts'
import { HANDSHAKE_BYTES, RTMP_DEFAULTS, RtmpSession } from '../../src/rtmp/index.ts'
import { LENGTHS } from './hls-lengths.ts'

/** A row of numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * One to six faults behind the handshake: bits turned, bytes lost, doubled, overwritten, the end
 * cut.
 */
export function mutate(recorded: Uint8Array, random: () => number): Uint8Array {
  let wire = Buffer.from(recorded)
  const start = 1 + 2 * HANDSHAKE_BYTES
  const below = (limit: number) => Math.trunc(random() * limit)
  for (let faults = 1 + below(6); faults > 0; faults -= 1) {
    // Early faults hit commands, late ones media: as often one as the other.
    const left = wire.byteLength - start
    if (left <= 0) break
    const at = start + below(random() < 0.5 ? Math.min(1200, left) : left)
    const end = Math.min(wire.byteLength, at + below(24))
    switch (below(6)) {
      case 0:
        wire.fill((wire[at] ?? 0) ^ (1 << below(8)), at, at + 1)
        break
      case 1:
        wire = Buffer.concat([wire.subarray(0, at), wire.subarray(end)])
        break
      case 2:
        wire = Buffer.concat([wire.subarray(0, end), wire.subarray(at)])
        break
      case 3:
        wire.fill(0, at, end)
        break
      case 4:
        for (let index = at; index < end; index += 1) wire.fill(below(256), index, index + 1)
        break
      default:
        if (random() < 0.1) wire = wire.subarray(0, at)
    }
  }
  return wire
}

/**
 * Takes a whole session as the server would, from its first byte to the FLV tags of an FFmpeg.
 *
 * @returns the code it ended with; null when nothing was found wrong.
 * @throws what is no `ViblyError`: a bug.
 */
export function playSession(wire: Uint8Array, readBytes: number): string | null {
  const session = new RtmpSession(RTMP_DEFAULTS)
  let source = openSource()
  try {
    for (let at = 0; at < wire.byteLength && session.phase !== 'ended'; at += readBytes) {
      session.feed(wire.subarray(at, at + readBytes))
      for (let event = session.next(); event !== null; event = session.next()) {
        if (event.kind === 'publish') session.accept()
        if (event.kind === 'unpublish') source = openSource()
        if (event.kind === 'media') take(source, event.message)
        if (event.kind === 'close') return event.fault.code
      }
    }
    return null
  } catch (thrown) {
    if (thrown instanceof ViblyError && thrown.code !== 'base.bug') return thrown.code
    throw thrown
  }
}

function take(source: Source, message: Parameters<Source['push']>[0]): void {
  const step = source.push(message)
  if (step === null) return
  const tags = step.type === 'restart' ? (source.restart()?.tags ?? []) : step.tags
  for (const tag of tags) encodeFlvTag(tag)
}

function openSource(): Source {
  const { segmentMs } = LENGTHS
  return new Source({ segmentMs, videoCodecs: ['h264'], keyframeIntervalMs: null })
}
