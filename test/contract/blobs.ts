import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { ViblyError } from '../../src/base/index.ts'
import type { Blobs, ByteRange } from '../../src/ports/index.ts'

/** What all blobs promise, whatever stores them: `createBlobs` makes an empty store. */
export function testBlobs(name: string, createBlobs: () => Promise<Blobs>): void {
  test(`${name}: a blob is read back whole; absent is null`, async () => {
    const blobs = await createBlobs()
    equal(await blobs.open('b/720p/1.ts', null), null)
    await blobs.put('b/720p/1.ts', bytesOf('segment'))
    equal(await textOf(blobs, 'b/720p/1.ts'), 'segment')
    await blobs.put('b/720p/1.ts', bytesOf('other'))
    equal(await textOf(blobs, 'b/720p/1.ts'), 'other')
    equal(await blobs.open('b', null), null)
    equal(await blobs.open('b/720p', null), null)
    equal(await blobs.open('b/720p/1.ts/x', null), null)
  })

  test(`${name}: the head tells size and time before the bytes`, async () => {
    const blobs = await createBlobs()
    await blobs.put('a', bytesOf('12345'))
    const opened = await blobs.open('a', { first: 1, last: 2 })
    ok(opened !== null)
    equal(opened.head.bytes, 5)
    // A day: stores keep their own clocks.
    ok(Math.abs(opened.head.modifiedMs - Date.now()) < 86_400_000)
    opened.body.destroy()
  })

  const ranges: readonly [ByteRange, string][] = [
    [{ first: 0, last: 0 }, '0'],
    [{ first: 2, last: 4 }, '234'],
    [{ first: 0, last: 9 }, '0123456789'],
    [{ first: 7, last: null }, '789'],
    [{ first: 7, last: 2 ** 53 - 1 }, '789'],
    [{ first: 9, last: 10 }, '9'],
  ]
  for (const [range, expected] of ranges) {
    test(`${name}: bytes ${range.first} to ${range.last ?? 'the end'} of ten [D06]`, async () => {
      const blobs = await createBlobs()
      await blobs.put('a', bytesOf('0123456789'))
      equal(await textOf(blobs, 'a', range), expected)
    })
  }

  test(`${name}: a range behind the end is refused, with the size [D06]`, async () => {
    const blobs = await createBlobs()
    await blobs.put('ten', bytesOf('0123456789'))
    await blobs.put('empty', bytesOf(''))
    for (const first of [10, 11, 2 ** 53 - 1]) {
      const asked = blobs.open('ten', { first, last: null })
      await rejects(asked, { code: 'blobs.range-unsatisfiable', facts: { bytes: 10 } })
    }
    const asked = blobs.open('empty', { first: 0, last: null })
    await rejects(asked, { code: 'blobs.range-unsatisfiable', facts: { bytes: 0 } })
    equal(await textOf(blobs, 'empty'), '')
  })

  test(`${name}: appends follow each other in the order of their calls`, async () => {
    const blobs = await createBlobs()
    const words = Array.from({ length: 100 }, (_, at) => `${at},`)
    await Promise.all(words.map((word) => blobs.append('a/recording.mp4', bytesOf(word))))
    equal(await textOf(blobs, 'a/recording.mp4'), words.join(''))
  })

  test(`${name}: a blob given piece by piece is stored whole, or, when its source fails, not at all`, async () => {
    const blobs = await createBlobs()
    await blobs.put('a', piecesOf(['one ', 'two ', 'three']), 'durable')
    equal(await textOf(blobs, 'a'), 'one two three')
    const failing = piecesOf(['new', new ViblyError('live.server-stopping')])
    await rejects(blobs.put('a', failing, 'durable'), { code: 'live.server-stopping' })
    equal(await textOf(blobs, 'a'), 'one two three')
    await blobs.append('a', bytesOf(' four'), 'durable')
    await blobs.append('b', bytesOf('new'), 'durable')
    equal(await textOf(blobs, 'a'), 'one two three four')
    deepEqual(new Set(await blobs.list('')), new Set(['a', 'b']))
  })

  test(`${name}: who opened a blob reads what it was, not what is put or appended meanwhile`, async () => {
    const blobs = await createBlobs()
    const before = Buffer.alloc(1_000_000, 'a')
    await blobs.put('a', before)
    await blobs.append('b', before)
    const opened = await Promise.all([blobs.open('a', null), blobs.open('b', null)])
    await blobs.put('a', Buffer.alloc(1_000_000, 'x'))
    await blobs.append('b', bytesOf('more'))
    for (const one of opened) {
      ok(one !== null)
      ok((await buffer(one.body)).equals(before))
    }
  })

  test(`${name}: lists and removes what is below a prefix, not what only begins like it`, async () => {
    const blobs = await createBlobs()
    for (const key of ['a/1.ts', 'a/x/2.ts', 'ab/3.ts', 'c']) await blobs.put(key, bytesOf(key))
    deepEqual(new Set(await blobs.list('a')), new Set(['a/1.ts', 'a/x/2.ts']))
    deepEqual(new Set(await blobs.list('')), new Set(['a/1.ts', 'a/x/2.ts', 'ab/3.ts', 'c']))
    deepEqual(await blobs.list('c'), ['c'])
    deepEqual(await blobs.list('', 1), ['c'])
    deepEqual(new Set(await blobs.list('', 2)), new Set(['a/1.ts', 'ab/3.ts', 'c']))
    deepEqual(await blobs.list('a', 2), ['a/1.ts'])
    deepEqual(await blobs.list('a', 1), [])
    deepEqual(await blobs.list('nothing/here'), [])
    await blobs.removeAll('a')
    await blobs.removeAll('a')
    await blobs.removeAll('nothing/here')
    deepEqual(new Set(await blobs.list('')), new Set(['ab/3.ts', 'c']))
    await blobs.removeAll('c')
    deepEqual(await blobs.list(''), ['ab/3.ts'])
  })

  const hostile = [
    ...['', '/', '/a', 'a/', 'a//b', '.', '..', '../a', 'a/..', 'a/../b', 'a/./b', 'a/...', '.a'],
    ...['a/.b', 'a\\b', '..\\a', 'a\0', 'a/b\0', '%2e%2e/a', 'a b', 'a/ü', '~', 'C:', 'a:b', 'a\n'],
    ...['/etc/passwd', '../users.json', 'live/../../users.json', 'x'.repeat(1000)],
  ]
  test(`${name}: a key that names anything but a blob is refused everywhere [W23]`, async () => {
    const blobs = await createBlobs()
    for (const key of hostile) {
      const refusal = { code: 'blobs.key-invalid' }
      await rejects(blobs.open(key, null), refusal, JSON.stringify(key))
      await rejects(blobs.put(key, bytesOf('x')), refusal, JSON.stringify(key))
      await rejects(blobs.append(key, bytesOf('x')), refusal, JSON.stringify(key))
      await rejects(blobs.removeAll(key), refusal, JSON.stringify(key))
      if (key !== '') await rejects(blobs.list(key), refusal, JSON.stringify(key))
    }
    deepEqual(await blobs.list(''), [])
  })
}

async function* piecesOf(pieces: readonly (string | Error)[]) {
  for (const piece of pieces) {
    if (piece instanceof Error) throw piece
    yield bytesOf(piece)
  }
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text)
}

async function textOf(blobs: Blobs, key: string, range: ByteRange | null = null): Promise<string> {
  const opened = await blobs.open(key, range)
  ok(opened !== null, `${key} is there`)
  return (await buffer(opened.body)).toString()
}
