import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

interface Owed {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/**
 * Which answers each connection still waits for. Requests may be sent without waiting for the
 * answers to those before, and answers must come in the order of the requests (RFC 9112 §9.3.2).
 * Node sees to that for its own; what is written past it, a refusal by hand say, has to wait for
 * these.
 */
export class AnswersDue {
  readonly #owed = new WeakMap<Duplex, Set<Owed>>()

  note(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request
    const owed = this.#owed.get(socket) ?? new Set()
    this.#owed.set(socket, owed)
    const one = { request, response }
    owed.add(one)
    response.once('close', () => owed.delete(one))
  }

  isOwed(socket: Duplex): boolean {
    return (this.#owed.get(socket)?.size ?? 0) > 0
  }

  /**
   * Calls `done` when all requests that came whole are answered; never, when the connection ends
   * first.
   */
  onceAnswered(socket: Duplex, done: () => void): void {
    const waiting = [...(this.#owed.get(socket) ?? [])].filter(({ request }) => request.complete)
    const last = waiting.at(-1)
    if (last === undefined) done()
    else last.response.once('close', done)
  }

  /** Whether the answer to a request that did not come whole is on its way already. */
  hasBegunEarly(socket: Duplex): boolean {
    return [...(this.#owed.get(socket) ?? [])].some(
      ({ request, response }) => !request.complete && response.headersSent,
    )
  }
}
