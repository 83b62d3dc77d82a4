/**
 * One stored record: its number and its bytes as stored, a JSON object in UTF-8 without a line end.
 * The bytes carry that number as `seq`. They are shared: nobody changes them.
 */
export interface Entry {
  readonly seq: number
  readonly bytes: Uint8Array
}

/**
 * Where a topic stands. Numbers rise by time and are never given twice within an epoch; they may
 * leave gaps. Another `epoch` means another history, in which an old number says nothing.
 */
export interface Position {
  readonly epoch: string
  /** 0 before the first record. */
  readonly lastSeq: number
}

/** Which records to read: the first ones after a number, or the last ones before it (exclusive). */
export type Span = { readonly after: number } | { readonly before: number }

/** One reader of a topic: the position at which its entries begin, and how to end it. */
export interface Following {
  readonly position: Position
  stop(): void
}

/**
 * Ordered, durable records by topic; a topic is named by an id. What one channel says is a topic.
 *
 * An append is one atomic step: stored and synced, then shown to every follower in order, then
 * resolved. A record that anybody saw therefore survives power loss, and one that failed was never
 * seen. [C05]
 */
export interface Log {
  /**
   * Adds one record. `compose` is called once, at the moment the number is certain, and gives the
   * text of a JSON object without `seq`; what it throws refuses this record alone and rejects.
   *
   * @throws ViblyError `log.busy`, `log.write-failed`, `log.read-only`, `log.closed`: nothing is
   *   stored.
   */
  append(topic: string, compose: (seq: number) => string): Promise<Entry>
  /** Shows every record after `position`, in order, in the batches in which they were stored. */
  follow(topic: string, onEntries: (entries: readonly Entry[]) => void): Promise<Following>
  /**
   * At most `countMax` records of the span, oldest first. Damaged ones are reported and left out.
   * An empty answer: there are none.
   */
  read(topic: string, span: Span, countMax: number): Promise<readonly Entry[]>
  /** Finishes what is being written, refuses the rest. */
  close(): Promise<void>
}
