// The project's own Node: the npm package `node` brings the binary of this platform. Its install
// step is the one script of a package that is run, and by name, since all others are ignored. [W36]
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ask, logPlace, ROOT, runLogged, StopError } from './console.mjs'
import { npmEnvironment } from './packages.mjs'

const HOME = join(ROOT, 'node_modules', 'node')
const BINARY = join(HOME, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
/** The least Node that can stand in where the package has no binary for the platform. */
const LEAST_MAJOR = 24

/** The project's Node when it is there and of the locked version. */
export async function findRuntime({ stamps }) {
  const file = statSync(BINARY, { throwIfNoEntry: false })
  if (file === undefined || file.size === 0) {
    return stamps.runtime === `this ${process.versions.node}` ? standIn() : null
  }
  const mark = `${wantedVersion()} ${file.size} ${Math.round(file.mtimeMs)} ${process.platform} ${process.arch}`
  if (stamps.runtime === mark) return { path: BINARY }
  const answer = await ask(BINARY, ['--version'])
  if (answer?.trim() !== `v${wantedVersion()}`) return null
  stamps.runtime = mark
  return { path: BINARY }
}

export async function installRuntime(context) {
  const { tail } = await runLogged(survivingNode(), ['installArchSpecificPackage.js'], {
    cwd: HOME,
    env: {
      ...npmEnvironment(),
      npm_config_audit: 'false',
      npm_config_fund: 'false',
      npm_config_prefer_offline: 'true',
    },
  })
  const found = await findRuntime(context)
  if (found !== null) return found
  if (standIn() !== null) {
    context.stamps.runtime = `this ${process.versions.node}`
    return standIn()
  }
  throw new StopError(
    `The project's Node ${wantedVersion()} could not be brought here. Go online once and run the same command again, or install Node ${LEAST_MAJOR} yourself. All that was said: ${logPlace()}`,
    tail,
  )
}

/**
 * npm puts the project's Node first on the path, so this may run on the very binary that `npm ci`
 * has just removed. npm itself runs on one that stays.
 */
function survivingNode() {
  if (existsSync(process.execPath)) return process.execPath
  return process.env.npm_node_execpath ?? 'node'
}

function standIn() {
  const major = Number(process.versions.node.split('.')[0])
  return major >= LEAST_MAJOR && existsSync(process.execPath) ? { path: process.execPath } : null
}

function wantedVersion() {
  return JSON.parse(readFileSync(join(HOME, 'package.json'), 'utf8')).version
}
