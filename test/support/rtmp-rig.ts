import { after } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type FaultCode, type Logger, systemClock, ViblyError } from '../../src/base/index.ts'
import type { MediaMessage } from '../../src/rtmp/index.ts'
import {
  type PublishRequest,
  RTMP_SERVER_DEFAULTS,
  type RtmpServerOptions,
  startRtmpServer,
} from '../../src/servers/rtmp/rtmp-server.ts'

/** A broadcast that keeps what it is given. */
export class FakeBroadcast {
  readonly request: PublishRequest
  readonly media: MediaMessage[] = []
  readonly ended: string[] = []
  readonly #abort = new AbortController()
  readonly #waiters: { readonly fits: () => boolean; readonly resolve: () => void }[] = []
  /** What `write` answers. */
  gate: Promise<void> | null = null

  constructor(request: PublishRequest) {
    this.request = request
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  write(message: MediaMessage): Promise<void> | null {
    this.media.push(message)
    this.#check()
    return this.gate
  }

  end(how: 'stopped' | 'lost'): void {
    this.ended.push(how)
    this.#check()
  }

  abort(code: FaultCode): void {
    this.#abort.abort(new ViblyError(code))
  }

  /** Resolves when it has so many messages, or has ended. */
  async until(what: 'ended' | number): Promise<void> {
    const fits = () => (what === 'ended' ? this.ended.length > 0 : this.media.length >= what)
    if (fits()) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiters.push({ fits, resolve })
    await promise
  }

  #check(): void {
    for (const waiter of this.#waiters) if (waiter.fits()) waiter.resolve()
  }
}

export interface Rig {
  readonly port: number
  readonly broadcasts: FakeBroadcast[]
  readonly lines: { readonly event: string; readonly code: unknown; readonly text: string }[]
  close(): Promise<void>
}

const rigs: Rig[] = []
after(() => Promise.all(rigs.map((rig) => rig.close())))

/** Keys that start with `good` are taken; `full`, `slow` and `late` do what they say. */
export async function startRig(options: Partial<RtmpServerOptions> = {}): Promise<Rig> {
  const broadcasts: FakeBroadcast[] = []
  const lines: Rig['lines'][number][] = []
  const log = (event: string, ...facts: readonly unknown[]) => {
    const text = JSON.stringify([event, ...facts])
    const code = facts.map((fact) =>
      fact instanceof Object ? Reflect.get(fact, 'code') : undefined,
    )
    lines.push({ event, code: code.find((value) => value !== undefined), text })
  }
  const logger: Logger = { debug: log, info: log, warn: log, error: log, child: () => logger }
  const publish = async (request: PublishRequest) => {
    const key = request.streamKey.reveal()
    if (key.startsWith('full')) throw new ViblyError('accounts.busy')
    if (!key.startsWith('good')) throw new ViblyError('accounts.not-found')
    if (key.endsWith('late')) await delay(300)
    const broadcast = new FakeBroadcast(request)
    broadcasts.push(broadcast)
    return broadcast
  }
  const server = await startRtmpServer(
    { publish, logger, clock: systemClock },
    { ...RTMP_SERVER_DEFAULTS, host: '127.0.0.1', port: 0, tickMs: 20, ...options },
  )
  const rig = { port: server.port, broadcasts, lines, close: () => server.close() }
  rigs.push(rig)
  return rig
}

/** A picture of so many bytes, whatever is in it. */
export function frame(timestampMs: number, payloadBytes = 100): MediaMessage {
  return { kind: 'video', timestampMs, payload: new Uint8Array(payloadBytes).fill(0x27) }
}
