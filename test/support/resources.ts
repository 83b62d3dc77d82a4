import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Vibly } from './vibly.ts'

/** What a server holds at a moment, seen from outside (Linux). */
export interface Resources {
  readonly descriptors: number
  /** Children that have not been reaped, zombies too. */
  readonly processes: number
  /** Below the media folder. */
  readonly files: number
  /** Timers, sockets and the like that Node counts as active. */
  readonly activeResources: number
}

export async function resourcesOf(vibly: Vibly): Promise<Resources> {
  const metrics = await (await fetch(`${vibly.url}/metrics`)).text()
  return {
    descriptors: (await readdir(`/proc/${vibly.pid}/fd`)).length,
    processes: await countChildren(vibly.pid),
    files: (await readdir(join(vibly.dataDir, 'media'), { recursive: true })).length,
    activeResources: Number(/^nodejs_active_resources_total (\d+)$/m.exec(metrics)?.[1]),
  }
}

async function countChildren(parent: number): Promise<number> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const parents = await Promise.all(
    processes.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    }),
  )
  return parents.filter((each) => each === parent).length
}
