import {
  type AmfValue,
  ChunkReader,
  decodeCommand,
  decodeControl,
  encodeCommand,
  encodeMessage,
  HANDSHAKE_BYTES,
  type Message,
  RTMP_DEFAULTS,
  RtmpSession,
  type SessionEvent,
} from '../../src/rtmp/index.ts'

/** Runs a session and keeps what it says; a publish is accepted at once when `isOpen`. */
export class Dialogue {
  readonly session = new RtmpSession(RTMP_DEFAULTS)
  readonly events: SessionEvent[] = []
  readonly #reader = new ChunkReader(RTMP_DEFAULTS.whilePublishing)
  readonly messages: Message[] = []
  #handshakeBytes = 0
  readonly #isOpen: boolean

  constructor({ isOpen }: { readonly isOpen: boolean }) {
    this.#isOpen = isOpen
  }

  feed(...pieces: readonly Uint8Array[]): this {
    for (const piece of pieces) {
      this.session.feed(piece)
      this.drain()
    }
    return this
  }

  say(values: readonly AmfValue[], messageStreamId = 0): this {
    return this.feed(encodeMessage(encodeCommand(messageStreamId, values), 3, 128))
  }

  drain(): void {
    for (let event = this.session.next(); event !== null; event = this.session.next()) {
      this.events.push(event)
      if (event.kind === 'publish' && this.#isOpen) this.session.accept()
      if (event.kind === 'send') this.#read(event.bytes)
    }
  }

  /** What the server answered since the last time, commands as `name transaction code`. */
  answers(): string[] {
    return this.messages.splice(0).map((message) => {
      const control = decodeControl(message)
      if (control !== null) return control.kind
      const { name, transactionId, object, values } = decodeCommand(message)
      const information = values[0] instanceof Map ? values[0] : object
      const code = information instanceof Map ? information.get('code') : values[0]
      return [name, transactionId, code].join(' ')
    })
  }

  get kinds(): string[] {
    return this.events.filter((event) => event.kind !== 'send').map((event) => event.kind)
  }

  get fault(): string | undefined {
    return this.events.find((event) => event.kind === 'close')?.fault.code
  }

  #read(bytes: Uint8Array): void {
    const skipped = Math.min(bytes.byteLength, 1 + 2 * HANDSHAKE_BYTES - this.#handshakeBytes)
    this.#handshakeBytes += skipped
    this.#reader.feed(bytes.subarray(skipped))
    for (let message = this.#reader.next(); message !== null; message = this.#reader.next()) {
      const control = decodeControl(message)
      if (control?.kind === 'set-chunk-size') this.#reader.setChunkSize(control.chunkBytes)
      this.messages.push(message)
    }
  }
}
