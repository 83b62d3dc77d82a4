import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * The processes that a process started; `running` without those that are dead and not buried.
 * (proc(5))
 */
export function childrenOf(pid: number, which: 'running' | 'dead'): readonly number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    (read(`/proc/${pid}/task/${task}/children`) ?? '').split(' ').filter((one) => one !== ''),
  )
  return children.map(Number).filter((child) => {
    const state = /\) (\w)/.exec(read(`/proc/${child}/stat`) ?? '')?.[1]
    return state !== undefined && (state === 'Z') === (which === 'dead')
  })
}

/** null: it is gone by now. */
function read(path: string): string | null {
  try {
    return readFileSync(path, 'latin1')
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
