import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryRecords } from '../../test/support/memory-records.ts'
import { createTestAccounts, registration } from '../../test/support/test-accounts.ts'
import { createId } from '../base/index.ts'
import { Channels } from './channels.ts'
import { CHANNEL_COLLECTION } from './records/collections.ts'

async function createTestChannels() {
  const { accounts, users } = await createTestAccounts()
  const channels = new Channels({ users, channels: await openMemoryRecords(CHANNEL_COLLECTION) })
  const ann = await accounts.createUser({ ...registration('ann'), displayName: 'Ann' }, 'user')
  return { accounts, channels, ann }
}

test('everyone has a channel from the start, found by id and by name', async () => {
  const { channels, ann } = await createTestChannels()
  const mine = await channels.get(ann.id)
  deepEqual(mine, {
    id: ann.id,
    username: 'ann',
    displayName: 'Ann',
    title: '',
    description: '',
    settings: {},
    createdAt: ann.createdAt,
  })
  deepEqual(await channels.byName('ANN'), mine)
  deepEqual(await channels.byIdOrName('ann'), mine)
  deepEqual(await channels.byIdOrName(ann.id), mine)
  equal(await channels.byIdOrName('nobody'), null)
  equal(await channels.get(createId()), null)
})

test('an owner changes what they name, cleaned, and nothing else [W27]', async () => {
  const { channels, ann } = await createTestChannels()
  const greedy = { title: ' My\u202E  show ', id: 'x', username: 'root', owner: 'y' }
  equal((await channels.update(ann.id, greedy)).title, 'My show')
  const changed = await channels.update(ann.id, { description: 'a\r\nb' })
  equal(changed.title, 'My show')
  equal(changed.description, 'a\nb')
  equal(changed.username, 'ann')
  const long = { title: 'x'.repeat(141) }
  await rejects(channels.update(ann.id, long), { code: 'accounts.text-too-long' })
  await rejects(channels.update(createId(), { title: 'x' }), { code: 'accounts.not-found' })
})

test('settings are merged by name, removed by null, bounded, and no prototype [W28]', async () => {
  const { channels, ann } = await createTestChannels()
  await channels.update(ann.id, { settings: { slow_mode_s: 5, followers_only: true } })
  const hostile = JSON.parse(
    '{"__proto__":{"polluted":1},"constructor":{"x":1},"slow_mode_s":null}',
  )
  const { settings } = await channels.update(ann.id, { settings: hostile })
  deepEqual(Object.entries(settings), [
    ['followers_only', true],
    ['constructor', { x: 1 }],
  ])
  equal(Reflect.get({}, 'polluted'), undefined)
  const large = { settings: { x: 'x'.repeat(1025 * 1024) } }
  await rejects(channels.update(ann.id, large), { code: 'accounts.settings-too-large' })
})

test('two changes at once both count', async () => {
  const { channels, ann } = await createTestChannels()
  await Promise.all([
    channels.update(ann.id, { title: 'a show' }),
    channels.update(ann.id, { description: 'of mine' }),
    channels.update(ann.id, { settings: { slow_mode_s: 5 } }),
  ])
  const channel = await channels.get(ann.id)
  deepEqual(
    [channel?.title, channel?.description, channel?.settings],
    ['a show', 'of mine', { slow_mode_s: 5 }],
  )
})

test('a list comes in pages; the channel of someone disabled is nowhere', async () => {
  const { accounts, channels, ann } = await createTestChannels()
  const names = ['bob', 'cid', 'dan', 'eve']
  for (const name of names) await accounts.createUser(registration(name), 'user')
  const bob = await accounts.users.byName('bob')
  ok(bob !== null)
  await accounts.disableUser(bob.id)
  equal(await channels.get(bob.id), null)
  equal(await channels.byName('bob'), null)
  const seen: string[] = []
  let next: typeof ann.id | null = null
  do {
    const page = await channels.list(next, 2)
    seen.push(...page.channels.map(({ username }) => username))
    next = page.next
  } while (next !== null)
  deepEqual(seen, ['ann', 'cid', 'dan', 'eve'])
})
