import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { suite, test } from 'node:test'
import { documents } from '../scripts/docs.ts'
import { faultCodes } from '../src/base/index.ts'
import { readText, readTree, type SourceFile, splitSource } from './tidy/source-tree.ts'

/** Who may import whom: a row imports from the rows above it, and from nobody beside it. */
const LAYERS: readonly (readonly string[])[] = [
  ['base'],
  ['config.ts', 'ports', 'media', 'rtmp'],
  ['hls', 'transcode', 'adapters', 'check'],
  ['archive'],
  ['accounts', 'chat', 'live'],
  ['servers'],
  ['demo.ts', 'doctor.ts', 'user-command.ts', 'check-command.ts', 'rebuild-command.ts'],
  ['app'],
  ['main.ts'],
]
/** Modules that only these may import. */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  adapters: ['app'],
  'config.ts': ['app', 'main.ts'],
}
/**
 * The folders of a module that have a door: each imports from those before it, and from nothing
 * else of its module. What lies beside them may import from all of them.
 */
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  base: ['faults'],
  media: ['codecs', 'flv', 'time', 'mpegts'],
  rtmp: ['amf', 'handshake', 'chunks'],
  hls: ['cutting', 'playlist', 'listing', 'recovery'],
  check: ['reading', 'watching', 'rules'],
  transcode: ['plan', 'machine', 'process', 'idle'],
  adapters: ['disk', 'log', 'records'],
  accounts: ['records', 'passwords', 'credentials'],
  chat: ['messages', 'rules', 'log', 'emotes'],
  live: ['intake', 'source', 'output'],
}
const LINES_MAX = 500
const LINES_WISHED = 400
const ASSERTIONS_PER_1000_LINES_MAX = 2

const NAMES_REFUSED =
  /^(utils?|helpers?|common|misc|types|.*manager|.*service|.*handler|impl|base-.*|i-.*)\.tsx?$/
const WORDS_REFUSED: readonly (readonly [RegExp, string])[] = [
  [/\b(TODO|FIXME|XXX|HACK)\b/, 'an issue, or do it now'],
  [/\b\w*(Manager|Helper|Utils?)\b/, 'the noun it is'],
  [/biome-ignore|@ts-(ignore|expect-error|nocheck)/, 'code that needs no excuse'],
]

const source = readTree('src')
const product = source.filter((file) => !isTest(file))
const pages = [...readTree('web'), ...readTree('client')]
const tests = [...source, ...pages, ...readTree('test')].filter(
  (file) => isTest(file) || file.path.startsWith('test/'),
)

suite('architecture', () => {
  test('modules import downward only, through index.ts', () => {
    const faults = product.flatMap((file) =>
      file.imports
        .map((target) => faultOfImport(file.path, target))
        .filter((fault) => fault !== null),
    )
    assert.deepEqual(faults, [])
  })

  test('every module of src has a layer', () => {
    const layered = new Set(LAYERS.flat())
    const modules = new Set(product.map((file) => moduleOf(file.path)))
    assert.deepEqual(
      [...modules].filter((each) => !layered.has(each)),
      [],
    )
  })

  test('folders of a module import from those before them only, through index.ts', () => {
    const faults = product.flatMap((file) =>
      file.imports
        .map((target) => faultOfInnerImport(file.path, target))
        .filter((fault) => fault !== null),
    )
    assert.deepEqual(faults, [])
  })

  test('every folder with a door has its place', () => {
    const placed = Object.entries(FOLDERS).flatMap(([module, folders]) =>
      folders.map((folder) => `src/${module}/${folder}/index.ts`),
    )
    const doors = product.filter((file) => /^src\/[^/]+\/[^/]+\/index\.ts$/.test(file.path))
    assert.deepEqual(new Set(doors.map((file) => file.path)), new Set(placed))
  })

  test('no file imports itself by a detour', () => {
    assert.deepEqual(cyclesIn(product), [])
  })

  test('every file is reached from main, a test, a script or a benchmark', () => {
    const all = new Map([...source, ...readTree('test')].map((file) => [file.path, file]))
    const roots = ['src/main.ts', ...tests.filter(isTest).map((file) => file.path)]
    const outside = [...readTree('scripts'), ...readTree('bench'), ...pages]
    const reached = reachedFrom([...roots, ...outside.flatMap((file) => file.imports)], all)
    const texts = [...all.values(), ...outside].flatMap((file) => file.strings)
    const dead = [...all.keys()].filter(
      // A file may also be run as a program, named by a string.
      (path) =>
        !path.endsWith('.d.ts') &&
        !reached.has(path) &&
        !texts.some((text) => text.endsWith(basename(path))),
    )
    assert.deepEqual(dead, [])
  })

  test('a door offers only what somebody behind another one uses', () => {
    const folders = ['test', 'bench', 'scripts']
    const all = [...source, ...pages, ...folders.flatMap((each) => readTree(each))]
    const idle = product
      .filter((file) => basename(file.path) === 'index.ts')
      .flatMap(({ path, code }) => {
        const folder = path.slice(0, path.lastIndexOf('/') + 1)
        const outside = all.filter((file) => !file.path.startsWith(folder))
        return namesOffered(code)
          .filter((name) => !outside.some((file) => new RegExp(`\\b${name}\\b`).test(file.code)))
          .map((name) => `${path}: ${name}`)
      })
    assert.deepEqual(idle, [])
  })

  test('only config.ts and main.ts see the environment', () => {
    const readers = product.filter((file) => /\bprocess\s*\.\s*env\b/.test(file.code))
    const others = readers.map((file) => file.path)
    assert.deepEqual(
      others.filter((path) => !/^src\/(config|main)\.ts$/.test(path)),
      [],
    )
  })

  test('the pages take only types of wire.ts from the server', () => {
    const faults = pages.flatMap((file) =>
      file.imports
        .filter((target) => target.startsWith('src/') && !/\/wire\.ts$/.test(target))
        .map((target) => `${file.path} imports ${target}`),
    )
    assert.deepEqual(
      faults.filter((fault) => !/\.test\.tsx? /.test(fault)),
      [],
    )
  })
})

suite('text', () => {
  test('nothing is thrown but ViblyError', () => {
    const faults = product.flatMap((file) => [
      ...linesWith(file, /\bnew (Type|Range|Syntax)?Error\(/),
      ...linesWith(file, /\bthrow new (?!ViblyError\b)/),
    ])
    assert.deepEqual(faults, [])
  })

  test('type assertions stay rare', () => {
    const lines = product.reduce((sum, file) => sum + file.text.split('\n').length, 0)
    const found = product.flatMap((file) => assertionsIn(file))
    const countMax = Math.ceil((lines / 1000) * ASSERTIONS_PER_1000_LINES_MAX)
    assert.ok(found.length <= countMax, `${found.length} of ${countMax}:\n${found.join('\n')}`)
  })

  test('no any and no non-null assertion', () => {
    const faults = product.flatMap((file) => [
      ...linesWith(file, /[:<,|]\s*any\b|\bas any\b/),
      ...linesWith(file, /[\w)\]]!(\.|\[|\)|,|;|$)/),
    ])
    assert.deepEqual(faults, [])
  })

  // Biome sees to the code.
  test('comments have at most 100 columns', () => {
    const others = ['test', 'bench', 'scripts'].flatMap((folder) => readTree(folder))
    const files = [...source, ...pages, ...others]
    const faults = files.flatMap((file) =>
      linesWith({ ...file, code: file.text }, /^(?=.{101})\s*(\/\/|\/?\*)/),
    )
    assert.deepEqual(faults, [])
  })

  test('words that say nothing are not used', () => {
    const own = /^test\/tidy/
    const faults = [...source, ...pages, ...tests, ...readTree('bench')]
      .filter((file) => !own.test(file.path))
      .flatMap((file) =>
        WORDS_REFUSED.flatMap(([word, instead]) =>
          linesWith({ ...file, code: file.text }, word).map((line) => `${line} (use ${instead})`),
        ),
      )
    assert.deepEqual([...new Set(faults)], [])
  })

  test('files are kebab-case and named for a noun', () => {
    const faults = [...source, ...pages, ...tests]
      .map((file) => file.path)
      .filter((path) => {
        const name = basename(path)
        return !/^[a-z0-9]+([.-][a-z0-9]+)*\.tsx?$/.test(name) || NAMES_REFUSED.test(name)
      })
    assert.deepEqual(faults, [])
  })

  test('files stay short', (t) => {
    const long = [...source, ...pages]
      .map((file) => ({ path: file.path, lines: file.text.split('\n').length - 1 }))
      .filter(({ lines }) => lines > LINES_WISHED)
    for (const { path, lines } of long) t.diagnostic(`${path} has ${lines} lines`)
    assert.deepEqual(
      long.filter(({ lines }) => lines > LINES_MAX),
      [],
    )
  })

  test('code is told from comments, strings and expressions', () => {
    const { code, strings } = splitSource("a = 'x // y' // as b\nc = /['`]/ as d /* e */")
    assert.deepEqual(strings, ['x // y'])
    assert.equal(code.replaceAll(/\s+/g, ' ').trim(), "a = ' ' c = as d")
  })
})

suite('documents', () => {
  test('every rule that code or a test cites is in SPEC', () => {
    const listed = ruleIdsIn(readText('docs/SPEC.md'))
    const cited = [...source, ...pages, ...tests].flatMap((file) =>
      /^test\/tidy/.test(file.path) ? [] : ruleIdsIn(file.text).map((id) => `${id} ${file.path}`),
    )
    assert.deepEqual(
      [...new Set(cited)].filter((each) => !listed.includes(each.slice(0, each.indexOf(' ')))),
      [],
    )
  })

  test('every rule of SPEC is in the title of a test', () => {
    const titled = new Set(tests.flatMap((file) => file.strings.flatMap((text) => ruleIdsIn(text))))
    const rules = ruleIdsIn(readText('docs/SPEC.md'))
    assert.deepEqual(
      rules.filter((id) => !titled.has(id)),
      [],
    )
  })

  test('every fault of the table is thrown somewhere', () => {
    const throwing = product.filter((file) => !file.path.startsWith('src/base/faults/'))
    const used = new Set<string>(throwing.flatMap((file) => file.strings))
    assert.deepEqual(
      faultCodes().filter((code) => !used.has(code)),
      [],
    )
  })

  for (const { path, text } of documents()) {
    test(`${path} says what the code says (npm run format writes it)`, () => {
      assert.equal(readText(path), text)
    })
  }

  test('links between documents lead somewhere', () => {
    const papers = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...DOCS]
    const broken = papers.flatMap((paper) =>
      [...readText(paper).matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)]
        .map((match) => `${paper.includes('/') ? 'docs/' : ''}${match[1] ?? ''}`)
        .filter((target) => !existsSync(new URL(`../${target}`, import.meta.url)))
        .map((target) => `${paper}: ${target}`),
    )
    assert.deepEqual(
      broken.filter((each) => !each.endsWith('.png')),
      [],
    )
  })
})

const DOCS = [
  'ARCHITECTURE',
  'CONFIG',
  'CONTRACT',
  'DECISIONS',
  'ERRORS',
  'GLOSSARY',
  'OPERATING',
  'SPEC',
].map((name) => `docs/${name}.md`)

function isTest(file: SourceFile): boolean {
  return /\.test\.tsx?$/.test(file.path)
}

/** `src/rtmp/session.ts` -> `rtmp`, `src/main.ts` -> `main.ts`. */
function moduleOf(path: string): string {
  return path.split('/')[1] ?? ''
}

/** `src/media/flv/flv.ts` -> `flv`; '' for what lies in the module itself. */
function folderOf(path: string): string {
  const [, , folder = '', file] = path.split('/')
  return file === undefined ? '' : folder
}

/** What is wrong with this import, in words; null when it is allowed. */
function faultOfImport(from: string, target: string): string | null {
  const says = `${from} imports ${target}`
  if (!target.startsWith('src/')) return `${says}, which is outside src`
  const [here, there] = [moduleOf(from), moduleOf(target)]
  if (here === there) return null
  const doors = DOORS[there]
  if (doors !== undefined && !doors.includes(here)) {
    return `${says}, which only ${doors.join(' and ')} may`
  }
  if (levelOf(there) >= levelOf(here)) return `${says}, which is not below it`
  const isFile = there.endsWith('.ts')
  return isFile || target === `src/${there}/index.ts` ? null : `${says}, past its index.ts`
}

/** As `faultOfImport`, between the folders of one module. */
function faultOfInnerImport(from: string, target: string): string | null {
  const module = moduleOf(from)
  const folders = FOLDERS[module]
  if (folders === undefined || module !== moduleOf(target)) return null
  const [here, there] = [folderOf(from), folderOf(target)]
  if (here === there) return null
  const says = `${from} imports ${target}`
  if (here !== '' && folders.indexOf(there) >= folders.indexOf(here)) {
    return `${says}, which does not stand before it`
  }
  if (here !== '' && there === '') return `${says}, which stands above it`
  return target === `src/${module}/${there}/index.ts` ? null : `${says}, past its index.ts`
}

/** The names in `export { a, type B } from …`. */
function namesOffered(code: string): readonly string[] {
  const lists = [...code.matchAll(/\bexport (?:type )?\{([^}]*)\}/g)].map((match) => match[1] ?? '')
  return lists.flatMap((list) => list.match(/\w+/g) ?? []).filter((name) => name !== 'type')
}

function levelOf(module: string): number {
  return LAYERS.findIndex((row) => row.includes(module))
}

function cyclesIn(files: readonly SourceFile[]): readonly string[] {
  const imports = new Map(files.map((file) => [file.path, file.runtimeImports]))
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      cycles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '))
      return
    }
    if (done.has(path)) return
    done.add(path)
    for (const next of imports.get(path) ?? []) visit(next, [...trail, path])
  }
  for (const file of files) visit(file.path, [])
  return cycles
}

function reachedFrom(
  roots: readonly string[],
  files: ReadonlyMap<string, SourceFile>,
): ReadonlySet<string> {
  const reached = new Set<string>()
  const open = [...roots]
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (reached.has(path)) continue
    reached.add(path)
    open.push(...(files.get(path)?.imports ?? []))
  }
  return reached
}

/** Lines whose code matches, as `path:line: text`. */
function linesWith(file: SourceFile, pattern: RegExp): readonly string[] {
  const lines = file.text.split('\n')
  return file.code
    .split('\n')
    .flatMap((code, at) =>
      pattern.test(code) ? [`${file.path}:${at + 1}: ${(lines[at] ?? '').trim()}`] : [],
    )
}

function assertionsIn(file: SourceFile): readonly string[] {
  // Renaming in an import or export list is no assertion.
  const code = file.code.replaceAll(/\b(import|export)\b[^'=;]*?\bfrom\b|\* as \w+/g, (piece) =>
    piece.replaceAll(/\bas\b/g, '  '),
  )
  return linesWith({ ...file, code }, /[\w)\]}'>]\s+as\s+(?!const\b)[\w{([]/)
}

/** `[R07]`, also several in one bracket: `[H04, H05]`. */
function ruleIdsIn(text: string): readonly string[] {
  const groups = text.matchAll(/\[([A-Z]{1,2}\d{2}(?:,\s*[A-Z]{1,2}\d{2})*)\]/g)
  return [...new Set([...groups].flatMap((match) => (match[1] ?? '').split(/,\s*/)))]
}
