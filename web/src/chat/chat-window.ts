import { type ChatDeletion, type ChatLine, withoutDeleted } from '../../../client/index.ts'

/** Elements in the list, so that a long evening costs no more than a short one. */
export const LINES_SHOWN_MAX = 200

export interface ShownLines {
  readonly lines: readonly ChatLine[]
  /** Came in since the reader looked back; not among the lines. */
  readonly newCount: number
  /** Whether lines that are newer than these stand elsewhere: looked back so far that they left. */
  readonly isCut: boolean
}

/**
 * Which lines stand on the screen: the latest, or, while somebody reads back, those that stood
 * there when they began, so that nothing moves under their eyes.
 */
export class ChatWindow {
  #kept: readonly ChatLine[] | null = null
  #newCount = 0
  #isCut = false

  get isReadingBack(): boolean {
    return this.#kept !== null
  }

  /** Keeps these lines until `follow`. */
  readBack(lines: readonly ChatLine[]): void {
    this.#kept ??= lines.slice(-LINES_SHOWN_MAX)
  }

  follow(): void {
    this.#kept = null
    this.#newCount = 0
    this.#isCut = false
  }

  /** Puts older lines before those that are kept; the newest leave when there are too many. */
  addOlder(older: readonly ChatLine[]): void {
    if (this.#kept === null) return
    const first = this.#kept[0]?.seq ?? Number.POSITIVE_INFINITY
    const all = [...older.filter(({ seq }) => seq < first), ...this.#kept]
    this.#isCut ||= all.length > LINES_SHOWN_MAX
    this.#kept = all.slice(0, LINES_SHOWN_MAX)
  }

  countNew(): void {
    if (this.#kept !== null) this.#newCount += 1
  }

  /** What is deleted leaves the screen, whoever reads what. */
  takeDeletion(deletion: ChatDeletion): void {
    if (this.#kept !== null) this.#kept = withoutDeleted(this.#kept, deletion)
  }

  shown(latest: readonly ChatLine[]): ShownLines {
    const lines = this.#kept ?? latest.slice(-LINES_SHOWN_MAX)
    return { lines, newCount: this.#newCount, isCut: this.#isCut }
  }
}
