import { connect, type Socket } from 'node:net'

const HEADER_END = Buffer.from('\r\n\r\n')
/** All connections read into this one: what is thrown away need not be kept apart. */
const SHARED = Buffer.allocUnsafeSlow(1024 * 1024)

/** What came back: when its last byte was in, and as much of the body as was asked to be kept. */
export interface RawAnswer {
  readonly status: number
  readonly bodyBytes: number
  /** ms since 1970, with fractions. */
  readonly doneMs: number
  readonly text: string
}

/**
 * One keep-alive connection that asks for one thing at a time and throws the bodies away: as cheap
 * as a client can be, so that a benchmark measures the server.
 */
export class RawClient {
  readonly #socket: Socket
  #pending: ((answer: RawAnswer) => void) | null = null
  #head = Buffer.alloc(0)
  #status = 0
  #bodyBytes = -1
  #leftBytes = 0
  #kept: Buffer[] = []
  #isKept = false

  constructor(port: number) {
    const callback = (byteCount: number): boolean => {
      this.#take(SHARED.subarray(0, byteCount))
      return true
    }
    this.#socket = connect({ port, host: '127.0.0.1', onread: { buffer: SHARED, callback } })
    this.#socket.setNoDelay(true)
  }

  /** `keep` to get the body as text, uncompressed. */
  get(path: string, body: 'keep' | 'drop' = 'drop'): Promise<RawAnswer> {
    this.#isKept = body === 'keep'
    const coding = body === 'keep' ? '' : 'Accept-Encoding: gzip\r\n'
    this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n${coding}\r\n`)
    return new Promise((resolve) => {
      this.#pending = resolve
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(bytes: Buffer): void {
    let body = bytes
    if (this.#bodyBytes < 0) {
      const begun = this.#head.byteLength === 0 ? bytes : Buffer.concat([this.#head, bytes])
      const end = begun.indexOf(HEADER_END)
      if (end === -1) {
        this.#head = Buffer.from(begun)
        return
      }
      const head = begun.toString('latin1', 0, end)
      this.#status = Number(head.slice(9, 12))
      this.#bodyBytes = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
      this.#leftBytes = this.#bodyBytes
      body = begun.subarray(end + HEADER_END.byteLength)
      this.#head = Buffer.alloc(0)
    }
    this.#leftBytes -= body.byteLength
    if (this.#isKept) this.#kept.push(Buffer.from(body))
    if (this.#leftBytes > 0) return
    const answer = {
      status: this.#status,
      bodyBytes: this.#bodyBytes,
      doneMs: performance.timeOrigin + performance.now(),
      text: Buffer.concat(this.#kept).toString(),
    }
    this.#kept = []
    this.#bodyBytes = -1
    this.#pending?.(answer)
  }
}
