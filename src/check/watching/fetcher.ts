import type { Clock } from '../../base/index.ts'
import type { Answer } from './observation.ts'

export interface Fetched {
  readonly answer: Answer
  readonly bytes: Uint8Array
}

export interface FetchWish {
  readonly method?: 'GET' | 'OPTIONS'
  readonly headers?: Readonly<Record<string, string>>
  /** Until the last byte. */
  readonly timeoutMs: number
  /** More than so much is cut off and counts as no answer. */
  readonly bytesMax: number
}

const REDIRECTS_MAX = 5
/** As a page of another site would ask: shows whether it may. */
const ORIGIN = 'https://player.example'

/**
 * Asks and takes the time of the answers; whatever goes wrong is an answer too. All bodies together
 * may have `budgetBytes`: then `hasBudget` says no, and media should not be asked for any more.
 */
export class Fetcher {
  readonly #clock: Clock
  readonly #signal: AbortSignal
  #bytesLeft: number

  constructor(clock: Clock, budgetBytes: number, signal: AbortSignal) {
    this.#clock = clock
    this.#bytesLeft = budgetBytes
    this.#signal = signal
  }

  get hasBudget(): boolean {
    return this.#bytesLeft > 0
  }

  async fetch(url: string, wish: FetchWish): Promise<Fetched> {
    const sentMs = this.#clock.monotonicMs()
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(Math.ceil(wish.timeoutMs))])
    const first = await this.#attempt(url, wish, sentMs, signal)
    // A connection that was kept may just have been closed by the other side: that is no answer
    // yet.
    const isStale =
      first.answer.status === null && /closed|ECONNRESET/.test(first.answer.failure ?? '')
    const tookMs = first.answer.doneMs - sentMs
    return isStale && tookMs < STALE_MS ? await this.#attempt(url, wish, sentMs, signal) : first
  }

  async #attempt(
    url: string,
    wish: FetchWish,
    sentMs: number,
    signal: AbortSignal,
  ): Promise<Fetched> {
    let redirects = 0
    let status: number | null = null
    let headers: ReadonlyMap<string, string> = new Map()
    let firstByteMs = sentMs
    let bytes: Uint8Array = new Uint8Array(0)
    let failure: string | null = null
    try {
      let address = url
      for (;;) {
        const { href, signIn } = splitSignIn(address)
        const response = await fetch(href, {
          method: wish.method ?? 'GET',
          headers: { origin: ORIGIN, 'user-agent': 'vibly-check', ...signIn, ...wish.headers },
          redirect: 'manual',
          signal,
        })
        firstByteMs = this.#clock.monotonicMs()
        headers = new Map(response.headers)
        const location = response.headers.get('location')
        if (response.status >= 300 && response.status < 400 && location !== null) {
          await response.body?.cancel()
          redirects += 1
          address = new URL(location, address).href
          if (redirects <= REDIRECTS_MAX && /^https?:/.test(address)) continue
        }
        bytes = await this.#readBody(response, wish.bytesMax)
        status = response.status
        break
      }
    } catch (thrown) {
      // Refused, cut, too late, too much: the finding is that there is no answer.
      failure = reasonOf(thrown)
    }
    const doneMs = this.#clock.monotonicMs()
    const isWhole = failure === null && isAllThere(headers, bytes.byteLength)
    const byteCount = bytes.byteLength
    const times = { sentMs, firstByteMs, doneMs }
    return {
      answer: { url, status, failure, headers, ...times, byteCount, isWhole, redirects },
      bytes,
    }
  }

  async #readBody(response: Response, bytesMax: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = []
    let byteCount = 0
    for await (const piece of response.body ?? []) {
      pieces.push(piece)
      byteCount += piece.byteLength
      this.#bytesLeft -= piece.byteLength
      if (byteCount > bytesMax) break
    }
    return Buffer.concat(pieces)
  }
}

const STALE_MS = 250

/** A name and password in the address are sent as a header (RFC 7617): addresses get printed. */
function splitSignIn(address: string): {
  readonly href: string
  readonly signIn: Readonly<Record<string, string>>
} {
  const url = new URL(address)
  const { username, password } = url
  if (username === '' && password === '') return { href: address, signIn: {} }
  url.username = ''
  url.password = ''
  const words = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return {
    href: url.href,
    signIn: { authorization: `Basic ${Buffer.from(words).toString('base64')}` },
  }
}

/** Content-Length counts what is sent, so it says nothing of a body that came compressed. */
function isAllThere(headers: ReadonlyMap<string, string>, byteCount: number): boolean {
  const length = headers.get('content-length')
  return length === undefined || headers.has('content-encoding') || Number(length) === byteCount
}

/** The innermost reason, in the words of the system. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  if (thrown.name === 'TimeoutError') return 'no answer in time'
  return thrown.cause instanceof Error ? reasonOf(thrown.cause) : thrown.message
}
