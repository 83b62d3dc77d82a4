import { availableParallelism } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'

/** How busy this process is. */
export interface ServerLoad {
  readonly cores: number
  /** Of one core, this process alone, over the last seconds: 0.5 is half a core. */
  readonly coresUsed: number
  /** The delay that all but one in a hundred turns of the event loop kept, ms. */
  readonly loopDelayMs: number
  readonly memoryBytes: number
  readonly uptimeS: number
}

const WINDOW_MS = 5000
const RESOLUTION_MS = 10

/** Measures this process in the background, for a page that an administrator may open. */
export class LoadMeter {
  readonly #delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  readonly #timer: NodeJS.Timeout
  #cpu = process.cpuUsage()
  #sinceMs = performance.now()
  #coresUsed = 0
  #loopDelayMs = 0

  constructor() {
    this.#delays.enable()
    this.#timer = setInterval(() => this.#turn(), WINDOW_MS)
    // Nobody waits for it.
    this.#timer.unref()
  }

  read(): ServerLoad {
    return {
      cores: availableParallelism(),
      coresUsed: this.#coresUsed,
      loopDelayMs: this.#loopDelayMs,
      memoryBytes: process.memoryUsage.rss(),
      uptimeS: Math.round(process.uptime()),
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#delays.disable()
  }

  #turn(): void {
    const { user, system } = process.cpuUsage(this.#cpu)
    const nowMs = performance.now()
    this.#coresUsed = (user + system) / 1000 / (nowMs - this.#sinceMs)
    // The histogram counts the whole pause between two looks, its own resolution included.
    const delayMs = this.#delays.percentile(99) / 1e6 - RESOLUTION_MS
    this.#loopDelayMs = Number.isFinite(delayMs) ? Math.max(0, delayMs) : 0
    this.#delays.reset()
    this.#cpu = process.cpuUsage()
    this.#sinceMs = nowMs
  }
}
