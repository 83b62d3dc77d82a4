import { randomBytes } from 'node:crypto'
import { rm, statfs, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { asViblyError, codeOf } from './base/index.ts'
import { findProgram } from './transcode/index.ts'

/** What is checked, as the settings and the machine have it. */
export interface DoctorFacts {
  /** `process.versions.node`. */
  readonly nodeVersion: string
  readonly dataDir: string
  readonly host: string
  /** A port of 0 is picked when serving and needs no check. */
  readonly ports: readonly { readonly name: string; readonly port: number }[]
  /** Folders to search for programs, as in PATH. */
  readonly searchPath: string
}

export interface DoctorDeps {
  /** The FFmpeg that would be used; rejects with the ViblyError that says what to do. */
  probeFfmpeg(): Promise<{ readonly path: string; readonly version: string }>
  /** Names of the programs that would wrap FFmpeg and are not there or do not work. */
  missingTools(ffmpeg: {
    readonly path: string
    readonly version: string
  }): Promise<readonly string[]>
  /** Of the control groups that each FFmpeg would get; null: none can be made. */
  groupsVersion(): Promise<1 | 2 | null>
  /** With the folders above it, as serving would; rejects with an error of Node. */
  makeFolder(path: string): Promise<void>
}

type Level = 'ok' | 'warn' | 'fail'

interface Finding {
  readonly level: Level
  readonly about: string
  /** What was found and, where it is not well, what to do. */
  readonly says: string
}

const NODE_MAJOR_MIN = 24
/** About an hour of three renditions of 1080p. */
const FREE_BYTES_WISHED = 5e9
const FREE_BYTES_MIN = 200e6
const CHROMIUM_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/**
 * Checks the machine and writes one line a finding: ok, warn or fail, and what to do.
 *
 * @returns whether nothing failed; warnings do not count
 */
export async function runDoctor(
  deps: DoctorDeps,
  facts: DoctorFacts,
  write: (line: string) => void,
): Promise<boolean> {
  const findings = [
    checkNode(facts.nodeVersion),
    ...(await checkFfmpeg(deps)),
    await checkGroups(deps),
    await checkDataDir(deps, facts.dataDir),
    await checkSpace(facts.dataDir),
    ...(await Promise.all(facts.ports.map(({ name, port }) => checkPort(name, facts.host, port)))),
    await checkChromium(facts.searchPath),
  ]
  for (const { level, about, says } of findings) {
    write(`${level.padEnd(4)}  ${about.padEnd(12)} ${says}`)
  }
  return findings.every(({ level }) => level !== 'fail')
}

function checkNode(version: string): Finding {
  const isNew = Number(version.split('.')[0]) >= NODE_MAJOR_MIN
  return isNew
    ? { level: 'ok', about: 'Node', says: version }
    : {
        level: 'fail',
        about: 'Node',
        says: `${version}, but ${NODE_MAJOR_MIN} is needed: start by npm, which brings it`,
      }
}

async function checkFfmpeg(deps: DoctorDeps): Promise<readonly Finding[]> {
  try {
    const ffmpeg = await deps.probeFfmpeg()
    const missing = await deps.missingTools(ffmpeg)
    const tools: Finding =
      missing.length === 0
        ? {
            level: 'ok',
            about: 'Guards',
            says: 'FFmpeg runs with low priority, limits and no rights',
          }
        : {
            level: 'warn',
            about: 'Guards',
            says: `${missing.join(', ')} not usable: FFmpeg runs with less around it (Debian: util-linux, coreutils)`,
          }
    return [{ level: 'ok', about: 'FFmpeg', says: `${ffmpeg.version}, ${ffmpeg.path}` }, tools]
  } catch (thrown) {
    // The doctor's whole purpose is to tell of this fault and go on with the next check.
    return [{ level: 'fail', about: 'FFmpeg', says: asViblyError(thrown).message }]
  }
}

/** Both are well: the one is only a stronger form of the other. */
async function checkGroups(deps: DoctorDeps): Promise<Finding> {
  const version = await deps.groupsVersion()
  const says =
    version === null
      ? 'niceness and resource limits; control groups cannot be made here (systemd: Delegate=, DelegateSubgroup=)'
      : `control groups, version ${version}: each FFmpeg has a share of processor, memory, processes`
  return { level: 'ok', about: 'Limits', says }
}

async function checkDataDir(deps: DoctorDeps, path: string): Promise<Finding> {
  const about = 'Data folder'
  const probe = join(path, `.doctor-${randomBytes(6).toString('hex')}`)
  try {
    await deps.makeFolder(path)
    await writeFile(probe, 'x', { mode: 0o600, flag: 'wx' })
    await rm(probe)
    return { level: 'ok', about, says: `${path} can be written` }
  } catch (thrown) {
    const says = `${path} cannot be written (${codeOf(thrown)}): give it to this user, or name another in VIBLY_DATA_DIR`
    return { level: 'fail', about, says }
  }
}

async function checkSpace(path: string): Promise<Finding> {
  const about = 'Disk'
  try {
    const { bavail, bsize } = await statfs(path)
    const freeBytes = bavail * bsize
    const says = `${(freeBytes / 1e9).toFixed(1)} GB free; three renditions of 1080p take about 5 GB an hour`
    if (freeBytes < FREE_BYTES_MIN) return { level: 'fail', about, says: `${says}: make room` }
    return { level: freeBytes < FREE_BYTES_WISHED ? 'warn' : 'ok', about, says }
  } catch (thrown) {
    return { level: 'warn', about, says: `free space is not known (${codeOf(thrown)})` }
  }
}

/** A port in use is a warning: it may be this very Vibly. */
async function checkPort(name: string, host: string, port: number): Promise<Finding> {
  const about = `${name} port`
  if (port === 0) return { level: 'ok', about, says: 'a free one is picked at start' }
  const code = await listenFault(host, port)
  if (code === null) return { level: 'ok', about, says: `${port} is free` }
  if (code === 'EADDRINUSE') {
    return {
      level: 'warn',
      about,
      says: `${port} is in use: by this Vibly, or stop the other program, or choose another port`,
    }
  }
  const says = `${host}:${port} cannot be listened on (${code}): choose another address or port`
  return { level: 'fail', about, says }
}

/** The system's code for why nothing can listen there; null when something can. */
function listenFault(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error) => resolve(codeOf(error)))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)))
  })
}

async function checkChromium(searchPath: string): Promise<Finding> {
  const about = 'Chromium'
  for (const name of CHROMIUM_NAMES) {
    const path = await findProgram(name, searchPath)
    if (path !== null) return { level: 'ok', about, says: path }
  }
  return { level: 'ok', about, says: 'not there; only the browser tests need it' }
}
