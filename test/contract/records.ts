import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import type { Records } from '../../src/ports/index.ts'
import type { Sample } from './samples.ts'

/** Opens the same store again and again, so that the suite can look at it after a restart. */
export type OpenRecords = () => Promise<Records<Sample> & { close(): Promise<void> }>

/**
 * What all records promise, whatever stores them: `createStore` makes an empty store and its
 * opener.
 */
export function testRecords(name: string, createStore: () => Promise<OpenRecords>): void {
  const opened = async () => (await createStore())()

  test(`${name}: a put is read back with its version; absent is null`, async () => {
    const records = await opened()
    equal(await records.get('a'), null)
    equal(await records.put(sample('a'), 0), true)
    equal((await records.get('a'))?.version, 1)
    equal(await records.put(sample('a', 'red'), 1), true)
    const found = await records.get('a')
    deepEqual([found?.value, found?.version], [sample('a', 'red'), 2])
    await records.close()
  })

  test(`${name}: a put or remove with another version than the stored one changes nothing`, async () => {
    const records = await opened()
    equal(await records.put(sample('a'), 1), false)
    equal(await records.get('a'), null)
    await records.put(sample('a'), 0)
    equal(await records.put(sample('a', 'red'), 0), false)
    equal(await records.put(sample('a', 'red'), 2), false)
    equal(await records.remove('a', 2), false)
    equal(await records.remove('b', 0), false)
    deepEqual((await records.get('a'))?.value, sample('a'))
    equal(await records.remove('a', 1), true)
    equal(await records.get('a'), null)
    await records.close()
  })

  test(`${name}: of many who change one version at once, one does`, async () => {
    const records = await opened()
    await records.put(sample('a'), 0)
    const colours = Array.from({ length: 50 }, (_, at) => `colour ${at}`)
    const done = await Promise.all(colours.map((colour) => records.put(sample('a', colour), 1)))
    equal(done.filter(Boolean).length, 1)
    equal((await records.get('a'))?.value.colour, colours[done.indexOf(true)])
    await records.close()
  })

  test(`${name}: an index finds what has its value now, oldest first, as many as asked`, async () => {
    const records = await opened()
    for (const id of ['c', 'a', 'b', 'd']) await records.put(sample(id, 'red'), 0)
    await records.put(sample('a', 'blue'), 1)
    await records.remove('d', 1)
    deepEqual(ids(await records.find('colour', 'red', 10)), ['c', 'b'])
    deepEqual(ids(await records.find('colour', 'red', 1)), ['c'])
    await records.put(sample('a', 'red'), 2)
    deepEqual(ids(await records.find('colour', 'red', 10)), ['c', 'a', 'b'])
    deepEqual(await records.find('colour', 'green', 10), [])
    await records.close()
  })

  test(`${name}: pages come in the order of creation and end`, async () => {
    const open = await createStore()
    const records = await open()
    for (const id of ['e', 'd', 'c', 'b', 'a']) await records.put(sample(id), 0)
    await records.put(sample('e', 'red'), 1)
    await records.remove('d', 1)
    await records.put(sample('d'), 0)
    deepEqual(ids(await records.list(null, 2)), ['e', 'c'])
    deepEqual(ids(await records.list('c', 2)), ['b', 'a'])
    deepEqual(ids(await records.list('a', 2)), ['d'])
    deepEqual(await records.list('d', 2), [])
    deepEqual(await records.list('nobody', 2), [])
    await records.close()
    const again = await open()
    deepEqual(ids(await again.list(null, 10)), ['e', 'c', 'b', 'a', 'd'])
    await again.close()
  })

  test(`${name}: a value of a unique index belongs to one record`, async () => {
    const records = await opened()
    await records.put(named('a', 'ann'), 0)
    await rejects(records.put(named('b', 'ann'), 0), { code: 'records.duplicate' })
    equal(await records.get('b'), null)
    equal(await records.put(named('a', 'ann'), 1), true)
    const rivals = ['c', 'd', 'e'].map((id) => records.put(named(id, 'bob'), 0))
    const results = await Promise.allSettled(rivals)
    equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
    await records.remove('a', 2)
    equal(await records.put(named('b', 'ann'), 0), true)
    await records.close()
  })

  test(`${name}: what a caller does to its object afterwards changes nothing`, async () => {
    const records = await opened()
    const mine = { id: 'a', name: 'a', colour: 'red' }
    const done = records.put(mine, 0)
    mine.colour = 'blue'
    await done
    mine.colour = 'green'
    equal((await records.get('a'))?.value.colour, 'red')
    await records.close()
  })

  test(`${name}: a thousand changes at once are all there after a restart`, async () => {
    const open = await createStore()
    const records = await open()
    const many = Array.from({ length: 1000 }, (_, at) => sample(`id-${at}`))
    const done = await Promise.all(many.map((value) => records.put(value, 0)))
    ok(done.every(Boolean))
    await records.close()
    const again = await open()
    deepEqual(
      (await again.list(null, 2000)).map(({ value }) => value),
      many,
    )
    await again.close()
  })

  test(`${name}: names that mean something to JavaScript are names like others [W28]`, async () => {
    const open = await createStore()
    const records = await open()
    for (const word of ['__proto__', 'constructor', 'toString']) {
      equal(await records.get(word), null)
      equal(await records.put(sample(word, word), 0), true)
    }
    await records.close()
    const again = await open()
    deepEqual(ids(await again.find('colour', '__proto__', 10)), ['__proto__'])
    equal(Reflect.get({}, 'colour'), undefined)
    await again.close()
  })
}

function sample(id: string, colour = 'none'): Sample {
  return { id, name: id, colour }
}

function named(id: string, name: string): Sample {
  return { id, name, colour: 'none' }
}

function ids(found: readonly { readonly value: Sample }[]): readonly string[] {
  return found.map(({ value }) => value.id)
}
