import { connect, type Socket } from 'node:net'

const HEADER_END = Buffer.from('\r\n\r\n')

/** What came back: when its last byte was in, and as much of the body as was asked to be kept. */
export interface RawAnswer {
  readonly status: number
  readonly bodyBytes: number
  /** ms since 1970, with fractions. */
  readonly doneMs: number
  readonly text: string
}

/**
 * One keep-alive connection that asks for one thing at a time and throws the bodies away: as cheap as a
 * client can be, so that a benchmark measures the server.
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
    this.#socket = connect(port, '127.0.0.1')
    this.#socket.setNoDelay(true)
    this.#socket.on('data', (bytes) => this.#take(bytes))
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
      this.#head = Buffer.concat([this.#head, bytes])
      const end = this.#head.indexOf(HEADER_END)
      if (end === -1) return
      const head = this.#head.toString('latin1', 0, end)
      this.#status = Number(head.slice(9, 12))
      this.#bodyBytes = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
      this.#leftBytes = this.#bodyBytes
      body = this.#head.subarray(end + HEADER_END.byteLength)
      this.#head = Buffer.alloc(0)
    }
    this.#leftBytes -= body.byteLength
    if (this.#isKept) this.#kept.push(body)
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
