import type { Socket } from 'node:net'
import type { RawData, WebSocket } from 'ws'
import {
  asViblyError,
  type ChannelId,
  type Clock,
  type FaultCode,
  faultOf,
  type Logger,
  TokenBucket,
  type UserId,
  ViblyError,
} from '../../base/index.ts'
import type { Chat, Member, Receipt, Room, Since, Speaker } from '../../chat/index.ts'
import {
  type ClientFrame,
  encodeJsonFrame,
  errorFrame,
  nonceOf,
  parseClientFrame,
} from '../../chat/index.ts'

/** Who is at the other end, as the upgrade found it. */
export interface ChatIdentity {
  readonly userId: UserId
  /** Ends with this session, or, of a bot, with the token of this id. */
  readonly sessionId: string
  /** What a bot's token allows; null: a person, who may do what they are. */
  readonly scopes: readonly string[] | null
}

export interface ChatSocketDeps {
  readonly chat: Chat
  /** Someone as they are now; null: the account is gone or disabled. */
  speaker(userId: UserId, scopes: readonly string[] | null): Promise<Speaker | null>
  readonly clock: Clock
  readonly logger: Logger
}

export interface ChatSocketOptions {
  /** A peer that has not answered the last ping by the next is gone. */
  readonly pingMs: number
  /** Frames of any kind that one socket may send, valid or not. */
  readonly framesPerSecond: number
  readonly frameBurst: number
  /** Commands of one socket that wait for the disk; one more closes it. */
  readonly commandsWaitingMax: number
  /** `off`: rates do not apply, for load tests. */
  readonly limits: 'on' | 'off'
}

/**
 * Close code when a fault has none of its own: RFC 6455 §7.4.2 leaves 4000-4999 to applications.
 */
const CLOSE_LATER = 4500

/**
 * One chat connection: reads commands in order, answers each, and is a member of its channel's
 * room. Frames go straight to the TCP socket, since they were made once for all; nothing is
 * compressed or fragmented, so they cannot fall into the middle of a frame of `ws`.
 */
export class ChatSocket implements Member {
  readonly identity: ChatIdentity | null
  readonly address: string
  speaker: Speaker | null = null
  readonly #ws: WebSocket
  readonly #socket: Socket
  readonly #deps: ChatSocketDeps
  readonly #options: ChatSocketOptions
  readonly #frames: TokenBucket
  #room: Room | null = null
  #commands: Promise<void> = Promise.resolve()
  #waiting = 0
  #phase: 'open' | 'closing' = 'open'
  #closingMs = 0
  #isAlive = true
  #pingedMs: number
  #validMs: number

  constructor(
    ws: WebSocket,
    socket: Socket,
    from: { readonly identity: ChatIdentity | null; readonly address: string },
    deps: ChatSocketDeps,
    options: ChatSocketOptions,
  ) {
    this.#ws = ws
    this.#socket = socket
    this.identity = from.identity
    this.address = from.address
    this.#deps = deps
    this.#options = options
    const nowMs = deps.clock.monotonicMs()
    // Those who came at the same time, after a restart say, are not all asked at the same time.
    this.#pingedMs = nowMs - Math.random() * options.pingMs
    this.#validMs = nowMs
    const { framesPerSecond: perSecond, frameBurst: burst } = options
    this.#frames = new TokenBucket({ perSecond, burst }, nowMs)
    ws.on('message', (data, isBinary) => this.#onMessage(data, isBinary))
    ws.on('pong', () => {
      this.#isAlive = true
    })
    // Pings are answered by `ws`; many of them cost as much as many messages.
    ws.on('ping', () => this.#takeFrame())
    // `ws` closes after a protocol error by itself, RFC 6455 §7.1.7; there is nobody to tell.
    ws.on('error', (error) => deps.logger.debug('chat socket failed', { reason: error.message }))
    ws.on('close', () => this.#onClose())
  }

  get outboundBytes(): number {
    return this.#socket.writableLength
  }

  /**
   * Enters a channel; closes with the code of the fault when that cannot be. What the peer sends
   * meanwhile waits for it.
   */
  async join(channelId: ChannelId, since: Since | null): Promise<void> {
    const entered = this.#enter(channelId, since)
    this.#commands = this.#commands.then(() => entered)
    await entered
  }

  async #enter(channelId: ChannelId, since: Since | null): Promise<void> {
    try {
      const { chat } = this.#deps
      const room = await chat.room(channelId)
      if (this.identity !== null) this.speaker = await this.#findSpeaker(this.identity)
      if (this.#isClosing()) return
      this.#room = room
      await chat.join(room, this, since)
      // It may have closed while its history was read.
      if (this.#isClosing()) room.leave(this)
    } catch (thrown) {
      this.end(faultOfSocket(thrown, this.#deps.logger))
    }
  }

  send(frames: Uint8Array): void {
    if (this.#phase === 'open' && this.#socket.writable) this.#socket.write(frames)
  }

  /** Tells what went wrong, then closes. */
  end(error: ViblyError): void {
    this.send(encodeJsonFrame(errorFrame(error, null)))
    this.close(error.code)
  }

  close(code: FaultCode): void {
    if (this.#phase === 'closing') return
    this.#phase = 'closing'
    this.#closingMs = this.#deps.clock.monotonicMs()
    this.#room?.leave(this)
    this.#ws.close(faultOf(code).ws ?? CLOSE_LATER, code)
  }

  /**
   * Called about once a second. Every `pingMs` it asks whether the peer is there and cuts one that
   * did not answer since; cuts one that does not answer a close either. [W31]
   *
   * @returns whether it is time to check the sign-in again
   */
  tick(closeMsMax: number, revalidateMs: number): boolean {
    const { pingMs } = this.#options
    const nowMs = this.#deps.clock.monotonicMs()
    if (this.#isClosing()) {
      if (nowMs - this.#closingMs > closeMsMax) this.#ws.terminate()
      return false
    }
    if (nowMs - this.#pingedMs >= pingMs) {
      this.#pingedMs = nowMs
      if (this.#isAlive) this.#ws.ping()
      else this.#ws.terminate()
      this.#isAlive = false
    }
    if (nowMs - this.#validMs < revalidateMs) return false
    this.#validMs = nowMs
    return true
  }

  terminate(): void {
    this.#ws.terminate()
  }

  #isClosing(): boolean {
    return this.#phase === 'closing'
  }

  #onClose(): void {
    this.#phase = 'closing'
    this.#room?.leave(this)
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    this.#isAlive = true
    if (this.#phase === 'closing' || !this.#takeFrame()) return
    if (isBinary) {
      this.end(new ViblyError('chat.not-json'))
      return
    }
    this.#waiting += 1
    if (this.#waiting > this.#options.commandsWaitingMax) {
      this.end(new ViblyError('chat.too-many-frames'))
      return
    }
    const text = data.toString()
    // One after the other: what someone says first stands first.
    this.#commands = this.#commands.then(() => this.#command(text))
  }

  /** Counts a frame of the peer; false when it was one too many and the socket is closing. */
  #takeFrame(): boolean {
    if (this.#options.limits === 'off') return true
    if (this.#frames.take(1, this.#deps.clock.monotonicMs()) === 0) return true
    this.end(new ViblyError('chat.too-many-frames'))
    return false
  }

  /** Never rejects: this is where a command ends. */
  async #command(text: string): Promise<void> {
    try {
      const frame = parseClientFrame(text)
      const receipt = await this.#run(frame)
      const nonce = frame.nonce ?? null
      this.send(encodeJsonFrame({ type: 'ack', nonce, ...receipt, durable: true }))
    } catch (thrown) {
      const error = faultOfSocket(thrown, this.#deps.logger)
      if (faultOf(error.code).ws === null) {
        this.send(encodeJsonFrame(errorFrame(error, nonceOf(text))))
      } else this.end(error)
    } finally {
      this.#waiting -= 1
    }
  }

  async #run(frame: ClientFrame): Promise<Receipt | null> {
    if (this.identity === null) throw new ViblyError('chat.not-signed-in')
    const room = this.#room
    if (room === null) throw new ViblyError('chat.channel-missing')
    const speaker = await this.#findSpeaker(this.identity)
    return await this.#deps.chat.command(room, speaker, frame, this.address)
  }

  /** @throws ViblyError `chat.signed-out` when the account is gone */
  async #findSpeaker({ userId, scopes }: ChatIdentity): Promise<Speaker> {
    const speaker = await this.#deps.speaker(userId, scopes)
    if (speaker === null) throw new ViblyError('chat.signed-out')
    return speaker
  }
}

/** What ends a command, an upgrade or a socket, as a fault of ours; a bug is logged here. */
export function faultOfSocket(thrown: unknown, logger: Logger): ViblyError {
  const error = asViblyError(thrown)
  if (error.code === 'base.bug') logger.error('a chat connection met a bug', thrown)
  return error
}
