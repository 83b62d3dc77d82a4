import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** `import type …` and `import { type A, type B } …`, also of exports. */
const TYPE_IMPORT = /^(import|export) (type [^'=;]*?|\{\s*(type [\w ]+,?\s*)+\}) from '[^']+'/gm

/** One source file: its text, the same text with comments and strings blanked, and the strings. */
export interface SourceFile {
  /** From the root, with forward slashes. */
  readonly path: string
  readonly text: string
  /** Comments and the insides of strings are spaces; line breaks and length stay. */
  readonly code: string
  readonly strings: readonly string[]
  /** Files of ours that it imports, from the root, types too. */
  readonly imports: readonly string[]
  /** Those of them that are there when the program runs: types are not. */
  readonly runtimeImports: readonly string[]
}

/**
 * Every `.ts` and `.tsx` file below `folder`, in the order of names; none when there is no folder.
 */
export function readTree(folder: string): readonly SourceFile[] {
  if (!existsSync(join(ROOT, folder))) return []
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((path) => /\.tsx?$/.test(path) && !/\/(node_modules|dist)\//.test(path))
    .sort((a, b) => (a < b ? -1 : 1))
    .map((path) => readSource(path))
}

/** A text file of the project; '' when there is none. */
export function readText(path: string): string {
  return existsSync(join(ROOT, path)) ? readFileSync(join(ROOT, path), 'utf8') : ''
}

function readSource(path: string): SourceFile {
  const text = readText(path)
  const { code, strings } = splitSource(text)
  const imports = importsOf(path, text, code)
  const untyped = text.replaceAll(TYPE_IMPORT, '')
  const runtimeImports = importsOf(path, untyped, splitSource(untyped).code)
  return { path, text, code, strings, imports, runtimeImports }
}

/**
 * Relative imports, resolved. The keyword must be code, so that an example in a comment is none.
 */
function importsOf(path: string, text: string, code: string): readonly string[] {
  const found: string[] = []
  for (const match of text.matchAll(/(?:\bfrom|\bimport\(?|\bURL\()\s*'(\.[^']+)'/g)) {
    if (code[match.index] === ' ') continue
    found.push(posix.join(posix.dirname(path), match[1] ?? ''))
  }
  return found
}

/**
 * A scanner that knows as much of TypeScript as is needed to tell code from comments, strings,
 * templates and regular expressions.
 */
export function splitSource(text: string): { code: string; strings: readonly string[] } {
  const token =
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|(?<=[=(,:;!&|?[{}\n]\s*|return\s+)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/g
  const strings: string[] = []
  const code = text.replaceAll(token, (piece) => {
    const isString = /^['"`]/.test(piece)
    if (isString) strings.push(piece.slice(1, -1))
    const blank = piece.replaceAll(/[^\n]/g, ' ')
    return isString ? `'${blank.slice(1, -1)}'` : blank
  })
  return { code, strings }
}
