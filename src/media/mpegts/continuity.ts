import { TS_PACKET_BYTES } from './ts-tables.ts'

/**
 * Numbers TS packets so that on each pid one follows the other (continuity_counter, ISO 13818-1
 * §2.4.3.3), also where packets of two FFmpegs meet or some were left out: a demuxer that sees a
 * hole throws away what stands beside it. One of these lives as long as the rendition. [H18]
 */
export class ContinuityCounters {
  /** Last number given on each pid: at most 8192 of them. */
  readonly #last = new Map<number, number>()

  /** Numbers whole packets in place; the caller owns the bytes. */
  restamp(packets: Uint8Array): void {
    for (let at = 0; at < packets.byteLength; at += TS_PACKET_BYTES) {
      // By index: taking an array apart costs more than all the rest of this loop.
      const pid = ((packets[at + 1] ?? 0) & 0x1f) * 0x100 + (packets[at + 2] ?? 0)
      const fourth = packets[at + 3] ?? 0
      const last = this.#last.get(pid) ?? 0x0f
      // A packet without payload repeats the number before it.
      const counter = (fourth & 0x10) === 0 ? last : (last + 1) % 16
      this.#last.set(pid, counter)
      packets[at + 3] = (fourth & 0xf0) + counter
    }
  }
}
