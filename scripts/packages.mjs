// The npm packages, exactly as locked, without running any of their scripts. [W36]
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { logPlace, ROOT, runLogged, StopError } from './console.mjs'

/** How much of npm's complaint is shown; the rest is in the log. */
const NPM_LINES_MAX = 10

/**
 * Whether node_modules holds what package-lock.json says for this platform. npm keeps a second lock
 * file of what it installed; it is written last, so a cut-short install shows as a missing one.
 */
export function packagesFit() {
  const locked = readPackages(join(ROOT, 'package-lock.json'))
  const installed = readPackages(join(ROOT, 'node_modules', '.package-lock.json'))
  if (locked === null || installed === null) return null
  for (const [path, entry] of Object.entries(locked)) {
    if (path === '' || fits(entry, installed[path])) continue
    return null
  }
  return { count: Object.keys(installed).length }
}

/** What is optional belongs to some platform: absent it must be on others, present on its own. */
function fits(locked, installed) {
  if (installed !== undefined) {
    return installed.version === locked.version && installed.integrity === locked.integrity
  }
  return locked.optional === true && !isForThisPlatform(locked)
}

/**
 * Packages that name no platform hang on one that does (WebAssembly fallbacks): taken as not ours.
 */
function isForThisPlatform({ os, cpu, libc }) {
  if (os === undefined || cpu === undefined) return false
  const libcFits = libc === undefined || process.platform !== 'linux' || libc.includes(ourLibc())
  return os.includes(process.platform) && cpu.includes(process.arch) && libcFits
}

function ourLibc() {
  return readdirSync('/lib').some((name) => name.startsWith('ld-musl-')) ? 'musl' : 'glibc'
}

export async function installPackages() {
  const { binary, args, shell } = npmCommand()
  const asked = ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund']
  const { code, said } = await runLogged(binary, [...args, ...asked, '--no-engine-strict'], {
    shell,
    env: npmEnvironment(),
  })
  const found = code === 0 ? packagesFit() : null
  if (found !== null) return found
  throw new StopError(sentenceFor(code, said), npmErrors(said))
}

function sentenceFor(code, said) {
  const again = 'then run the same command again'
  if (code === 0)
    return `What npm installed does not fit package-lock.json: remove node_modules, ${again}.`
  if (/\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH)\b/.test(said)) {
    return `npm could not reach its registry: the first start needs the network. Go online (or set npm's proxy), ${again}.`
  }
  if (/\bENOSPC\b/.test(said))
    return `The disk is full: the packages need about 600 MB. Make room, ${again}.`
  return `npm could not install the packages. All that it said is in ${logPlace()}.`
}

/** The lines in which npm says what is wrong, without its advice and the places of its own logs. */
function npmErrors(said) {
  return said
    .split('\n')
    .filter((line) => /^npm error \S/i.test(line) && !/complete log|npm help/.test(line))
    .slice(0, NPM_LINES_MAX)
    .map((line) => `    ${line}`)
    .join('\n')
}

/** The npm that runs us, else the one on the PATH. */
export function npmCommand() {
  const path = process.env.npm_execpath ?? ''
  if (basename(path) === 'npm-cli.js')
    return { binary: process.execPath, args: [path], shell: false }
  return { binary: 'npm', args: [], shell: process.platform === 'win32' }
}

/** The outer npm tells its scripts where it works; an inner one must find that out by itself. */
export function npmEnvironment() {
  const environment = { ...process.env, NODE_ENV: 'development' }
  for (const name of Object.keys(environment)) {
    if (/^npm_(lifecycle|package|command|config_(local_)?prefix$)/i.test(name))
      delete environment[name]
  }
  return environment
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages ?? null
  } catch {
    return null
  }
}
