import type { ChatDeletion, ChatLine, ChatRecord, HistoryFrame } from './chat-frames.ts'

/** Up to where a client has everything, and in which life of the channel's log. */
export interface ChatPosition {
  readonly seq: number
  readonly epoch: string
}

/**
 * The latest lines of one channel, merged from histories and live records: each once, in the order
 * of `seq`, without what was deleted. At most `linesMax`, the oldest are forgotten. Does no I/O.
 */
export class ChatLines {
  readonly #linesMax: number
  #lines: ChatLine[] = []
  #position: ChatPosition | null = null

  constructor(linesMax: number) {
    this.#linesMax = linesMax
  }

  /** Null before the first history. */
  get position(): ChatPosition | null {
    return this.#position
  }

  /** Oldest first. A copy: it stays as it is. */
  get lines(): readonly ChatLine[] {
    return this.#lines.slice(-this.#linesMax)
  }

  /**
   * Takes the first frame of a connection: adds what was missed, or begins anew when that could not
   * be told.
   *
   * @returns the records that are new here; null when everything was replaced
   */
  takeHistory(frame: HistoryFrame): readonly ChatRecord[] | null {
    const isSame = frame.recovered && this.#position?.epoch === frame.epoch
    if (!isSame) {
      this.#lines = []
      this.#position = { epoch: frame.epoch, seq: -1 }
    }
    const fresh = frame.messages.filter((record) => this.take(record))
    const seq = Math.max(this.#position?.seq ?? -1, frame.last_seq)
    this.#position = { epoch: frame.epoch, seq }
    return isSame ? fresh : null
  }

  /** Takes one record; false when it was here already, or came before any history. */
  take(record: ChatRecord): boolean {
    const position = this.#position
    if (position === null || record.seq <= position.seq) return false
    this.#position = { epoch: position.epoch, seq: record.seq }
    if (record.type === 'delete') this.#lines = withoutDeleted(this.#lines, record)
    else this.#lines.push(record)
    // In lots, since shortening an array moves all of it.
    if (this.#lines.length > this.#linesMax * 2) this.#lines = this.#lines.slice(-this.#linesMax)
    return true
  }
}

/**
 * The lines that a deletion leaves; quotes of what is gone are emptied. Others stay the same
 * objects.
 */
export function withoutDeleted(lines: readonly ChatLine[], deletion: ChatDeletion): ChatLine[] {
  const isGone = (id: string, userId: string, seq: number): boolean =>
    id === deletion.target_id || (userId === deletion.user_id && seq < deletion.seq)
  return lines.flatMap((line): ChatLine[] => {
    if (line.type === 'notice') return [line]
    if (isGone(line.id, line.user.id, line.seq)) return []
    // A parent comes before its reply, so its number need not be known.
    const { parent } = line
    if (parent === null || !isGone(parent.id, parent.user_id, line.seq - 1)) return [line]
    return [{ ...line, parent: { ...parent, content: '', deleted: true } }]
  })
}
