/**
 * What a fault means to the one it concerns: HTTP status, WebSocket close code, and the sentence.
 */
export interface Fault {
  /** HTTP status when a request ends by it; absent when none can. */
  readonly http?: number
  /**
   * WebSocket close code when a socket ends by it (RFC 6455 §7.4.2); absent when none can. 4000 to
   * 4499 mean "do not come back as you are", 4500 and up "come back later".
   */
  readonly ws?: number
  /** What happened, to what, what to do. `{name}` stands for the fact of that name. */
  readonly help: string
}

/** By code, `module.fault`. */
export type Faults = Readonly<Record<`${string}.${string}`, Fault>>
