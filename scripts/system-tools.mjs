// FFmpeg and Chromium come from the system's package manager: found, or installed when we may, or
// named with the one command that brings them.
import { accessSync, constants, existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import { ask, logPlace, ROOT, runLogged, StopError } from './console.mjs'

const FFMPEG_LEAST = [5, 1]
const CHROMIUM_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const CHROMIUM_PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

const FFMPEG_COMMANDS = {
  apt: 'sudo apt-get update && sudo apt-get install -y ffmpeg',
  dnf: 'sudo dnf install -y --allowerasing ffmpeg   (from RPM Fusion; ffmpeg-free lacks libx264)',
  zypper:
    'sudo zypper install -y ffmpeg   (from Packman; the one of the base system lacks libx264)',
  pacman: 'sudo pacman -S --noconfirm ffmpeg',
  apk: 'sudo apk add ffmpeg',
  brew: 'brew install ffmpeg',
  winget: 'winget install --id Gyan.FFmpeg',
}
const CHROMIUM_COMMANDS = {
  apt: 'sudo apt-get update && sudo apt-get install -y chromium',
  dnf: 'sudo dnf install -y chromium',
  zypper: 'sudo zypper install -y chromium',
  pacman: 'sudo pacman -S --noconfirm chromium',
  apk: 'sudo apk add chromium',
  brew: 'brew install --cask chromium',
  winget: 'winget install --id Google.Chrome',
}

/** The FFmpeg that Vibly will use, when it is new enough and can do H.264 and AAC. */
export async function findFfmpeg({ stamps }) {
  const path = namedFfmpeg() ?? findOnPath(['ffmpeg'])
  return path === null ? null : await judged('ffmpeg', path, stamps, judgeFfmpeg)
}

export async function installFfmpeg(context) {
  const named = namedFfmpeg()
  if (named !== null)
    throw new StopError(
      `The FFmpeg named in the settings cannot be used: ${await faultOfFfmpeg(named)}.`,
    )
  const there = findOnPath(['ffmpeg'])
  // A present FFmpeg that is too old is the distribution's: installing it again changes nothing.
  const said = there === null && mayInstall() ? await aptInstall(['ffmpeg']) : ''
  const found = await findFfmpeg(context)
  if (found !== null) return found
  const path = findOnPath(['ffmpeg'])
  const what = path === null ? 'none was found' : await faultOfFfmpeg(path)
  const remedy =
    path === null
      ? `Run: ${commandFor(FFMPEG_COMMANDS)}`
      : 'Install a newer build and name it in VIBLY_FFMPEG'
  throw new StopError(
    `Vibly needs FFmpeg ${FFMPEG_LEAST.join('.')} or newer with libx264 and AAC; ${what}. ${remedy}`,
    said,
  )
}

/** A browser that starts, for the browser tests. */
export async function findChromium({ stamps }) {
  const named = process.env.VIBLY_CHROMIUM
  const path =
    named ?? findOnPath(CHROMIUM_NAMES) ?? CHROMIUM_PLACES.find((each) => existsSync(each))
  return path === undefined || path === null
    ? null
    : await judged('chromium', path, stamps, judgeChromium)
}

export async function installChromium(context) {
  const named = process.env.VIBLY_CHROMIUM
  if (named !== undefined)
    throw new StopError(`VIBLY_CHROMIUM is ${named}, which is no browser that starts.`)
  const said = mayInstall() ? await aptInstall(['chromium', 'fonts-liberation']) : ''
  const found = await findChromium(context)
  if (found !== null) return found
  throw new StopError(
    `The browser tests need Chromium or Chrome. Run: ${commandFor(CHROMIUM_COMMANDS)} (or name one in VIBLY_CHROMIUM)`,
    said,
  )
}

/** Asks a binary once: as long as the file is the same, so is the answer. */
async function judged(name, path, stamps, judge) {
  const file = existsSync(path) ? statSync(realpathSync(path)) : undefined
  if (file === undefined) return null
  const mark = `${path} ${file.size} ${Math.round(file.mtimeMs)}`
  if (stamps[name] === mark) return { path }
  if (!(await judge(path))) return null
  stamps[name] = mark
  return { path }
}

async function judgeFfmpeg(path) {
  return (await faultOfFfmpeg(path)) === null
}

/** What keeps this FFmpeg from being used, in words; null when nothing does. */
async function faultOfFfmpeg(path) {
  const about = await ask(path, ['-hide_banner', '-version'])
  if (about === null) return `${path} does not start`
  const version = /^ffmpeg version n?(\d+)\.(\d+)/.exec(about)
  // A build from a commit (N-12345-g…) has no number to compare; its encoders decide.
  if (version !== null) {
    const [major, minor] = [Number(version[1]), Number(version[2])]
    const [leastMajor, leastMinor] = FFMPEG_LEAST
    if (major < leastMajor || (major === leastMajor && minor < leastMinor)) {
      return `${path} is version ${major}.${minor}`
    }
  }
  const encoders = (await ask(path, ['-hide_banner', '-encoders'])) ?? ''
  const missing = ['libx264', 'aac'].filter(
    (name) => !new RegExp(`^ \\S+ ${name} `, 'm').test(encoders),
  )
  return missing.length === 0 ? null : `${path} was built without ${missing.join(' and ')}`
}

async function judgeChromium(path) {
  return (await ask(path, ['--version'])) !== null
}

/** Named by the environment or vibly.config.json; null when by neither. */
function namedFfmpeg() {
  const named = process.env.VIBLY_FFMPEG || fileSetting('ffmpeg')
  if (!named) return null
  if (isAbsolute(named)) return named
  return /[\\/]/.test(named) ? resolve(ROOT, named) : (findOnPath([named]) ?? named)
}

function fileSetting(name) {
  try {
    return JSON.parse(readFileSync(join(ROOT, 'vibly.config.json'), 'utf8'))[name]
  } catch {
    // A file that is not there or not JSON is the server's to report, in its own words.
    return undefined
  }
}

function findOnPath(names) {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd'] : ['']
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of names) {
      for (const ending of endings) {
        const path = join(folder, name + ending)
        if (folder !== '' && isExecutable(path)) return path
      }
    }
  }
  return null
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** We install by ourselves only where nobody has to be asked: as root on Debian and its kin. */
function mayInstall() {
  return (
    process.getuid?.() === 0 &&
    existsSync('/etc/debian_version') &&
    findOnPath(['apt-get']) !== null
  )
}

/** @returns what apt said last when it failed, else nothing */
async function aptInstall(packages) {
  const env = {
    ...process.env,
    DEBIAN_FRONTEND: 'noninteractive',
    APT_LISTCHANGES_FRONTEND: 'none',
  }
  const patience = ['-o', 'DPkg::Lock::Timeout=300']
  // A failed update may still leave lists that are good enough, so the install is tried either way.
  await runLogged('apt-get', [...patience, 'update'], { env })
  const asked = ['install', '-y', '--no-install-recommends', ...packages]
  const { code, tail } = await runLogged('apt-get', [...patience, ...asked], { env })
  return code === 0 ? '' : `${tail}\n    (all of it: ${logPlace()})`
}

function commandFor(commands) {
  if (process.platform === 'darwin') return commands.brew
  if (process.platform === 'win32') return commands.winget
  const isRoot = process.getuid?.() === 0
  for (const [tool, binary] of [
    ['apt', 'apt-get'],
    ['dnf', 'dnf'],
    ['zypper', 'zypper'],
    ['pacman', 'pacman'],
    ['apk', 'apk'],
  ]) {
    if (findOnPath([binary]) !== null) {
      return isRoot ? commands[tool].replaceAll('sudo ', '') : commands[tool]
    }
  }
  return commands.apt
}
