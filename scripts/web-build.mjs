// The web pages: built when their sources have changed since web/dist was made.
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { CACHE, logPlace, ROOT, runLogged, StopError } from './console.mjs'

const WEB = join(ROOT, 'web')
/** The chat client is a module of its own that the pages take in. */
const CLIENT = join(ROOT, 'client')
const DIST = join(WEB, 'dist')
/** What is worth sending packed, and long enough for it to matter. */
const PACKED = /\.(js|css|svg|html)$/
const PACKED_BYTES_MIN = 1024
/** Files outside web/ that change what comes out. */
const ALSO = ['package-lock.json', 'tsconfig.json']

export function webIsBuilt({ stamps }) {
  // A checkout without pages (or before they were written) has nothing to build.
  if (!existsSync(join(WEB, 'index.html'))) return {}
  return stamps.web === hashOfSources() && existsSync(join(DIST, 'index.html')) ? {} : null
}

/** Builds beside and swaps, so that a server that is running never sees half a build. */
export async function buildWeb(context) {
  const hash = hashOfSources()
  const fresh = join(CACHE, `web-${process.pid}`)
  const old = join(CACHE, `web-old-${process.pid}`)
  const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js')
  const args = [vite, 'build', WEB, '--outDir', fresh, '--emptyOutDir', '--logLevel', 'warn']
  const { code, tail } = await runLogged(context.found.runtime.path, args, {
    env: { ...process.env, NODE_ENV: 'production' },
  })
  if (code !== 0 || !existsSync(join(fresh, 'index.html'))) {
    rmSync(fresh, { recursive: true, force: true })
    throw new StopError(`The web pages could not be built. All that was said: ${logPlace()}`, tail)
  }
  for (const path of filesBelow(fresh)) packFile(path)
  keepPieces(DIST, fresh)
  mkdirSync(WEB, { recursive: true })
  if (existsSync(DIST)) renameSync(DIST, old)
  renameSync(fresh, DIST)
  rmSync(old, { recursive: true, force: true })
  context.stamps.web = hash
  return {}
}

/**
 * Pages that are open, and a server that runs, go on asking for the pieces of the build they began
 * with: what the manifest of the build before names stays beside the new ones. What was before that
 * one goes.
 */
export function keepPieces(before, fresh) {
  const manifest = join(before, '.vite', 'manifest.json')
  if (!existsSync(manifest)) return
  const chunks = Object.values(JSON.parse(readFileSync(manifest, 'utf8')))
  const pieces = chunks.flatMap(({ file, css = [], assets = [] }) => [file, ...css, ...assets])
  for (const piece of pieces.flatMap((name) => [name, `${name}.br`, `${name}.gz`])) {
    const kept = join(fresh, piece)
    if (existsSync(kept) || !existsSync(join(before, piece))) continue
    mkdirSync(dirname(kept), { recursive: true })
    copyFileSync(join(before, piece), kept)
  }
}

/** Packed once here, so that the server never has to: `.br` and `.gz` beside the file. */
function packFile(path) {
  const bytes = readFileSync(path)
  if (!PACKED.test(path) || bytes.length < PACKED_BYTES_MIN) return
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }))
  writeFileSync(`${path}.br`, brotliCompressSync(bytes))
}

function hashOfSources() {
  const hash = createHash('sha256')
  const names = [...filesBelow(WEB), ...filesBelow(CLIENT), ...ALSO.map((name) => join(ROOT, name))]
    .map((path) => relative(ROOT, path).split(sep).join('/'))
    .sort((a, b) => (a < b ? -1 : 1))
  for (const name of names) {
    if (!existsSync(join(ROOT, name))) continue
    hash.update(`${name}\0`)
    hash.update(readFileSync(join(ROOT, name)))
  }
  return hash.digest('hex')
}

function filesBelow(folder) {
  const files = []
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (['dist', 'node_modules', '.vite'].includes(entry.name)) continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) files.push(...filesBelow(path))
    else if (!entry.name.endsWith('.test.ts')) files.push(path)
  }
  return files
}
