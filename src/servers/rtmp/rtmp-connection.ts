import type { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  addressBlock,
  asViblyError,
  type Clock,
  type Logger,
  pause,
  type Secret,
  TokenBucket,
  ViblyError,
} from '../../base/index.ts'
import {
  type MediaMessage,
  type RtmpOptions,
  RtmpSession,
  type SessionEvent,
} from '../../rtmp/index.ts'
import { PeerWatch, type PeerWatchOptions } from './peer-watch.ts'
import type { ReadRhythm } from './read-rhythm.ts'
import { greetStranger, isRetryable, statusCodeOf } from './rtmp-refusal.ts'

export interface PublishRequest {
  readonly streamKey: Secret
  /** Of the peer, as the socket has it. */
  readonly address: string
  /** What the encoder calls itself: printable, at most 64 characters; null when it says nothing. */
  readonly encoder: string | null
}

/** What the server needs of a broadcast that has taken a publisher. */
export interface Publication {
  /** A promise: nothing more is read off the socket until it resolves. The payload may be kept. */
  write(message: MediaMessage): Promise<void> | null
  /** Called once: the publisher stopped in order, or its connection is gone, whoever closed it. */
  end(how: 'stopped' | 'lost'): void
  /**
   * Aborted to end the publication; its reason is told to the encoder and the connection closed.
   */
  readonly signal: AbortSignal
}

export interface RtmpConnectionDeps {
  /** Rejects with a `ViblyError` to refuse. */
  publish(request: PublishRequest): Promise<Publication>
  readonly rhythm: ReadRhythm
  readonly logger: Logger
  readonly clock: Clock
}

/** Limits of one connection; durations are ms. */
export interface RtmpConnectionOptions extends PeerWatchOptions {
  /** Read from the socket, waiting for a publish answer or a slow broadcast. */
  readonly inputBytesMax: number
  /** Written to a socket whose peer does not read. */
  readonly outboundBytesMax: number
  /** Work at a stretch before others get their turn. [R23] */
  readonly sliceMsMax: number
  /** Work for one connection in a second; then it waits. [R23] */
  readonly workMsPerSecondMax: number
  readonly rtmp: RtmpOptions
}

/**
 * One RTMP connection: moves bytes between socket and session, and media to its publication.
 *
 * The socket is read only while the publication keeps up. Up to `inputBytesMax` is read ahead,
 * since a FIN is seen only behind the last byte; past that, TCP slows the encoder down, and pings
 * find out whether it is still there. A fault ends this connection alone. [R25]
 */
export class RtmpConnection {
  readonly address: string
  /** What its limits are counted by. */
  readonly addressBlock: string
  readonly #socket: Socket
  readonly #deps: RtmpConnectionDeps
  readonly #options: RtmpConnectionOptions
  readonly #session: RtmpSession
  readonly #logger: Logger
  readonly #stop = new AbortController()
  readonly #gone = Promise.withResolvers<void>()
  readonly #budget: TokenBucket
  readonly #watch: PeerWatch
  #publication: Publication | null = null
  #encoder: string | null = null
  readonly #input: Uint8Array[] = []
  #inputBytes = 0
  /** Nothing more is read: what was read already waits. */
  #isHeld: boolean = false
  #isPumping: boolean = false
  /** Work since others last had their turn. */
  #workMs = 0
  #receivedBytes = 0
  /** Why it ended; null while it has not, or when the peer just left. */
  #fault: ViblyError | null = null

  constructor(socket: Socket, deps: RtmpConnectionDeps, options: RtmpConnectionOptions) {
    this.#socket = socket
    this.#deps = deps
    this.#options = options
    this.#session = new RtmpSession(options.rtmp)
    this.address = socket.remoteAddress ?? 'unknown'
    this.addressBlock = addressBlock(this.address)
    this.#logger = deps.logger.child({ address: this.address })
    const nowMs = deps.clock.monotonicMs()
    this.#watch = new PeerWatch(options, nowMs)
    const perSecond = options.workMsPerSecondMax
    this.#budget = new TokenBucket({ perSecond, burst: perSecond }, nowMs)

    socket.setNoDelay(true)
    socket.setKeepAlive(true, options.pingIntervalMs)
    socket.on('readable', () => this.#onReadable())
    socket.on('error', (error) => {
      // Encoders that are done often reset the connection; only a broadcast is worth a fault.
      if (this.#publication === null) return
      this.#fault ??= new ViblyError('rtmp.connection-lost', {}, error)
    })
    socket.on('close', () => this.#onClose())
  }

  /** Resolves when the socket is gone and the publication has been told. */
  get gone(): Promise<void> {
    return this.#gone.promise
  }

  get isPublishing(): boolean {
    return this.#session.phase === 'publishing' || this.#session.phase === 'deciding'
  }

  /** Ends the connection and tells a publisher why. Calling it again changes nothing. */
  end(fault: ViblyError): void {
    if (this.#stop.signal.aborted || this.#session.phase === 'ended') return
    this.#session.end(fault, statusCodeOf(fault))
    // Media still queued in the session is of no use to a broadcast that is over.
    for (let event = this.#session.next(); event !== null; event = this.#session.next()) {
      if (event.kind === 'send') this.#write(event.bytes)
      if (event.kind === 'close') this.#sayGoodbye(event.fault)
    }
  }

  /** Ends at once, with nobody there to be told. */
  drop(fault: ViblyError): void {
    this.#fault ??= fault
    this.#socket.destroy()
  }

  /** It was this process that stood still: what the peer sent meanwhile is yet to be read. */
  noteStandstill(nowMs: number): void {
    this.#watch.noteHeard(nowMs)
  }

  /** Checks what depends on time; to be called a few times a second. */
  tick(nowMs: number): void {
    if (this.#stop.signal.aborted) return
    if (this.#isHeld) this.#watch.noteHeard(nowMs)
    const due = this.#watch.look(nowMs, this.#session.phase)
    if (due === null) return
    if (due === 'ping') this.#write(this.#session.encodePing(Math.trunc(nowMs) % 2 ** 32))
    else this.drop(due)
  }

  /** One read of the socket, or its end. A publisher's next is due when the rhythm says so. */
  #onReadable(): void {
    const bytes: Uint8Array | null = this.#socket.read()
    if (bytes === null) return
    this.#take(bytes)
    if (!this.#isHeld) this.#readOn(bytes.byteLength)
  }

  /** `beforeBytes`: how much the read before gave. */
  #readOn(beforeBytes: number): void {
    // `read(0)` asks the system for more and takes nothing.
    const read = () => this.#socket.read(0)
    if (this.isPublishing) this.#deps.rhythm.wait(beforeBytes, read)
    else read()
  }

  #take(bytes: Uint8Array): void {
    const nowMs = this.#deps.clock.monotonicMs()
    this.#watch.noteHeard(nowMs)
    this.#receivedBytes += bytes.byteLength
    // Nobody listens any more; reading on lets our last words arrive before the socket is closed.
    if (this.#session.phase === 'ended') return
    this.#input.push(bytes)
    this.#inputBytes += bytes.byteLength
    if (!this.#isPumping) this.#pump(nowMs)
    else this.#isHeld = this.#inputBytes >= this.#options.inputBytesMax
  }

  /**
   * Does what the session asks for until it has no more bytes: at once, unless a publication has to
   * be waited for or others are to have their turn. Never throws.
   */
  #pump(nowMs: number): void {
    this.#isPumping = true
    try {
      const wait = this.#work(nowMs)
      if (wait !== null) {
        void this.#pumpOn(wait)
        return
      }
    } catch (thrown) {
      this.#fail(asViblyError(thrown))
    }
    this.#endPump()
  }

  /** Goes on after each wait. Never rejects. */
  async #pumpOn(firstWait: Promise<void>): Promise<void> {
    try {
      for (let wait: Promise<void> | null = firstWait; wait !== null; ) {
        await wait
        wait = this.#work(this.#deps.clock.monotonicMs())
      }
    } catch (thrown) {
      if (!this.#stop.signal.aborted) this.#fail(asViblyError(thrown))
    }
    this.#endPump()
  }

  #endPump(): void {
    this.#isPumping = false
    if (this.#socket.destroyed) this.#finish()
  }

  /**
   * Works from `startMs` on: what has to be waited for before it can go on, or null: all is done.
   */
  #work(startMs: number): Promise<void> | null {
    let fromMs = startMs
    for (;;) {
      const event = this.#session.next()
      const wait = event === null ? null : this.#perform(event)
      const nowMs = this.#deps.clock.monotonicMs()
      this.#workMs += nowMs - fromMs
      fromMs = nowMs
      if (wait !== null) return wait
      if (this.#workMs > this.#options.sliceMsMax) return this.#rest()
      if (event !== null) continue
      const bytes = this.#takeInput()
      if (bytes === null) return null
      this.#session.feed(bytes)
    }
  }

  #takeInput(): Uint8Array | null {
    const bytes = this.#input.shift()
    if (bytes === undefined) return null
    this.#inputBytes -= bytes.byteLength
    this.#release()
    return bytes
  }

  #release(): void {
    if (!this.#isHeld) return
    this.#isHeld = false
    this.#readOn(0)
  }

  /** Lets the others have their turn; one who has used up its share of the second waits longer. */
  async #rest(): Promise<void> {
    const { clock } = this.#deps
    const workMs = Math.min(this.#workMs, this.#options.workMsPerSecondMax)
    this.#workMs = 0
    await nextTurn()
    let waitMs = this.#budget.take(workMs, clock.monotonicMs())
    while (waitMs > 0) {
      await clock.sleep(waitMs, this.#stop.signal)
      waitMs = this.#budget.take(workMs, clock.monotonicMs())
    }
  }

  #perform(event: SessionEvent): Promise<void> | null {
    switch (event.kind) {
      case 'send':
        this.#write(event.bytes)
        return null
      case 'media':
        return this.#publication?.write(event.message) ?? null
      case 'publish':
        return this.#publish(event.streamKey, event.encoder)
      case 'unpublish':
        // A reset behind it, heard while it waited its turn, broke nothing off.
        this.#fault = null
        this.#endPublication('stopped')
        return null
      case 'close':
        this.#sayGoodbye(event.fault)
        return null
    }
  }

  async #publish(streamKey: Secret, encoder: string | null): Promise<void> {
    this.#encoder = encoder
    let publication: Publication
    try {
      publication = await this.#deps.publish({ streamKey, address: this.address, encoder })
    } catch (thrown) {
      // This is where a publish ends; the connection ends with it.
      const fault = asViblyError(thrown)
      if (this.#session.phase === 'deciding') this.#session.refuse(fault, statusCodeOf(fault))
      return
    }
    if (this.#stop.signal.aborted || this.#session.phase !== 'deciding') {
      publication.end('lost')
      return
    }
    this.#publication = publication
    this.#logger.info('publishing', { encoder })
    const { signal } = publication
    const onAbort = () => this.end(asViblyError(signal.reason))
    if (signal.aborted) {
      onAbort()
      return
    }
    signal.addEventListener('abort', onAbort, { signal: this.#stop.signal })
    this.#session.accept()
  }

  #write(bytes: Uint8Array): void {
    if (!this.#socket.writable) return
    this.#socket.write(bytes)
    if (this.#socket.writableLength > this.#options.outboundBytesMax) {
      this.drop(new ViblyError('rtmp.peer-not-reading'))
    }
  }

  /**
   * Closes our side and reads on for a while without looking: closing with bytes unread would reset
   * the connection, and the peer would lose our last words.
   */
  #sayGoodbye(fault: ViblyError): void {
    this.#fault ??= fault
    this.#input.length = 0
    this.#inputBytes = 0
    this.#socket.end()
    this.#release()
  }

  /** Ends by a fault of the peer's bytes, or a bug. A publisher is told, strangers are not. */
  #fail(fault: ViblyError): void {
    this.#fault ??= fault
    if (fault.code === 'rtmp.not-rtmp') {
      const greeting = greetStranger(Number(fault.facts['firstByte']))
      if (greeting !== null) {
        this.#write(greeting)
        this.#session.end(fault, statusCodeOf(fault))
        this.#sayGoodbye(fault)
        return
      }
    }
    if (this.#session.phase === 'publishing') this.end(fault)
    else this.#socket.destroy()
  }

  /**
   * The socket is gone. What was read before is still worked off, an orderly end may be in it; a
   * broadcast that takes nothing more is not waited for.
   */
  #onClose(): void {
    if (!this.#isPumping) {
      this.#finish()
      return
    }
    // Unless the pump finishes it before the time is up.
    void pause(this.#deps.clock, this.#options.lingerMs, this.#stop.signal).then((isTimeUp) => {
      if (isTimeUp) this.#finish()
    })
  }

  #finish(): void {
    if (this.#stop.signal.aborted) return
    this.#endPublication('lost')
    this.#stop.abort()
    this.#input.length = 0
    this.#log()
    this.#gone.resolve()
  }

  /** Once for each publication. */
  #endPublication(how: 'stopped' | 'lost'): void {
    const publication = this.#publication
    this.#publication = null
    publication?.end(how)
  }

  #log(): void {
    const facts = { encoder: this.#encoder, receivedBytes: this.#receivedBytes }
    const fault = this.#fault
    if (fault === null) this.#logger.info('rtmp connection ended', facts)
    else if (fault.code === 'base.bug') this.#logger.error('rtmp connection failed', fault, facts)
    else {
      const reason = { code: fault.code, reason: fault.message, isRetryable: isRetryable(fault) }
      this.#logger.info('rtmp connection ended', { ...facts, ...reason })
    }
  }
}
