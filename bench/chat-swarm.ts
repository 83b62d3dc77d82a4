import { connect, type Socket } from 'node:net'

/** How to speak with a server: the path to ask for, and what its frames look like. */
export interface Dialect {
  readonly path: string
  /** Sent once the socket is open; null: nothing. */
  readonly hello: string | null
  /** The text of a frame that says something. */
  say(content: string): string
  /** The byte at `markAt` of a text frame's payload that only messages have there. */
  readonly markAt: number
  readonly mark: string
}

const SAY = (content: string) => JSON.stringify({ type: 'message', content })

/** `{"type":"message"…`: the ninth byte tells it from `history`, `presence`, `ack`, `stream`. */
export const PLAIN: Dialect = { path: '/', hello: null, say: SAY, markAt: 9, mark: 'm' }
export const VIBLY: Dialect = { ...PLAIN, path: '/ws/chat?channelID=channel-1' }
/** Engine.IO 4 and Socket.IO 5: packets of text, `40` joins, `42[…]` is an event. */
export const SOCKET_IO: Dialect = {
  path: '/socket.io/?EIO=4&transport=websocket',
  hello: '40',
  say: (content) => `42["message",${SAY(content)}]`,
  markAt: 1,
  mark: '2',
}

const PING = 0x89
/** An empty masked pong, RFC 6455 §5.5.3: who answers none is cut. */
const PONG = Buffer.from([0x8a, 0x80, 0, 0, 0, 0])
const CONTENT_MARK = Buffer.from('"at ')
const HEAD_END = Buffer.from('\r\n\r\n')
/** All sockets share one buffer to read into: 10,000 of their own would be what is measured. */
const READ_BUFFER = Buffer.alloc(256 * 1024)
const TOKEN = 'Bearer talker-01.session-1'

/**
 * Very cheap WebSocket clients (RFC 6455 §5.2, as much as is needed): they count messages and tell
 * the numbers in them.
 */
export class Swarm {
  /** Messages received by all that read. */
  deliveries = 0
  /** Sockets that were closed by the other side. */
  lost = 0
  /** Told the number in every message, `at 17 …`, once a socket. */
  onMessage: (number: number) => void = () => undefined
  readonly sockets: Socket[] = []
  readonly #port: number
  readonly #dialect: Dialect
  #opened = 0

  constructor(port: number, dialect: Dialect) {
    this.#port = port
    this.#dialect = dialect
  }

  /** Opens `count` more; resolves when each was sent its first frame. */
  async open(count: number, path: string = this.#dialect.path, atOnce = 500): Promise<Socket[]> {
    const opened: Socket[] = []
    for (let at = 0; at < count; at += atOnce) {
      const lot = Array.from({ length: Math.min(atOnce, count - at) }, () => this.#openOne(path))
      opened.push(...(await Promise.all(lot)))
    }
    this.sockets.push(...opened)
    return opened
  }

  say(socket: Socket, content: string): void {
    socket.write(encodeClientFrame(this.#dialect.say(content)))
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy()
  }

  #openOne(path: string): Promise<Socket> {
    this.#opened += 1
    // One loopback address has not enough ports for all.
    const localAddress = `127.0.0.${2 + (this.#opened % 8)}`
    const { promise, resolve, reject } = Promise.withResolvers<Socket>()
    const reader = new FrameReader(this.#dialect, (number) => {
      if (number === null) {
        resolve(socket)
        return
      }
      this.deliveries += 1
      this.onMessage(number)
    })
    const socket: Socket = connect({
      port: this.#port,
      host: '127.0.0.1',
      localAddress,
      noDelay: true,
      onread: {
        buffer: READ_BUFFER,
        callback: (byteCount, buffer) => {
          reader.push(Buffer.from(buffer.buffer, buffer.byteOffset, byteCount))
          return true
        },
      },
    })
    reader.onPing = () => {
      socket.write(PONG)
    }
    const { hello } = this.#dialect
    reader.onOpen = () => {
      if (hello !== null) socket.write(encodeClientFrame(hello))
      // A server without a history sends nothing first.
      if (this.#dialect === PLAIN) resolve(socket)
    }
    socket.on('error', reject)
    socket.on('close', () => {
      this.lost += 1
    })
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nAuthorization: ${TOKEN}\r\n` +
        'Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
    return promise
  }
}

/**
 * Walks over frames as they come, in pieces of any size, without copying what it does not look at.
 */
class FrameReader {
  onOpen: () => void = () => undefined
  onPing: () => void = () => undefined
  readonly #dialect: Dialect
  readonly #markByte: number
  /** Told the number of each message; null for any other frame. */
  readonly #onFrame: (number: number | null) => void
  #isOpen = false
  #carried: Buffer | null = null
  /** Bytes of the current frame that are still to come. */
  #skip = 0

  constructor(dialect: Dialect, onFrame: (number: number | null) => void) {
    this.#dialect = dialect
    this.#markByte = dialect.mark.charCodeAt(0)
    this.#onFrame = onFrame
  }

  push(piece: Buffer): void {
    let at = 0
    if (this.#skip > 0) {
      at = Math.min(this.#skip, piece.byteLength)
      this.#skip -= at
      if (at === piece.byteLength) return
    }
    let bytes = at === 0 ? piece : piece.subarray(at)
    if (this.#carried !== null) {
      bytes = Buffer.concat([this.#carried, bytes])
      this.#carried = null
    }
    at = this.#isOpen ? 0 : this.#readHead(bytes)
    while (at !== -1 && at < bytes.byteLength) {
      const next = this.#readFrame(bytes, at)
      if (next === -1) break
      at = next
    }
    if (at > bytes.byteLength) this.#skip = at - bytes.byteLength
    else if (at !== -1 && at < bytes.byteLength) this.#carried = Buffer.from(bytes.subarray(at))
  }

  #readHead(bytes: Buffer): number {
    const end = bytes.indexOf(HEAD_END)
    if (end === -1) {
      this.#carried = Buffer.from(bytes)
      return -1
    }
    this.#isOpen = true
    this.onOpen()
    return end + HEAD_END.byteLength
  }

  /** Where the next frame begins, maybe behind the end; -1 when too little of this one is there. */
  #readFrame(bytes: Buffer, at: number): number {
    const short = bytes[at + 1] ?? 0
    const headBytes = short === 126 ? 4 : short === 127 ? 10 : 2
    if (at + headBytes > bytes.byteLength) return -1
    const payloadBytes =
      short === 126
        ? bytes.readUInt16BE(at + 2)
        : short === 127
          ? Number(bytes.readBigUInt64BE(at + 2))
          : short
    const start = at + headBytes
    const end = start + payloadBytes
    const isMessage =
      payloadBytes > this.#dialect.markAt &&
      (bytes[start + this.#dialect.markAt] ?? 0) === this.#markByte
    // A message cut in two waits for its other half: it is short, and its number is wanted.
    if (end > bytes.byteLength && (isMessage || start + 16 > bytes.byteLength)) return -1
    if (bytes[at] === PING) this.onPing()
    else this.#onFrame(isMessage ? numberIn(bytes, start, end) : null)
    return end
  }
}

/** The digits after `at `; -1: there are none. */
function numberIn(bytes: Buffer, start: number, end: number): number {
  let at = bytes.indexOf(CONTENT_MARK, start) + CONTENT_MARK.byteLength
  if (at < start || at >= end) return -1
  let number = 0
  for (; at < end; at += 1) {
    const digit = (bytes[at] ?? 0) - 0x30
    if (digit < 0 || digit > 9) break
    number = number * 10 + digit
  }
  return number
}

/** One masked text frame, RFC 6455 §5.3, with a mask of zeros: nobody listens in on a benchmark. */
export function encodeClientFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  const isShort = payload.byteLength < 126
  const head = Buffer.alloc((isShort ? 2 : 4) + 4)
  head[0] = 0x81
  head[1] = 0x80 | (isShort ? payload.byteLength : 126)
  if (!isShort) head.writeUInt16BE(payload.byteLength, 2)
  return Buffer.concat([head, payload])
}
