// One process at a time: a file made with O_EXCL, kept fresh by its owner, taken over when it is
// not.
import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { CACHE, say } from './console.mjs'

const FRESHEN_MS = 2_000
/** Older than this and its owner is gone, even if some process has its number again. */
const STALE_MS = 15_000
const POLL_MS = 200

/** Runs `work` while holding the lock `name`; waits, and says so, while another process has it. */
export async function withLock(name, work) {
  mkdirSync(CACHE, { recursive: true })
  const path = join(CACHE, `${name}.lock`)
  let hasSpoken = false
  while (!tryLock(path)) {
    if (isStale(path)) {
      takeAway(path)
    } else {
      if (!hasSpoken) say('  … another set-up is at work in this folder; waiting for it')
      hasSpoken = true
      await delay(POLL_MS)
    }
  }
  const timer = setInterval(() => {
    const now = new Date()
    utimesSync(path, now, now)
  }, FRESHEN_MS)
  const giveBack = () => rmSync(path, { force: true })
  process.on('exit', giveBack)
  try {
    return await work()
  } finally {
    clearInterval(timer)
    process.removeListener('exit', giveBack)
    giveBack()
  }
}

function tryLock(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

function isStale(path) {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) return false
  if (Date.now() - found.mtimeMs > STALE_MS) return true
  return ownerIsGone(path)
}

function ownerIsGone(path) {
  try {
    const pid = Number(readFileSync(path, 'utf8'))
    // An empty file is one whose owner is between making and writing it.
    if (!Number.isInteger(pid) || pid <= 0) return false
    process.kill(pid, 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}

/**
 * Renaming is atomic: of two that find the lock stale, one moves it and the other finds it gone.
 */
function takeAway(path) {
  const aside = `${path}.${process.pid}`
  try {
    renameSync(path, aside)
    rmSync(aside, { force: true })
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
}
