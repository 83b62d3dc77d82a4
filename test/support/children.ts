import { readdirSync, readFileSync } from 'node:fs'

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
