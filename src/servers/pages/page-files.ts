import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

/** What is built as pieces of its own, pages and a language, by the sources they begin with. */
const ENTRIES = {
  home: ['src/pages/home.tsx'],
  watch: ['src/pages/watch.tsx', 'hls.js/dist/hls.light.min.js'],
  broadcast: ['src/pages/broadcast.tsx', 'hls.js/dist/hls.light.min.js'],
  embed: ['src/pages/embed.tsx', 'hls.js/dist/hls.light.min.js'],
  german: ['src/german/index.ts'],
} as const
export type PageEntry = keyof typeof ENTRIES

/** The built web app, as far as the server looks into it. */
export interface PageFiles {
  /** The page for all addresses; null: nothing was built. */
  readonly html: string | null
  /** `<link>` elements that fetch at once what a page would else ask for piece after piece. */
  readonly links: Readonly<Record<PageEntry, readonly string[]>>
}

const manifestSchema = z.record(
  z.string(),
  z.object({
    file: z.string(),
    css: z.array(z.string()).optional(),
    imports: z.array(z.string()).optional(),
  }),
)
type Manifest = z.infer<typeof manifestSchema>

/**
 * Reads the page and what the build says of its pieces: Vite's manifest, absent in a hand-made one.
 */
export async function readPageFiles(webDir: string): Promise<PageFiles> {
  const page = join(webDir, 'index.html')
  const html = existsSync(page) ? await readFile(page, 'utf8') : null
  const path = join(webDir, '.vite', 'manifest.json')
  const manifest = existsSync(path)
    ? manifestSchema.parse(JSON.parse(await readFile(path, 'utf8')))
    : {}
  const named = (link: string): boolean =>
    html?.includes(/"(\/.*?)"/.exec(link)?.[1] ?? '') === true
  const links = (sources: readonly string[]): readonly string[] =>
    linksOf(manifest, sources).filter((link) => !named(link))
  return {
    html,
    links: {
      home: links(ENTRIES.home),
      watch: links(ENTRIES.watch),
      broadcast: links(ENTRIES.broadcast),
      embed: links(ENTRIES.embed),
      german: links(ENTRIES.german),
    },
  }
}

/** The pieces of these sources and all they import. */
function linksOf(manifest: Manifest, sources: readonly string[]): readonly string[] {
  const scripts = new Set<string>()
  const styles = new Set<string>()
  const visit = (key: string): void => {
    const chunk = manifest[key]
    if (chunk === undefined || scripts.has(chunk.file)) return
    scripts.add(chunk.file)
    for (const style of chunk.css ?? []) styles.add(style)
    for (const imported of chunk.imports ?? []) visit(imported)
  }
  for (const source of sources) {
    const key = Object.keys(manifest).find((name) => name.endsWith(source))
    if (key !== undefined) visit(key)
  }
  return [
    ...[...styles].map((file) => `<link rel="stylesheet" href="/${file}">`),
    // What is no module of ours is a script that is loaded by one.
    ...[...scripts].map((file) =>
      file.includes('.min-')
        ? `<link rel="preload" as="script" href="/${file}">`
        : `<link rel="modulepreload" href="/${file}">`,
    ),
  ]
}
