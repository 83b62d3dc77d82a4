import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { temporaryFolder } from '../support/temporary-folder.ts'

test('pieces of the build before stay for pages that are open; older ones go', async () => {
  const folder = await temporaryFolder()
  const before = join(folder, 'before')
  const fresh = join(folder, 'fresh')
  const manifest = {
    'src/main.tsx': { file: 'assets/main-old.js', css: ['assets/main-old.css'] },
    'src/shared.ts': { file: 'assets/shared.js' },
  }
  await write(before, {
    '.vite/manifest.json': JSON.stringify(manifest),
    'index.html': 'old',
    'assets/main-old.js': 'old',
    'assets/main-old.js.gz': 'old',
    'assets/main-old.css': 'old',
    'assets/main-older.js': 'older',
    'assets/shared.js': 'same',
  })
  await write(fresh, {
    'index.html': 'new',
    'assets/main-new.js': 'new',
    'assets/shared.js': 'same',
  })
  const script = `import('./scripts/web-build.mjs').then(({ keepPieces }) => keepPieces(...process.argv.slice(1)))`
  await promisify(execFile)(process.execPath, ['-e', script, before, fresh])
  const pieces = ['main-new.js', 'main-old.css', 'main-old.js', 'main-old.js.gz', 'shared.js']
  assert.deepEqual((await readdir(join(fresh, 'assets'))).toSorted(), pieces)
  assert.deepEqual((await readdir(fresh)).toSorted(), ['assets', 'index.html'])
})

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
}
