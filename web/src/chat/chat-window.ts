import { type ChatDeletion, type ChatLine, withoutDeleted } from '../../../client/index.ts'

/** Elements in the list, so that a long evening costs no more than a short one. */
export const LINES_SHOWN_MAX = 200

export interface ShownLines {
  readonly lines: readonly ChatLine[]
  /** Came in since the reader looked back; not among the lines. */
  readonly newCount: number
}

/**
 * Which lines stand on the screen: the latest, or, while somebody reads back, those that stood there
 * when they began, so that nothing moves under their eyes.
 */
export class ChatWindow {
  #kept: readonly ChatLine[] | null = null
  #newCount = 0

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
  }

  countNew(): void {
    if (this.#kept !== null) this.#newCount += 1
  }

  /** What is deleted leaves the screen, whoever reads what. */
  takeDeletion(deletion: ChatDeletion): void {
    if (this.#kept !== null) this.#kept = withoutDeleted(this.#kept, deletion)
  }

  shown(latest: readonly ChatLine[]): ShownLines {
    return { lines: this.#kept ?? latest.slice(-LINES_SHOWN_MAX), newCount: this.#newCount }
  }
}
