import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** The processes that a process started; `running` without those that are dead and not buried. */
export function childrenOf(pid: number, which: 'running' | 'dead'): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => {
      const stat = statOf(child)
      return stat !== null && stat.parent === pid && (stat.state === 'Z') === (which === 'dead')
    })
}

/** null: there is no such process. The name in the middle may hold anything (proc(5)). */
function statOf(pid: number): { readonly state: string; readonly parent: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const [state = '', parent] = text.slice(text.lastIndexOf(') ') + 2).split(' ')
    return { state, parent: Number(parent) }
  } catch {
    return null
  }
}

/** Counts the children of a process that run, every 100 ms, until it is stopped. */
export class ChildCount {
  most = 0
  samples = 0
  readonly #over = new AbortController()
  readonly #watching: Promise<void>

  constructor(pid: number) {
    this.#watching = this.#watch(pid)
  }

  async stop(): Promise<void> {
    this.#over.abort()
    await this.#watching
  }

  async #watch(pid: number): Promise<void> {
    const { signal } = this.#over
    while (!signal.aborted) {
      this.most = Math.max(this.most, childrenOf(pid, 'running').length)
      this.samples += 1
      await delay(100, undefined, { signal }).catch(() => {})
    }
  }
}
