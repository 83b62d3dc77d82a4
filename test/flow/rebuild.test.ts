import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { promisify } from 'node:util'
import { parse, setOptions } from 'hls-parser'
import { lockDataDir, openDiskBlobs } from '../../src/adapters/index.ts'
import { describeBroadcast, encodeRecord } from '../../src/archive/broadcast-record.ts'
import { type BroadcastId, createId, isId, type UserId } from '../../src/base/index.ts'
import { Presentation } from '../../src/hls/index.ts'
import { StoredPlaylists } from '../../src/live/output/stored-playlists.ts'
import { runRebuildCommand } from '../../src/rebuild-command.ts'
import { cut, segmentsOf } from '../support/cut-ts.ts'
import { LENGTHS } from '../support/hls-lengths.ts'
import { listAll } from '../support/list-segment.ts'
import { AAC, H264, makeTs, picture, tone } from '../support/make-media.ts'
import { parseListed, playlistFaults } from '../support/playlist-rules.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

// What it takes for bad style it would print; what it refuses counts.
setOptions({ silent: true })
const START_MS = Date.UTC(2026, 0, 1)
const SIZES = { '240p': '426x240', '180p': '320x180' }
const RUN_SECONDS = [8, 6]
const CHANNEL = createId<UserId>()
const ID = createId<BroadcastId>()
const MEDIA = Object.fromEntries(
  Object.entries(SIZES).map(([name, size]) => [
    name,
    RUN_SECONDS.map((seconds) =>
      segmentsOf(cut(makeTs([...picture(size, '30', seconds), ...tone(seconds), ...H264, ...AAC]))),
    ),
  ]),
)
const ORIGINAL = await makeOriginal()

suite('[X28] what is damaged in the folder of a broadcast is made anew from the rest', () => {
  test('a sound folder is left as it is, byte for byte', async () => {
    const broken = await damage(async () => undefined)
    assert.deepEqual(await rebuild(broken), {
      isSound: true,
      lines: ['1 broadcasts, 1 sound, 0 mended'],
    })
    assert.deepEqual(await readAll(broken), await readAll(ORIGINAL))
  })

  test('a list cut at any place is what it was', async () => {
    const key = '240p/index.m3u8'
    const whole = (await readAll(ORIGINAL)).get(key) ?? ''
    for (let bytes = 0; bytes < whole.length; bytes += 83) {
      const broken = await damage((folder) => truncate(join(folder, key), bytes))
      const { isSound, lines } = await rebuild(broken)
      assert.deepEqual([isSound, lines[0]], [true, `${ID}: mended ${key}`], `${bytes} bytes`)
      assert.deepEqual(await readAll(broken), await readAll(ORIGINAL), `${bytes} bytes`)
    }
  })

  test('a list that is gone is what the other renditions tell', async () => {
    const broken = await damage((folder) => rm(join(folder, '180p/index.m3u8')))
    await rebuild(broken)
    assert.deepEqual(await readAll(broken), await readAll(ORIGINAL))
  })

  test('when all lists are gone the segments tell, and the master is as it was', async () => {
    const broken = await damage(async (folder) => {
      for (const name of Object.keys(SIZES)) await rm(join(folder, name, 'index.m3u8'))
      await rm(join(folder, 'index.m3u8'))
    })
    const { lines } = await rebuild(broken)
    assert.match(lines[0] ?? '', /mended 180p\/index.m3u8, 240p\/index.m3u8, index.m3u8$/)
    const [was, is] = [await readAll(ORIGINAL), await readAll(broken)]
    for (const name of Object.keys(SIZES)) {
      const [before, after] = [was, is].map((all) => listed(all, name))
      assert.deepEqual(
        after?.map(({ uri, msn, discontinuity }) => [uri, msn, discontinuity]),
        before?.map(({ uri, msn, discontinuity }) => [uri, msn, discontinuity]),
      )
      for (const [at, segment] of before?.entries() ?? []) {
        const made = after?.[at]
        assert.ok(Math.abs((made?.seconds ?? 0) - segment.seconds) < 0.05, segment.uri)
        // When the second run began, nobody knows any more: it follows the first.
        if (segment.discontinuity > 0) continue
        assert.ok(Math.abs((made?.dateMs ?? 0) - (segment.dateMs ?? 0)) < 2, segment.uri)
      }
    }
    assert.equal(
      namesOf(is.get('index.m3u8') ?? '').join(),
      namesOf(was.get('index.m3u8') ?? '').join(),
    )
  })

  test('a segment without bytes is a gap, in a list that is there and in one that is not', async () => {
    const before = listed(await readAll(ORIGINAL), '240p')
    for (const gone of [[], ['240p'], ['240p', '180p']]) {
      const broken = await damage(async (folder) => {
        for (const name of ['240p', ...gone.slice(1)]) {
          await truncate(join(folder, name, '0-1.ts'), 0)
          await rm(join(folder, name, '1-1.ts'))
        }
        for (const name of gone) await rm(join(folder, name, 'index.m3u8'))
      })
      assert.equal((await rebuild(broken)).isSound, true)
      const all = await readAll(broken)
      const shape = (name: string) =>
        listed(all, name).map(({ uri, dateMs, discontinuity }) => [uri, dateMs, discontinuity])
      assert.deepEqual(shape('240p'), shape('180p'), gone.join())
      const gaps = listed(all, '240p').filter(({ isGap }) => isGap)
      assert.deepEqual(
        gaps.map(({ uri }) => uri),
        ['0-1.ts', '1-1.ts'],
      )
      for (const { msn, seconds } of gaps) {
        assert.ok(Math.abs(seconds - (before[msn]?.seconds ?? 0)) < 0.1, `${msn} ${seconds}`)
      }
      assert.deepEqual((await rebuild(broken)).lines, ['1 broadcasts, 1 sound, 0 mended'])
    }
  })

  test('what a killed server left open stays open for the next start', async () => {
    const whole = (await readAll(ORIGINAL)).get('240p/index.m3u8') ?? ''
    const open = whole.replace('#EXT-X-ENDLIST\n', '')
    const broken = await damage(async (folder) => {
      const record = JSON.parse(await readFile(join(folder, 'broadcast.json'), 'utf8'))
      const live = { ...record, status: 'live', ended_at: null }
      await writeFile(join(folder, 'broadcast.json'), JSON.stringify(live))
      for (const name of Object.keys(SIZES)) {
        const path = join(folder, name, 'index.m3u8')
        await writeFile(path, `${(await readFile(path, 'utf8')).replace('#EXT-X-ENDLIST', '#byt')}`)
      }
    })
    const torn = await readAll(broken)
    assert.deepEqual((await rebuild(broken, 'open')).lines, ['1 broadcasts, 1 sound, 0 mended'])
    assert.deepEqual(await readAll(broken), torn)
    await rm(join(broken, ID, '240p/index.m3u8'))
    assert.equal((await rebuild(broken, 'open')).lines[0], `${ID}: mended 240p/index.m3u8`)
    assert.equal((await readAll(broken)).get('240p/index.m3u8'), open)
  })

  test('a master that is gone or cut at any place is made of the lists', async () => {
    const whole = (await readAll(ORIGINAL)).get('index.m3u8') ?? ''
    for (let bytes = -1; bytes < whole.length; bytes += 17) {
      const broken = await damage((folder) => {
        const path = join(folder, 'index.m3u8')
        return bytes < 0 ? rm(path) : truncate(path, bytes)
      })
      assert.deepEqual((await rebuild(broken)).lines[0], `${ID}: mended index.m3u8`, `${bytes}`)
      assert.deepEqual(namesOf((await readAll(broken)).get('index.m3u8') ?? ''), namesOf(whole))
    }
  })

  test('a master made of lists without sizes, as old servers wrote them, tells the same rates', async () => {
    const broken = await damage(async (folder) => {
      await rm(join(folder, 'index.m3u8'))
      for (const name of Object.keys(SIZES)) {
        const path = join(folder, name, 'index.m3u8')
        await writeFile(path, (await readFile(path, 'utf8')).replace(/#bytes:\d+\n/g, ''))
      }
    })
    assert.equal((await rebuild(broken)).lines[0], `${ID}: mended index.m3u8`)
    const [was, is] = [await readAll(ORIGINAL), await readAll(broken)]
    assert.deepEqual(ratesOf(is.get('index.m3u8') ?? ''), ratesOf(was.get('index.m3u8') ?? ''))
  })

  test('a record cut behind its channel is made anew, hidden where it told nothing of that', async () => {
    const whole = (await readAll(ORIGINAL)).get('broadcast.json') ?? ''
    const broken = await damage((folder) =>
      truncate(join(folder, 'broadcast.json'), whole.indexOf('"visibility"') + 16),
    )
    assert.equal((await rebuild(broken)).lines[0], `${ID}: mended broadcast.json`)
    const [was, is] = [whole, (await readAll(broken)).get('broadcast.json') ?? ''].map((text) =>
      JSON.parse(text),
    )
    const { visibility, ended_at: _, started_at: __, ...rest } = is
    const { visibility: ___, ended_at: ____, started_at: _____, ...before } = was
    assert.equal(visibility, 'private')
    assert.deepEqual(rest, before)
    assert.deepEqual((await rebuild(broken)).lines, ['1 broadcasts, 1 sound, 0 mended'])
  })

  test('a broadcast of which nothing tells the owner is left as it is, and named', async () => {
    const whole = (await readAll(ORIGINAL)).get('broadcast.json') ?? ''
    for (const hurt of [
      (path: string) => rm(path),
      (path: string) => truncate(path, 40),
      (path: string) => writeFile(path, whole.replace(CHANNEL, createId()).slice(0, -9)),
    ]) {
      const broken = await damage(async (folder) => {
        await hurt(join(folder, 'broadcast.json'))
        await rm(join(folder, 'index.m3u8'))
      })
      const before = await readAll(broken)
      const { isSound, lines } = await rebuild(broken)
      assert.equal(isSound, false)
      assert.match(lines[0] ?? '', new RegExp(`${ID} tells whose it is.*live\\.record-lost`))
      assert.equal(lines[1], '1 broadcasts, 0 sound, 0 mended, 1 not to be mended')
      assert.deepEqual(await readAll(broken), before)
    }
  })

  test('the command holds the data folder, tells by its exit code, and knows its people', async () => {
    const dataDir = await temporaryFolder()
    await vibly('user', 'create', 'ann@example.org', 'ann', '--data-dir', dataDir)
    const users = await readFile(join(dataDir, 'users.json'), 'utf8')
    const [userId = ''] = [...users.matchAll(/"id":\s*"([^"]+)"/g)].flatMap(([, id]) => id ?? [])
    assert.ok(isId<UserId>(userId))
    const folder = join(dataDir, 'media', ID)
    await cp(join(ORIGINAL, ID), folder, { recursive: true })
    const record = (await readFile(join(folder, 'broadcast.json'), 'utf8')).replace(CHANNEL, userId)
    await writeFile(join(folder, 'broadcast.json'), record.slice(0, -20))
    const mended = await vibly('rebuild', '--data-dir', dataDir)
    assert.match(mended.stdout, /1 broadcasts, 0 sound, 1 mended\n$/)
    const server = await lockDataDir(dataDir, { logger: silentLogger })
    await assert.rejects(vibly('rebuild', '--data-dir', dataDir), { stderr: /data-dir\.locked/ })
    await server.close()
    await rm(join(folder, 'broadcast.json'))
    await assert.rejects(vibly('rebuild', '--data-dir', dataDir), { code: 1 })
    assert.match((await vibly('rebuild', '--help')).stdout, /^vibly rebuild/)
  })
})

/** Runs Vibly to its end. */
function vibly(...words: readonly string[]) {
  const main = join(import.meta.dirname, '../../src/main.ts')
  return promisify(execFile)(process.execPath, [main, ...words])
}

async function rebuild(dir: string, end: 'open' | 'ended' = 'ended') {
  const lines: string[] = []
  const blobs = await openDiskBlobs(dir, { isSynced: false })
  const channelExists = async (id: UserId) => id === CHANNEL
  const print = (line: string) => lines.push(line)
  const isSound = await runRebuildCommand({ blobs, channelExists }, { segmentMs: 2000 }, print)
  // Whatever was done, whoever plays it finds it in order.
  const all = isSound ? await readAll(dir) : new Map<string, string>()
  for (const [name, text] of all) {
    if (!name.endsWith('.m3u8')) continue
    parse(text)
    if (name === 'index.m3u8') continue
    assert.deepEqual(playlistFaults(text), [])
    assert.equal(parseListed(text).isEnded, end === 'ended')
    for (const { isGap, uri } of parseListed(text).segments) {
      if (!isGap) assert.ok((all.get(name.replace('index.m3u8', uri)) ?? '').length > 0, uri)
    }
  }
  return { isSound, lines }
}

/** A copy of the media folder in which something is hurt. */
async function damage(hurt: (folder: string) => Promise<void>): Promise<string> {
  const dir = await temporaryFolder()
  await cp(ORIGINAL, dir, { recursive: true })
  await hurt(join(dir, ID))
  return dir
}

/** The files of the broadcast by name; segments as the number of their bytes. */
async function readAll(dir: string): Promise<ReadonlyMap<string, string>> {
  const all = new Map<string, string>()
  const blobs = await openDiskBlobs(dir, { isSynced: false })
  for (const key of [...(await blobs.list(ID))].toSorted()) {
    all.set(key.slice(ID.length + 1), await readFile(join(dir, key), 'latin1'))
  }
  return all
}

function listed(all: ReadonlyMap<string, string>, name: string) {
  return parseListed(all.get(`${name}/index.m3u8`) ?? '').segments
}

function ratesOf(master: string): readonly string[] {
  return master.match(/BANDWIDTH=\d+/g) ?? []
}

function namesOf(master: string): readonly string[] {
  return master.split('\n').filter((line) => line.endsWith('/index.m3u8'))
}

/** A media folder with one broadcast of two runs in two renditions, as it is when it has ended. */
async function makeOriginal(): Promise<string> {
  const dir = await temporaryFolder()
  const blobs = await openDiskBlobs(dir, { isSynced: false })
  const presentation = new Presentation(LENGTHS)
  const names = Object.keys(SIZES)
  const onUnstored = (reason: unknown) => assert.fail(String(reason))
  const playlists = new StoredPlaylists(ID, { blobs, presentation, onUnstored }, 'none')
  for (const [run] of RUN_SECONDS.entries()) {
    const renditions = names.map((name) => ({ name, peakBps: null, averageBps: null }))
    presentation.startRun({ renditions, wallClockMs: START_MS + run * 20_000 })
    const count = Math.min(...names.map((name) => MEDIA[name]?.[run]?.length ?? 0))
    for (let at = 0; at < count; at += 1) {
      for (const name of names) {
        const segment = MEDIA[name]?.[run]?.[at]
        assert.ok(segment)
        const fileName = presentation.place(name, segment)
        await blobs.put(`${ID}/${name}/${fileName}`, segment.bytes)
        await playlists.append(listAll(presentation, presentation.markStored(name, fileName)))
      }
    }
    presentation.endRun()
  }
  await playlists.close(presentation.end())
  await playlists.saveMaster('vod')
  const record = describeBroadcast({
    ...{ id: ID, channelId: CHANNEL, title: 'a title', visibility: 'public', status: 'ended' },
    ...{ failure: null, hasThumb: false, keyframeIntervalMs: null, presentation, made: [] },
    startedAt: new Date(START_MS).toISOString(),
    endedAt: new Date(START_MS + 26_000).toISOString(),
  })
  await blobs.put(`${ID}/broadcast.json`, encodeRecord({ ...record, partTargetMs: null }))
  return dir
}
