import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Control groups for FFmpegs, one each (cgroups(7)), where this system lets us make any. */
export interface WorkerGroups {
  readonly version: 1 | 2
  /**
   * Puts a process, with all it will start, into a group of its own.
   *
   * @returns what removes the group, to be called when the process is gone.
   */
  enclose(pid: number): Promise<() => Promise<void>>
}

/** Where control groups are, for tests. */
export interface GroupPaths {
  readonly root: string
  /** Which groups this process is in. */
  readonly own: string
}

/** A folder of groups, and what to write into each that is made in it. */
interface Hierarchy {
  readonly folder: string
  readonly limits: Readonly<Record<string, string>>
}

const PATHS: GroupPaths = { root: '/sys/fs/cgroup', own: '/proc/self/cgroup' }
const PREFIX = 'vibly-worker-'
/** In bytes: 4096x2304 took 0.8 GB. A worker that leaks goes alone. */
const MEMORY_BYTES_MAX = String(2 * 1024 * 1024 * 1024)
/** Processes and threads. */
const PIDS_MAX = '512'
/** Of 100, or 1024, that everything else has: the server and its pages come first. */
const CPU_WEIGHT = '30'
const CPU_SHARES = '307'

const LIMITS_V2 = { 'cpu.weight': CPU_WEIGHT, 'memory.max': MEMORY_BYTES_MAX, 'pids.max': PIDS_MAX }
const LIMITS_V1: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  cpu: { 'cpu.shares': CPU_SHARES },
  memory: { 'memory.limit_in_bytes': MEMORY_BYTES_MAX },
  pids: { 'pids.max': PIDS_MAX },
}

/**
 * Finds out whether groups can be made, by making one. null: there are no control groups, or they
 * are somebody else's, as in most containers. [F05] [F14]
 */
export async function openWorkerGroups(paths: GroupPaths = PATHS): Promise<WorkerGroups | null> {
  const own = await readFile(paths.own, 'utf8').catch(() => '')
  const versions = [
    { version: 2, hierarchies: await findV2(paths.root, own) },
    { version: 1, hierarchies: findV1(paths.root, own) },
  ] as const
  for (const { version, hierarchies } of versions) {
    if (!(await canMake(hierarchies))) continue
    return { version, enclose: (pid) => enclose(hierarchies, pid) }
  }
  return null
}

/** Lines as `4:memory:/some/group`, one for each controller. */
function findV1(root: string, own: string): readonly Hierarchy[] {
  return Object.entries(LIMITS_V1).flatMap(([controller, limits]) => {
    const path = new RegExp(`^\\d+:(?:.+,)?${controller}(?:,.+)?:(.*)$`, 'm').exec(own)?.[1]
    return path === undefined ? [] : [{ folder: join(root, controller, path), limits }]
  })
}

/**
 * The line `0::/some/group`. A group with processes of its own may have no groups with limits in
 * it, so beside the one that we are in there is its parent to be tried (systemd: `Delegate=`,
 * `DelegateSubgroup=`).
 */
async function findV2(root: string, own: string): Promise<readonly Hierarchy[]> {
  const path = /^0::(.*)$/m.exec(own)?.[1]
  if (path === undefined) return []
  const folder = join(root, path)
  for (const candidate of new Set([folder, path === '/' ? folder : dirname(folder)])) {
    const control = join(candidate, 'cgroup.subtree_control')
    const isOpen = await write(control, '+cpu +memory +pids').then(
      () => true,
      () => false,
    )
    if (isOpen) return [{ folder: candidate, limits: LIMITS_V2 }]
  }
  return []
}

/** Tries it with nothing inside, and clears away what an earlier server left. */
async function canMake(hierarchies: readonly Hierarchy[]): Promise<boolean> {
  if (hierarchies.length === 0) return false
  try {
    for (const { folder, limits } of hierarchies) {
      for (const name of await readdir(folder)) {
        if (name.startsWith(PREFIX)) await removeIfEmpty(join(folder, name))
      }
      const group = await makeGroup(folder, `${PREFIX}probe`, limits)
      await removeIfEmpty(group)
    }
    return true
  } catch {
    return false
  }
}

async function enclose(
  hierarchies: readonly Hierarchy[],
  pid: number,
): Promise<() => Promise<void>> {
  const groups: string[] = []
  const leave = async () => {
    for (const group of groups) await removeIfEmpty(group)
  }
  try {
    for (const { folder, limits } of hierarchies) {
      const group = await makeGroup(folder, `${PREFIX}${pid}`, limits)
      groups.push(group)
      await write(join(group, 'cgroup.procs'), String(pid))
    }
  } catch (thrown) {
    await leave()
    throw thrown
  }
  return leave
}

async function makeGroup(
  folder: string,
  name: string,
  limits: Readonly<Record<string, string>>,
): Promise<string> {
  const group = join(folder, name)
  await mkdir(group, { recursive: true })
  for (const [file, limit] of Object.entries(limits)) await write(join(group, file), limit)
  return group
}

/** Into a file of the kernel's: where there is none, this is no folder of groups. */
async function write(file: string, text: string): Promise<void> {
  await writeFile(file, text, { flag: 'r+' })
}

/** One that is in use yet, or gone already, is left to the next start. */
async function removeIfEmpty(group: string): Promise<void> {
  await rmdir(group).catch(() => {})
}
