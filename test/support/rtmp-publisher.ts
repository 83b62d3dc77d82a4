import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createConnection, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { ByteReader, ByteWriter } from '../../src/base/index.ts'
import {
  type AmfValue,
  amfObject,
  ChunkReader,
  type Command,
  decodeCommand,
  decodeControl,
  encodeCommand,
  encodeMessage,
  HANDSHAKE_BYTES,
  MESSAGE_TYPE,
  type MediaMessage,
  type Message,
  RTMP_DEFAULTS,
} from '../../src/rtmp/index.ts'

/** Types of the FLV tags and of the RTMP messages that carry their bodies. */
const TYPE_OF = {
  audio: MESSAGE_TYPE.audio,
  video: MESSAGE_TYPE.video,
  data: MESSAGE_TYPE.dataAmf0,
} as const
const CHUNK_BYTES = 65_536

/** The `code` and `description` of the `onStatus` or `_error` that answered. */
export interface PublishAnswer {
  readonly code: string
  readonly description: string
}

/**
 * A small RTMP publisher for tests: does what an encoder does, when it is told to, and nothing on
 * its own but answering pings.
 */
export class RtmpPublisher {
  readonly #socket: Socket
  readonly #reader = new ChunkReader(RTMP_DEFAULTS.whilePublishing)
  readonly #commands: Command[] = []
  readonly #closed = Promise.withResolvers<void>()
  #arrived = Promise.withResolvers<void>()
  #handshakeBytes = 0
  #s1 = new Uint8Array(0)
  #isClosed: boolean = false
  #chunkBytes = 128
  #draining: Promise<void> | null = null
  #answersPings = true

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (bytes: Uint8Array) => this.#onData(bytes))
    // A test that minds asks for `closed`.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#isClosed = true
      this.#closed.resolve()
      this.#arrived.resolve()
    })
  }

  /** Connects, shakes hands and sends `connect`; resolves when that was answered. */
  static async connect(
    port: number,
    options: { readonly app?: string; readonly host?: string; readonly localAddress?: string } = {},
  ): Promise<RtmpPublisher> {
    const { app = 'live', host = '127.0.0.1', localAddress } = options
    const address = localAddress === undefined ? {} : { localAddress }
    const socket = createConnection({ port, host, ...address })
    await once(socket, 'connect')
    const publisher = new RtmpPublisher(socket)
    await publisher.#shakeHands()
    publisher.#command(['connect', 1, amfObject({ app, tcUrl: `rtmp://${host}:${port}/${app}` })])
    await publisher.answer(1)
    return publisher
  }

  /** `connect` and `publish` in one; throws when the answer is no. */
  static async publish(port: number, streamKey: string): Promise<RtmpPublisher> {
    const publisher = await RtmpPublisher.connect(port)
    const answer = await publisher.publish(streamKey)
    assert.equal(answer.code, 'NetStream.Publish.Start', answer.description)
    return publisher
  }

  /** Sends `createStream` and `publish`; the answer, or code `closed` when there was none. */
  async publish(streamKey: string): Promise<PublishAnswer> {
    const payload = new ByteWriter(4).u32(CHUNK_BYTES).bytes()
    this.#send({ type: MESSAGE_TYPE.setChunkSize, messageStreamId: 0, timestampMs: 0, payload }, 2)
    this.#chunkBytes = CHUNK_BYTES
    this.#command(['releaseStream', 2, null, streamKey])
    this.#command(['FCPublish', 3, null, streamKey])
    this.#command(['createStream', 4, null])
    this.#command(['publish', 5, null, streamKey, 'live'], 1)
    return await this.status()
  }

  /** Sends one message; resolves when the socket takes more. */
  async send(message: MediaMessage): Promise<void> {
    const { kind, timestampMs, payload } = message
    const hasRoom = this.#send({ type: TYPE_OF[kind], messageStreamId: 1, timestampMs, payload }, 4)
    if (!hasRoom && this.#socket.writable) await this.#drained()
  }

  /**
   * Sends the tags of an FLV file from their time `fromMs` on, before `untilMs`.
   *
   * @param pace `real-time` sends each when its time has come; `at-once` as fast as it is taken.
   */
  async sendFlv(
    path: string,
    options: { pace: 'real-time' | 'at-once'; fromMs?: number; untilMs?: number },
  ): Promise<void> {
    const { pace, fromMs = 0, untilMs = Number.POSITIVE_INFINITY } = options
    const startMs = performance.now()
    for (const tag of readFlv(await readFile(path))) {
      if (this.#isClosed || tag.timestampMs >= untilMs) return
      if (tag.timestampMs < fromMs) continue
      const waitMs = startMs + tag.timestampMs - fromMs - performance.now()
      if (pace === 'real-time' && waitMs > 0) await delay(waitMs)
      await this.send(tag)
    }
  }

  /** Ends in order, as encoders do, and closes. */
  async stop(): Promise<void> {
    this.#command(['FCUnpublish', 6, null, ''])
    this.#command(['deleteStream', 7, null, 1])
    this.#socket.end()
    await this.closed
  }

  /** Breaks the connection off without a word. */
  cut(): void {
    this.#socket.resetAndDestroy()
  }

  /** From now on pings get no answer, as if the machine were gone. */
  ignorePings(): void {
    this.#answersPings = false
  }

  /** Sends bytes as they are. */
  write(bytes: Uint8Array): void {
    this.#socket.write(bytes)
  }

  /** Given to the socket and not taken by the system yet. */
  get waitingBytes(): number {
    return this.#socket.writableLength
  }

  /** Resolves when the connection is closed, whoever did it. */
  get closed(): Promise<void> {
    return this.#closed.promise
  }

  /** The next `onStatus`, or code `closed` when the connection ended without one. */
  async status(): Promise<PublishAnswer> {
    return answerOf(await this.#nextCommand((command) => command.name === 'onStatus'))
  }

  /** The `_result` or `_error` of a transaction. */
  async answer(transactionId: number): Promise<Command | null> {
    return await this.#nextCommand(
      (command) => command.name.startsWith('_') && command.transactionId === transactionId,
    )
  }

  /** The first command that fits, now or later; null when the connection ends before it. */
  async #nextCommand(fits: (command: Command) => boolean): Promise<Command | null> {
    for (;;) {
      const index = this.#commands.findIndex(fits)
      if (index >= 0) return this.#commands.splice(index, 1)[0] ?? null
      if (this.#isClosed) return null
      await this.#arrived.promise
    }
  }

  /** Resolves when the socket takes more, or never will; one promise for all that wait. */
  #drained(): Promise<void> {
    this.#draining ??= new Promise((resolve) => {
      const done = () => {
        this.#draining = null
        this.#socket.off('drain', done)
        this.#socket.off('close', done)
        resolve()
      }
      this.#socket.on('drain', done)
      this.#socket.on('close', done)
    })
    return this.#draining
  }

  async #shakeHands(): Promise<void> {
    const c0c1 = new Uint8Array(1 + HANDSHAKE_BYTES)
    c0c1.set(randomBytes(HANDSHAKE_BYTES - 8), 9)
    c0c1[0] = 3
    this.#socket.write(c0c1)
    const answerBytes = 1 + 2 * HANDSHAKE_BYTES
    while (this.#handshakeBytes < answerBytes && !this.#socket.closed) await this.#arrived.promise
    this.#socket.write(this.#s1)
  }

  #onData(bytes: Uint8Array): void {
    const handshakeLeft = 1 + 2 * HANDSHAKE_BYTES - this.#handshakeBytes
    const handshake = bytes.subarray(0, handshakeLeft)
    this.#handshakeBytes += handshake.byteLength
    if (handshake.byteLength > 0) {
      this.#s1 = Buffer.concat([this.#s1, handshake]).subarray(0, 1 + HANDSHAKE_BYTES)
      if (this.#handshakeBytes === 1 + 2 * HANDSHAKE_BYTES) this.#s1 = this.#s1.subarray(1)
    }
    this.#reader.feed(bytes.subarray(handshake.byteLength))
    for (let message = this.#reader.next(); message !== null; message = this.#reader.next()) {
      this.#onMessage(message)
    }
    this.#arrived.resolve()
    this.#arrived = Promise.withResolvers()
  }

  #onMessage(message: Message): void {
    if (message.type === MESSAGE_TYPE.commandAmf0) {
      this.#commands.push(decodeCommand(message))
      return
    }
    const control = decodeControl(message)
    if (control?.kind === 'set-chunk-size') this.#reader.setChunkSize(control.chunkBytes)
    if (control?.kind === 'ping-request' && this.#answersPings) {
      const payload = Uint8Array.from(message.payload)
      payload[1] = 7
      this.#send({ ...message, payload }, 2)
    }
  }

  #command(values: readonly AmfValue[], messageStreamId = 0): void {
    this.#send(encodeCommand(messageStreamId, values), 3)
  }

  #send(message: Message, chunkStreamId: number): boolean {
    if (!this.#socket.writable) return false
    return this.#socket.write(encodeMessage(message, chunkStreamId, this.#chunkBytes))
  }
}

/** The tags of an FLV file (FLV 10.1 Annex E.4), in order. */
export function* readFlv(file: Uint8Array): Generator<MediaMessage> {
  const reader = new ByteReader(file)
  // The header of nine bytes, then the size of the tag before the first.
  reader.skip(13)
  while (reader.remaining >= 11) {
    const type = reader.u8()
    const payloadBytes = reader.u24()
    const lowMs = reader.u24()
    const timestampMs = reader.u8() * 0x1000000 + lowMs
    reader.skip(3)
    if (reader.remaining < payloadBytes) return
    const payload = reader.take(payloadBytes)
    reader.skip(Math.min(4, reader.remaining))
    const kind = type === TYPE_OF.audio ? 'audio' : type === TYPE_OF.video ? 'video' : 'data'
    yield { kind, timestampMs, payload }
  }
}

function answerOf(command: Command | null): PublishAnswer {
  const information = command?.values[0]
  if (!(information instanceof Map)) return { code: 'closed', description: '' }
  return {
    code: String(information.get('code')),
    description: String(information.get('description')),
  }
}
