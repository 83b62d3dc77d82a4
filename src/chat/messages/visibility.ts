import { type MessageId, parseJson, type UserId } from '../../base/index.ts'
import { type Line, seqOfId } from './record.ts'

/**
 * What was deleted, and so what may be shown: the one filter that history, resume and live all pass
 * through. It knows the deletions it was told, in any order.
 */
export class Visibility {
  readonly #messages = new Set<MessageId>()
  /** Of each user the number below which nothing of theirs is shown. */
  readonly #users = new Map<UserId, number>()

  /** Takes note of a deletion; other records say nothing. */
  learn({ seq, record }: Line): void {
    if (record.type !== 'delete') return
    if (record.target_id !== undefined) this.#messages.add(record.target_id)
    if (record.user_id !== undefined) {
      this.#users.set(record.user_id, Math.max(seq, this.#users.get(record.user_id) ?? 0))
    }
  }

  isHidden({ seq, record }: Line): boolean {
    return record.type === 'message' && this.#isGone(record.id, record.user.id, seq)
  }

  /** The record as it may be shown; null when it may not. A quote of what is gone is emptied. */
  shown(line: Line): Uint8Array | null {
    if (this.isHidden(line)) return null
    const { record } = line
    if (record.type !== 'message' || record.parent === null) return line.bytes
    const { parent } = record
    if (!this.#isGone(parent.id, parent.user_id, seqOfId(parent.id) ?? 0)) return line.bytes
    const emptied = { ...parent, content: '', deleted: true }
    return Buffer.from(
      JSON.stringify(Object.assign({}, parseJson(line.bytes), { parent: emptied })),
    )
  }

  #isGone(id: MessageId, userId: UserId, seq: number): boolean {
    return this.#messages.has(id) || seq < (this.#users.get(userId) ?? 0)
  }
}
