import { readdir, readFile, readlink, realpath } from 'node:fs/promises'
import { sep } from 'node:path'
import { killGroup } from './child.ts'

/**
 * Kills the FFmpegs that an earlier life of this server left behind: those that run in its work
 * folder, where nobody else may be now, and read from a pipe. They end by themselves when the pipe
 * does, so these are the ones that hung, where there was no `setpriv` to end them or no time to
 * start it. [F07]
 *
 * To be called before the first FFmpeg is started, by the holder of the data folder.
 *
 * @param workDir absolute.
 * @returns their ids; none where there is no /proc (proc(5)).
 */
export async function killOrphans(workDir: string): Promise<readonly number[]> {
  const folder = await realpath(workDir)
  const names = await readdir('/proc').catch(() => [])
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number)
  const orphans: number[] = []
  for (const pid of pids) if (await isOurs(pid, folder)) orphans.push(pid)
  // Each leads a group of its own.
  for (const pid of orphans) killGroup(pid, 'SIGKILL')
  return orphans
}

async function isOurs(pid: number, folder: string): Promise<boolean> {
  try {
    const runsIn = await readlink(`/proc/${pid}/cwd`)
    if (runsIn !== folder && !runsIn.startsWith(`${folder}${sep}`)) return false
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0')
    return words.includes('pipe:0')
  } catch {
    // Somebody else's, or it is gone by now.
    return false
  }
}
