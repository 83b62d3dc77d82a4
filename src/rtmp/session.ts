import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { assertNever, type Secret, ViblyError } from '../base/index.ts'
import { type AppAddress, parseApp, parseEncoder, parseStreamKey, pathOfUrl } from './address.ts'
import { textMember } from './amf/index.ts'
import { ChunkReader, encodeMessage, MESSAGE_TYPE, type Message } from './chunks/index.ts'
import {
  type Command,
  decodeCommand,
  encodeCommand,
  encodeError,
  encodeResult,
  encodeStatus,
  type Status,
} from './command.ts'
import { encodeConnectResult } from './connect-result.ts'
import {
  decodeControl,
  encodeAcknowledgement,
  encodePeerBandwidth,
  encodePingRequest,
  encodePingResponse,
  encodeSetChunkSize,
  encodeStreamBegin,
  encodeWindow,
} from './control.ts'
import {
  encodeHandshakeAnswer,
  HANDSHAKE_BYTES,
  HandshakeInput,
  RTMP_VERSION,
} from './handshake/index.ts'
import { type MediaMessage, mediaOf } from './media.ts'
import type { RtmpOptions } from './options.ts'

/** What one session wants of the one who runs it, in the order in which it must be done. */
export type SessionEvent =
  | { readonly kind: 'send'; readonly bytes: Uint8Array }
  /**
   * Somebody wants to publish: answer with `accept` or `refuse`. Until then `next` gives nothing.
   */
  | { readonly kind: 'publish'; readonly streamKey: Secret; readonly encoder: string | null }
  | { readonly kind: 'media'; readonly message: MediaMessage }
  /** The publisher said it has finished. */
  | { readonly kind: 'unpublish' }
  /** The session is over: close once what was sent is out. */
  | { readonly kind: 'close'; readonly fault: ViblyError }

type Phase =
  | { readonly phase: 'handshake' }
  | { readonly phase: 'connecting' }
  | { readonly phase: 'connected' }
  | { readonly phase: 'deciding'; readonly publish: Command }
  | { readonly phase: 'publishing'; readonly messageStreamId: number }
  | { readonly phase: 'ended' }

/** RTMP 1.0 §5.4: the chunk stream for protocol control. */
const CONTROL_CHUNK_STREAM = 2
/** Ours for commands; any from 3 on would do. */
const COMMAND_CHUNK_STREAM = 3
/** Small until the peer knows ours, which goes out with the answer to `connect`. */
const CHUNK_BYTES_FIRST = 128
/** FFmpeg takes over the size that it is told, so a large one saves it and us chunk headers. */
const CHUNK_BYTES = 65_536
/** Both directions, and what we assume of a peer that announces none: FMS's customary figure. */
const WINDOW_BYTES = 2_500_000

const CONNECT_REJECTED = 'NetConnection.Connect.Rejected'
const BAD_NAME = 'NetStream.Publish.BadName'

/**
 * One RTMP connection of a publisher, without its socket: bytes in, events out. [R12]
 *
 * Pull: `feed` one read, then `next` until it gives null; only then the next read. While a
 * `publish` waits for its answer `next` gives null, and what was pipelined behind it stays where it
 * is. [R02]
 *
 * `feed` and `next` throw `ViblyError` for what breaks the protocol; the session is unusable then.
 */
export class RtmpSession {
  readonly #options: RtmpOptions
  readonly #reader: ChunkReader
  #state: Phase = { phase: 'handshake' }
  readonly #events: SessionEvent[] = []
  /** C0 and C1, later C2, as far as they have come. */
  #handshake: HandshakeInput | null = new HandshakeInput()
  #receivedBytes = 0
  #acknowledgedBytes = 0
  #windowBytes = WINDOW_BYTES
  #sentWindowBytes = WINDOW_BYTES
  #chunkBytes = CHUNK_BYTES_FIRST
  #messageStreamsMade = 0
  #address: AppAddress = { key: null, hasQuery: false }
  #encoder: string | null = null

  constructor(options: RtmpOptions) {
    this.#options = options
    this.#reader = new ChunkReader(options.beforePublish)
  }

  get phase(): Phase['phase'] {
    return this.#state.phase
  }

  /** What unfinished messages hold, in bytes. */
  get partialBytes(): number {
    return this.#reader.partialBytes
  }

  /** Takes one read of the socket, of any length; only after `next` has given null. */
  feed(bytes: Uint8Array): void {
    if (this.#state.phase === 'ended') return
    this.#receivedBytes += bytes.byteLength
    const left = this.#handshake === null ? bytes : this.#shakeHands(this.#handshake, bytes)
    if (this.#handshake !== null) return
    this.#acknowledge()
    this.#reader.feed(left)
  }

  /** The next thing to do, or null: more bytes are needed, or the answer to a `publish`. */
  next(): SessionEvent | null {
    for (;;) {
      if (this.#events.length > 0) return this.#events.shift() ?? null
      const { phase } = this.#state
      if (phase === 'handshake' || phase === 'deciding' || phase === 'ended') return null
      const message = this.#reader.next()
      if (message === null) return null
      const media = this.#handle(message)
      if (media !== null) return media
    }
  }

  /** Answers a `publish` with yes: `NetStream.Publish.Start`, media may come. */
  accept(): void {
    assert(this.#state.phase === 'deciding', 'a publish waits for its answer')
    const { publish } = this.#state
    const { messageStreamId } = publish
    this.#state = { phase: 'publishing', messageStreamId }
    this.#reader.limits = this.#options.whilePublishing
    this.#send(encodeStreamBegin(messageStreamId))
    this.#answer(publish)
    const description = 'The broadcast is on.'
    const code = 'NetStream.Publish.Start'
    this.#send(encodeStatus(messageStreamId, { level: 'status', code, description }))
  }

  /**
   * Answers a `publish` with no, and closes. Both `_error` and `onStatus` carry the sentence, since
   * encoders read one or the other. `code` is the status code encoders act on. [R32]
   */
  refuse(fault: ViblyError, code: string): void {
    assert(this.#state.phase === 'deciding', 'a publish waits for its answer')
    this.#refuse(this.#state.publish, fault, code)
  }

  /** Ends a session from our side, telling the publisher why. */
  end(fault: ViblyError, code: string): void {
    if (this.#state.phase === 'publishing') {
      const status: Status = { level: 'error', code, description: fault.message }
      this.#send(encodeStatus(this.#state.messageStreamId, status))
    }
    this.#close(fault)
  }

  /** A ping request, to be sent as it is; the peer answers with the same stamp (any u32). */
  encodePing(stamp: number): Uint8Array {
    return encodeMessage(encodePingRequest(stamp), CONTROL_CHUNK_STREAM, this.#chunkBytes)
  }

  /** Takes what belongs to the handshake off the front of `bytes`, and gives back the rest. */
  #shakeHands(handshake: HandshakeInput, bytes: Uint8Array): Uint8Array {
    const version = handshake.version ?? bytes[0]
    if (version !== undefined && version !== RTMP_VERSION) {
      throw new ViblyError('rtmp.not-rtmp', { firstByte: version })
    }
    const hadC1 = handshake.c1 !== null
    const left = handshake.push(bytes)
    if (!hadC1 && handshake.c1 !== null) {
      const answer = encodeHandshakeAnswer(handshake.c1, randomBytes(2 * HANDSHAKE_BYTES))
      this.#events.push({ kind: 'send', bytes: answer })
    }
    if (handshake.isComplete) {
      this.#handshake = null
      this.#state = { phase: 'connecting' }
    }
    return left
  }

  /**
   * RTMP 1.0 §5.4.3: one acknowledgement when the peer's window has filled since the last. [R10]
   */
  #acknowledge(): void {
    if (this.#receivedBytes - this.#acknowledgedBytes < this.#windowBytes) return
    this.#acknowledgedBytes = this.#receivedBytes
    this.#send(encodeAcknowledgement(this.#receivedBytes))
  }

  /** Media is given back, everything else is put in the queue. */
  #handle(message: Message): SessionEvent | null {
    switch (message.type) {
      case MESSAGE_TYPE.audio:
      case MESSAGE_TYPE.video:
      case MESSAGE_TYPE.dataAmf0:
      case MESSAGE_TYPE.dataAmf3:
      case MESSAGE_TYPE.aggregate:
        return this.#takeMedia(message)
      case MESSAGE_TYPE.commandAmf0:
      case MESSAGE_TYPE.commandAmf3:
        this.#handleCommand(decodeCommand(message))
        break
      case MESSAGE_TYPE.sharedObjectAmf0:
      case MESSAGE_TYPE.sharedObjectAmf3:
        // They carry no transaction that could be answered. [R19]
        this.#close(new ViblyError('rtmp.publish-only'))
        break
      default:
        this.#handleControl(message)
    }
    return null
  }

  /**
   * The first piece, which most often is all; more of them queue behind it. Media that comes before
   * its `publish` is accepted, or after its end, is nobody's.
   */
  #takeMedia(message: Message): SessionEvent | null {
    if (this.#state.phase !== 'publishing') return null
    const media = mediaOf(message)
    for (const more of media.slice(1)) this.#events.push({ kind: 'media', message: more })
    const [first] = media
    return first === undefined ? null : { kind: 'media', message: first }
  }

  #handleControl(message: Message): void {
    const control = decodeControl(message)
    if (control === null) return
    switch (control.kind) {
      case 'set-chunk-size':
        this.#reader.setChunkSize(control.chunkBytes)
        break
      case 'abort':
        this.#reader.abort(control.chunkStreamId)
        break
      case 'window':
        this.#windowBytes = control.windowBytes
        break
      case 'peer-bandwidth':
        // RTMP 1.0 §5.4.5: answered when it is news. [R11]
        if (control.windowBytes === this.#sentWindowBytes) break
        this.#sentWindowBytes = control.windowBytes
        this.#send(encodeWindow(control.windowBytes))
        break
      case 'ping-request':
        this.#send(encodePingResponse(control.stamp))
        break
      case 'ping-response':
      case 'other':
        break
      default:
        assertNever(control)
    }
  }

  /**
   * Every command that encoders send, in any order. What wants an answer gets one; what Vibly does
   * not know gets `_error` and is no reason to stop. [R12]
   */
  #handleCommand(command: Command): void {
    switch (command.name) {
      case 'connect':
        this.#connect(command)
        break
      case 'createStream':
        this.#messageStreamsMade += 1
        this.#answer(command, this.#messageStreamsMade)
        break
      case 'publish':
        this.#publish(command)
        break
      case 'FCUnpublish':
        this.#send(encodeCommand(command.messageStreamId, ['onFCUnpublish', 0, null]))
        this.#answer(command)
        this.#unpublish()
        break
      case 'deleteStream':
      case 'closeStream':
        this.#answer(command)
        if (this.#isPublishedStream(command)) this.#unpublish()
        break
      case 'releaseStream':
      case 'FCPublish':
      case '_checkbw':
      case 'setPeerInfo':
        this.#answer(command)
        break
      case 'getStreamLength':
        this.#answer(command, 0)
        break
      case 'play':
      case 'play2':
        this.#refuse(command, new ViblyError('rtmp.publish-only'), 'NetStream.Play.Failed')
        break
      case '_result':
      case '_error':
      case 'onStatus':
        break
      default:
        this.#reject(command)
    }
  }

  #connect(command: Command): void {
    if (this.#state.phase !== 'connecting') throw new ViblyError('rtmp.command-out-of-order')
    const url = textMember(command.object, 'tcUrl') ?? ''
    const path = textMember(command.object, 'app') || pathOfUrl(url)
    const address = parseApp(path, this.#options.app)
    if (address === null) {
      const fault = new ViblyError('rtmp.app-unknown', { app: this.#options.app })
      this.#refuse(command, fault, CONNECT_REJECTED)
      return
    }
    this.#state = { phase: 'connected' }
    this.#address = address
    this.#encoder = parseEncoder(textMember(command.object, 'flashVer'))
    this.#send(encodeWindow(WINDOW_BYTES))
    this.#send(encodePeerBandwidth(WINDOW_BYTES))
    this.#send(encodeSetChunkSize(CHUNK_BYTES))
    this.#chunkBytes = CHUNK_BYTES
    this.#send(encodeConnectResult(command, this.#options))
  }

  #publish(command: Command): void {
    if (this.#state.phase !== 'connected') throw new ViblyError('rtmp.command-out-of-order')
    const [name] = command.values
    const streamKey = parseStreamKey(typeof name === 'string' ? name : '', this.#address)
    if (streamKey === null) {
      this.#refuse(command, new ViblyError('rtmp.stream-key-malformed'), BAD_NAME)
      return
    }
    this.#state = { phase: 'deciding', publish: command }
    this.#events.push({ kind: 'publish', streamKey, encoder: this.#encoder })
  }

  /** The stream is named by a number in `deleteStream`, by the message's own stream otherwise. */
  #isPublishedStream(command: Command): boolean {
    if (this.#state.phase !== 'publishing') return false
    const [id] = command.values
    return typeof id !== 'number' || id === this.#state.messageStreamId
  }

  #unpublish(): void {
    if (this.#state.phase !== 'publishing') return
    const { messageStreamId } = this.#state
    const code = 'NetStream.Unpublish.Success'
    const description = 'The broadcast has ended.'
    this.#send(encodeStatus(messageStreamId, { level: 'status', code, description }))
    this.#state = { phase: 'connected' }
    this.#events.push({ kind: 'unpublish' })
  }

  /** Transaction 0 wants no answer (RTMP 1.0 §7.2.1). */
  #answer(command: Command, value: number | null = null): void {
    if (command.transactionId !== 0) this.#send(encodeResult(command, [null, value]))
  }

  #reject(command: Command): void {
    if (command.transactionId === 0) return
    const code = 'NetConnection.Call.Failed'
    const description = 'This server does not know that command.'
    this.#send(encodeError(command, { level: 'error', code, description }))
  }

  #refuse(command: Command, fault: ViblyError, code: string): void {
    const status: Status = { level: 'error', code, description: fault.message }
    if (command.transactionId !== 0) this.#send(encodeError(command, status))
    this.#send(encodeStatus(command.messageStreamId, status))
    this.#close(fault)
  }

  #close(fault: ViblyError): void {
    this.#state = { phase: 'ended' }
    this.#events.push({ kind: 'close', fault })
  }

  #send(message: Message): void {
    const isControl = message.type < MESSAGE_TYPE.audio
    const chunkStreamId = isControl ? CONTROL_CHUNK_STREAM : COMMAND_CHUNK_STREAM
    const bytes = encodeMessage(message, chunkStreamId, this.#chunkBytes)
    this.#events.push({ kind: 'send', bytes })
  }
}
