import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { makeFolder } from './adapters/index.ts'
import { ViblyError } from './base/index.ts'
import { type DoctorDeps, type DoctorFacts, runDoctor } from './doctor.ts'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vibly-doctor-'))
})
after(async () => {
  await rm(folder, { recursive: true, force: true })
})

const WELL: DoctorDeps = {
  probeFfmpeg: async () => ({ path: '/opt/ffmpeg', version: '7.1' }),
  missingTools: async () => [],
  groupsVersion: async () => 2,
  makeFolder,
}

async function examine(deps: Partial<DoctorDeps>, facts: Partial<DoctorFacts>) {
  const lines: string[] = []
  const isWell = await runDoctor(
    { ...WELL, ...deps },
    {
      nodeVersion: '24.1.0',
      dataDir: join(folder, 'data'),
      host: '127.0.0.1',
      ports: [{ name: 'HTTP', port: 0 }],
      searchPath: '',
      ...facts,
    },
    (line) => lines.push(line),
  )
  return {
    isWell,
    lines,
    line: (about: string) => lines.find((each) => each.includes(about)) ?? '',
  }
}

suite('doctor', () => {
  test('a machine that has everything is well, and the data folder stays clean', async () => {
    const { isWell, lines } = await examine({}, {})
    assert.equal(isWell, true)
    assert.ok(lines.every((line) => !line.startsWith('fail')))
    assert.deepEqual(await readdir(join(folder, 'data')), [])
  })

  test('it says by what each FFmpeg is kept in bounds', async () => {
    const whole = await examine({}, {})
    assert.match(whole.line('Limits'), /^ok .*control groups, version 2/)
    const plain = await examine({ groupsVersion: async () => null }, {})
    assert.match(plain.line('Limits'), /^ok .*niceness and resource limits/)
  })

  test('an old Node fails', async () => {
    const { isWell, line } = await examine({}, { nodeVersion: '22.9.0' })
    assert.equal(isWell, false)
    assert.match(line('Node'), /^fail .*22\.9\.0/)
  })

  test('the fault of FFmpeg is told in its own words, and the other checks still run', async () => {
    const fault = new ViblyError('bytes.out-of-range')
    const { isWell, line } = await examine(
      { probeFfmpeg: async () => await Promise.reject(fault) },
      {},
    )
    assert.equal(isWell, false)
    assert.ok(line('FFmpeg').includes(fault.message))
    assert.match(line('Data folder'), /^ok/)
  })

  test('missing guards are a warning that names them', async () => {
    const { isWell, line } = await examine({ missingTools: async () => ['setpriv', 'nice'] }, {})
    assert.equal(isWell, true)
    assert.match(line('Guards'), /^warn .*setpriv, nice/)
  })

  test('a data folder that is a file fails', async () => {
    const dataDir = join(folder, 'file')
    await writeFile(dataDir, '')
    const { isWell, line } = await examine({}, { dataDir })
    assert.equal(isWell, false)
    assert.match(line('Data folder'), /^fail .*EEXIST/)
  })

  test('a data folder where nobody can make one fails, and soon', { timeout: 10_000 }, async () => {
    const { isWell, line } = await examine({}, { dataDir: '/proc/vibly/data' })
    assert.equal(isWell, false)
    assert.match(line('Data folder'), /^fail .*ENOENT/)
  })

  test('a port in use is a warning, an address that is not ours a failure', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const inUse = await examine({}, { ports: [{ name: 'RTMP', port }] })
    assert.match(inUse.line('RTMP port'), /^warn .* in use/)
    assert.equal(inUse.isWell, true)
    server.close()
    await once(server, 'close')
    const free = await examine({}, { ports: [{ name: 'RTMP', port }] })
    assert.match(free.line('RTMP port'), /^ok .* is free/)
    const foreign = await examine({}, { host: '192.0.2.1', ports: [{ name: 'HTTP', port: 8080 }] })
    assert.match(foreign.line('HTTP port'), /^fail .*EADDRNOTAVAIL/)
  })

  test('Chromium is found on the path, and not missed when it is not there', async () => {
    const path = join(folder, 'chromium')
    await writeFile(path, '')
    await chmod(path, 0o755)
    assert.ok((await examine({}, { searchPath: folder })).line('Chromium').includes(path))
    assert.match((await examine({}, {})).line('Chromium'), /^ok .*not there/)
  })
})
