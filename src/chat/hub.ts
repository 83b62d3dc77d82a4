import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Clock, type FaultCode, joinBytes, pause } from '../base/index.ts'
import type { Speaker } from './messages/index.ts'

/** One socket in a channel, as much of it as the chat needs. */
export interface Member {
  /** As they were when they came; null: reads only, nobody knows who. */
  readonly speaker: Speaker | null
  /** Bytes given to the socket that the peer has not taken yet. */
  readonly outboundBytes: number
  /** Sends whole WebSocket frames; the bytes are shared by all sockets and never change. */
  send(frames: Uint8Array): void
  /** Ends the socket and says why. It sends nothing more. */
  close(code: FaultCode): void
}

export interface HubOptions {
  /** Frames of so many ms go out together. */
  readonly batchMs: number
  /** A member that is so many bytes behind is closed: it comes back and asks for what it missed. */
  readonly outboundBytesMax: number
}

/** Sockets written to before others get a turn: some 5 ms of work. */
const SLICE_MEMBERS = 500

interface Place {
  /** The last record this member has from its history. */
  readonly joinedSeq: number
  /** Bytes of the history, which do not count as being behind until they are taken. */
  graceBytes: number
}

interface Pending {
  /** null: no record but news of the moment. */
  readonly seq: number | null
  readonly frame: Uint8Array
}

/**
 * Brings what is said in one channel to every socket there, each byte made once. Batches go out one
 * after the other, so all see the same order; between slices of sockets the event loop has its
 * turn.
 */
export class Hub {
  readonly #members = new Map<Member, Place>()
  readonly #clock: Clock
  readonly #options: HubOptions
  readonly #stop = new AbortController()
  #pending: Pending[] = []
  #sending: Promise<void> | null = null
  #sentMs = Number.NEGATIVE_INFINITY
  #publishedSeq: number

  /** @param lastSeq the number of the last record before the first that will be published */
  constructor(clock: Clock, options: HubOptions, lastSeq: number) {
    this.#clock = clock
    this.#options = options
    this.#publishedSeq = lastSeq
  }

  get size(): number {
    return this.#members.size
  }

  /** The last record that was published, sent or not. Who joins now gets everything after it. */
  get publishedSeq(): number {
    return this.#publishedSeq
  }

  get members(): Iterable<Member> {
    return this.#members.keys()
  }

  /** Adds a member who has everything up to `publishedSeq`, in a history of so many bytes. */
  add(member: Member, historyBytes: number): void {
    this.#members.set(member, { joinedSeq: this.#publishedSeq, graceBytes: historyBytes })
  }

  delete(member: Member): void {
    this.#members.delete(member)
  }

  publish(seq: number | null, frame: Uint8Array): void {
    if (seq !== null) this.#publishedSeq = seq
    if (this.#members.size === 0) return
    this.#pending.push({ seq, frame })
    this.#sending ??= this.#sendAll()
  }

  /** Sends what was published at once; resolves when it is with the sockets. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#sending
  }

  async #sendAll(): Promise<void> {
    while (this.#pending.length > 0) {
      const waitMs = this.#sentMs + this.#options.batchMs - this.#clock.monotonicMs()
      // Even at once means: after everything that was published in this turn.
      await (waitMs > 0 ? this.#wait(waitMs) : Promise.resolve())
      this.#sentMs = this.#clock.monotonicMs()
      const batch = this.#pending
      this.#pending = []
      await this.#sendBatch(batch)
    }
    this.#sending = null
  }

  async #wait(durationMs: number): Promise<void> {
    const { signal } = this.#stop
    if (signal.aborted) return
    // Ended early is as good as over: what waits goes out now.
    await pause(this.#clock, durationMs, signal)
  }

  async #sendBatch(batch: readonly Pending[]): Promise<void> {
    const all = joinFrames(batch)
    const firstSeq = batch.find(({ seq }) => seq !== null)?.seq ?? null
    const rests = new Map<number, Uint8Array>()
    let count = 0
    // A map may change while it is walked: who leaves is skipped, who joins comes last.
    for (const [member, place] of this.#members) {
      const { joinedSeq } = place
      const isWhole = firstSeq === null || joinedSeq < firstSeq
      const frames = isWhole ? all : (rests.get(joinedSeq) ?? joinFrames(batch, joinedSeq))
      if (!isWhole) rests.set(joinedSeq, frames)
      if (frames.byteLength > 0) this.#deliver(member, place, frames)
      count += 1
      if (count % SLICE_MEMBERS === 0) await nextTurn()
    }
  }

  #deliver(member: Member, place: Place, frames: Uint8Array): void {
    const { outboundBytes } = member
    if (outboundBytes === 0) place.graceBytes = 0
    if (outboundBytes > this.#options.outboundBytesMax + place.graceBytes) {
      this.#members.delete(member)
      member.close('chat.slow-consumer')
      return
    }
    member.send(frames)
  }
}

/** The frames of a batch in a row: all, or those that someone who joined at a number lacks. */
function joinFrames(batch: readonly Pending[], joinedSeq = -1): Uint8Array {
  const lacking = batch.filter(({ seq }) => seq === null || seq > joinedSeq)
  return joinBytes(lacking.map(({ frame }) => frame))
}
