import { ViblyError } from '../../base/index.ts'
import type { RtmpSession } from '../../rtmp/index.ts'

/** How long a peer may take; ms. */
export interface PeerWatchOptions {
  /** From the start of the connection to the end of the handshake. [R20] */
  readonly handshakeMsMax: number
  /** From there to `connect`. [R20] */
  readonly connectMsMax: number
  /** From there to `publish`. [R20] */
  readonly publishMsMax: number
  readonly pingIntervalMs: number
  /** Nothing at all came for so long, though we were reading: the peer is gone. [R28] */
  readonly silenceMsMax: number
  /** From our last byte to the end of the socket, so that the peer can read it. */
  readonly lingerMs: number
}

/**
 * Whether the peer of an RTMP connection is still there, and gets on with it. Pure: monotonic ms
 * in, what is due out.
 */
export class PeerWatch {
  readonly #options: PeerWatchOptions
  #phase: RtmpSession['phase'] = 'handshake'
  #phaseMs: number
  #heardMs: number
  #pingedMs: number

  constructor(options: PeerWatchOptions, nowMs: number) {
    this.#options = options
    this.#phaseMs = nowMs
    this.#heardMs = nowMs
    this.#pingedMs = nowMs
  }

  /** Something came; or nobody was reading, so that nothing could. */
  noteHeard(nowMs: number): void {
    this.#heardMs = nowMs
  }

  /** To be asked a few times a second. A fault: drop the connection. null: nothing is due. */
  look(nowMs: number, phase: RtmpSession['phase']): ViblyError | 'ping' | null {
    if (phase !== this.#phase) {
      this.#phase = phase
      this.#phaseMs = nowMs
    }
    const limitMs = this.#phaseMsMax(phase)
    if (limitMs === null) return this.#lookAtPublisher(nowMs)
    if (nowMs - this.#phaseMs > limitMs) return new ViblyError('rtmp.too-slow', { phase, limitMs })
    return this.#lookAtSilence(nowMs)
  }

  /** null: it may last as long as it likes. */
  #phaseMsMax(phase: RtmpSession['phase']): number | null {
    switch (phase) {
      case 'handshake':
        return this.#options.handshakeMsMax
      case 'connecting':
        return this.#options.connectMsMax
      case 'connected':
        return this.#options.publishMsMax
      case 'ended':
        return this.#options.lingerMs
      case 'deciding':
      case 'publishing':
        return null
    }
  }

  #lookAtPublisher(nowMs: number): ViblyError | 'ping' | null {
    const fault = this.#lookAtSilence(nowMs)
    if (fault !== null || nowMs - this.#pingedMs < this.#options.pingIntervalMs) return fault
    this.#pingedMs = nowMs
    return 'ping'
  }

  #lookAtSilence(nowMs: number): ViblyError | null {
    const silenceMs = Math.round(nowMs - this.#heardMs)
    if (silenceMs <= this.#options.silenceMsMax) return null
    return new ViblyError('rtmp.peer-silent', { silenceMs })
  }
}
