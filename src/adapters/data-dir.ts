import { randomUUID } from 'node:crypto'
import { chmod, link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { codeOf, type Logger, ViblyError } from '../base/index.ts'
import { DIRECTORY_MODE, FILE_MODE } from './disk/index.ts'

const LOCK = 'server.lock'
/** Each attempt either holds the lock, meets a living holder, or has cleared a dead one away. */
const ATTEMPTS_MAX = 5

export interface DataDir {
  /** Absolute. */
  readonly path: string
  /** Lets another server have the folder. Twice is fine. */
  close(): Promise<void>
}

/** Who holds a lock. A pid alone means nothing after a restart: it may be anybody's by then. */
const holderSchema = z.object({
  pid: z.int32().positive(),
  /**
   * When that process began, in clock ticks since boot, and which boot; null where there is no
   * /proc.
   */
  started: z.string().nullable(),
})
type Holder = z.infer<typeof holderSchema>

/**
 * Makes the data folder if need be, keeps it to its owner, and holds it until `close` or the end of
 * this process, however it ends. Two servers in one folder would overwrite each other's records.
 * [C09]
 *
 * Sees holders on this machine only: do not share a data folder between machines or containers.
 *
 * @throws ViblyError `data-dir.locked`, `data-dir.unusable`
 */
export async function lockDataDir(
  dir: string,
  deps: { readonly logger: Logger },
): Promise<DataDir> {
  const path = resolve(dir)
  try {
    await makeFolder(path)
    await keepPrivate(path, deps.logger)
    const me: Holder = { pid: process.pid, started: await startOf(process.pid) }
    const lock = join(path, LOCK)
    await takeLock(path, lock, me)
    return { path, close: () => release(lock, me) }
  } catch (thrown) {
    if (thrown instanceof ViblyError) throw thrown
    throw new ViblyError('data-dir.unusable', { dir: path, reason: codeOf(thrown) }, thrown)
  }
}

/**
 * Makes a folder for its owner alone, and those above it; one that is there stays as it is. Node's
 * own `recursive` never ends where nobody can make one, as in /proc.
 */
export async function makeFolder(path: string): Promise<void> {
  if (await isFolder(path)) return
  await makeFolder(dirname(path))
  try {
    await mkdir(path, { mode: DIRECTORY_MODE })
  } catch (thrown) {
    // Another server may have made it meanwhile.
    if (codeOf(thrown) !== 'EEXIST' || !(await isFolder(path))) throw thrown
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return false
    throw thrown
  }
}

async function keepPrivate(path: string, logger: Logger): Promise<void> {
  const { mode } = await stat(path)
  if ((mode & 0o077) === 0) return
  try {
    await chmod(path, DIRECTORY_MODE)
  } catch (thrown) {
    // A mounted volume may belong to someone else. The files in it are private all the same.
    logger.warn('others can list the data folder', { dir: path, reason: codeOf(thrown) })
  }
}

async function takeLock(dir: string, lock: string, me: Holder): Promise<void> {
  const aside = join(dir, `${LOCK}.${randomUUID()}`)
  await writeFile(aside, JSON.stringify(me), { mode: FILE_MODE, flag: 'wx' })
  try {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      // A link appears with its content or not at all, and only where nothing is.
      if (await linkIfAbsent(aside, lock)) return
      const text = await readIfThere(lock)
      if (text === null) continue
      const holder = parseHolder(text)
      if (holder !== null && (await isAlive(holder))) throw locked(dir, lock, holder.pid)
      await clear(lock, text, aside)
    }
    throw locked(dir, lock, 'unknown')
  } finally {
    await rm(aside, { force: true })
  }
}

/**
 * Removes a dead holder's lock. Another server may have done so first and hold the lock by now:
 * what was moved away is looked at again and put back if it is not what was found dead.
 */
async function clear(lock: string, dead: string, aside: string): Promise<void> {
  const moved = `${aside}.dead`
  try {
    await rename(lock, moved)
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return
    throw thrown
  }
  if ((await readIfThere(moved)) !== dead) await linkIfAbsent(moved, lock)
  await rm(moved, { force: true })
}

async function release(lock: string, me: Holder): Promise<void> {
  const text = await readIfThere(lock)
  const holder = text === null ? null : parseHolder(text)
  if (holder?.pid === me.pid && holder.started === me.started) await rm(lock, { force: true })
}

async function linkIfAbsent(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (thrown) {
    if (codeOf(thrown) === 'EEXIST') return false
    throw thrown
  }
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return null
    throw thrown
  }
}

/** Null for a lock that power loss left empty: its holder is dead. */
function parseHolder(text: string): Holder | null {
  try {
    return holderSchema.parse(JSON.parse(text))
  } catch {
    return null
  }
}

async function isAlive(holder: Holder): Promise<boolean> {
  try {
    process.kill(holder.pid, 0)
  } catch (thrown) {
    // EPERM: it lives, and is someone else's.
    if (codeOf(thrown) === 'ESRCH') return false
  }
  return holder.started === null || (await startOf(holder.pid)) === holder.started
}

/**
 * What tells this process from any other that had or gets its pid; null where there is no /proc.
 */
async function startOf(pid: number): Promise<string | null> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // proc(5): field 22, counted from the name in brackets, which may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state, ticks] = [fields[0], fields[19]]
    // Dead, only that its parent has not heard of it yet: it holds nothing.
    if (state === 'Z' || state === 'X' || ticks === undefined) return null
    return `${boot.trim()}:${ticks}`
  } catch (thrown) {
    if (['ENOENT', 'EACCES', 'ESRCH'].includes(codeOf(thrown))) return null
    throw thrown
  }
}

function locked(dir: string, file: string, pid: number | string): ViblyError {
  return new ViblyError('data-dir.locked', { dir, file, pid })
}
