import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { z } from 'zod'

/** The pieces of a page and what it loads beside them. */
export const PAGE_SOURCES = {
  home: ['src/pages/home.tsx'],
  watch: ['src/pages/watch.tsx', 'hls.light.min.js'],
} as const

const manifestSchema = z.record(
  z.string(),
  z.object({ file: z.string(), imports: z.array(z.string()).optional() }),
)

/**
 * Bytes, gzipped, of all scripts that a page made of these sources fetches before it is complete.
 *
 * @param dist the built pages, with Vite's manifest
 */
export async function scriptBytes(dist: string, sources: readonly string[]): Promise<number> {
  const shell = await readFile(path.join(dist, 'index.html'), 'utf8')
  const files = new Set([...shell.matchAll(/\/(assets\/[^"]+\.js)/g)].map(([, file = '']) => file))
  const manifestFile = path.join(dist, '.vite', 'manifest.json')
  const manifest = manifestSchema.parse(JSON.parse(await readFile(manifestFile, 'utf8')))
  const visit = (key: string): void => {
    const chunk = manifest[key]
    assert(chunk !== undefined, `no piece called ${key}`)
    if (files.has(chunk.file)) return
    files.add(chunk.file)
    for (const imported of chunk.imports ?? []) visit(imported)
  }
  for (const source of sources) {
    visit(Object.keys(manifest).find((key) => key.endsWith(source)) ?? source)
  }
  let bytes = 0
  for (const file of files) bytes += gzipSync(await readFile(path.join(dist, file))).byteLength
  return bytes
}
