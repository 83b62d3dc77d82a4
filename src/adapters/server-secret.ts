import { randomBytes, randomUUID } from 'node:crypto'
import { chmod, link, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, Secret, ViblyError } from '../base/index.ts'
import { FILE_MODE, syncDirectory } from './disk/index.ts'

const SECRET_FILE = 'secret.key'
/**
 * 256 bits, were they hexadecimal digits of 8 bits; and no word that anyone types is that long.
 * [W11]
 */
const SECRET_CHARACTERS_MIN = 32
/** A text of fewer different characters is a sample or a key that got stuck. */
const DIFFERENT_CHARACTERS_MIN = 8
/** What stands in examples and gets copied. */
const SAMPLE_PATTERN =
  /change.?me|example|password|your.?secret|secret.?(key|here)|insecure|sample/i
/** 256 random bits in base64url. */
const MADE_PATTERN = /^[A-Za-z0-9_-]{43}$/

/**
 * The server's secret: `given` (from the settings), else the one kept in the data folder, made at
 * the first start. Nobody else can read that file. [W04] [W37]
 *
 * @throws ViblyError `data-dir.secret-weak`, `data-dir.secret-damaged`, `data-dir.unusable`
 */
export async function loadSecret(dir: string, given: Secret | null): Promise<Secret> {
  if (given !== null) {
    checkGiven(given.reveal())
    return given
  }
  const path = join(dir, SECRET_FILE)
  try {
    return (await readSecret(path)) ?? (await makeSecret(dir, path))
  } catch (thrown) {
    if (thrown instanceof ViblyError) throw thrown
    throw new ViblyError('data-dir.unusable', { dir, reason: codeOf(thrown) }, thrown)
  }
}

function checkGiven(text: string): void {
  const isWeak =
    text.length < SECRET_CHARACTERS_MIN ||
    new Set(text).size < DIFFERENT_CHARACTERS_MIN ||
    SAMPLE_PATTERN.test(text)
  if (isWeak) {
    throw new ViblyError('data-dir.secret-weak', { charactersMin: SECRET_CHARACTERS_MIN })
  }
}

async function readSecret(path: string): Promise<Secret | null> {
  try {
    const text = (await readFile(path, 'utf8')).trim()
    if (!MADE_PATTERN.test(text)) throw new ViblyError('data-dir.secret-damaged', { file: path })
    await chmod(path, FILE_MODE)
    return new Secret(text)
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return null
    throw thrown
  }
}

/**
 * Written aside and linked, so that a crash leaves a whole secret or none, and never a second one.
 */
async function makeSecret(dir: string, path: string): Promise<Secret> {
  const text = randomBytes(32).toString('base64url')
  const aside = `${path}.${randomUUID()}`
  try {
    const handle = await open(aside, 'wx', FILE_MODE)
    try {
      await handle.writeFile(`${text}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await link(aside, path)
  } finally {
    await rm(aside, { force: true })
  }
  await syncDirectory(dir)
  return new Secret(text)
}
