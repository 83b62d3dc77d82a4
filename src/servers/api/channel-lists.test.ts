import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asUser, startSite } from '../../../test/support/http-site.ts'
import { type BroadcastId, createId, isId, type UserId } from '../../base/index.ts'
import { channelListSchema } from '../wire.ts'

test('a search finds names and titles, live ones first, and none whose broadcast is not listed', async (context) => {
  const site = await startSite(context)
  const search = async (query: string) => {
    const response = await fetch(`${site.url}/api/channels?${query}`)
    assert.equal(response.status, 200, query)
    const { channels } = channelListSchema.parse(await response.json())
    return channels.map(({ username, live }) => `${username} ${live}`)
  }
  const ids = new Map<string, UserId>()
  for (const username of ['chess_club', 'alice', 'chessmaster']) {
    const { user, token } = await site.signUp(username)
    assert.ok(isId<UserId>(user.id))
    ids.set(username, user.id)
    if (username !== 'alice') continue
    await fetch(`${site.url}/api/channels/alice`, {
      method: 'PATCH',
      headers: asUser(token),
      body: JSON.stringify({ title: 'Évening CHESS' }),
    })
  }
  assert.deepEqual(await search('q=chess'), [
    'chess_club false',
    'chessmaster false',
    'alice false',
  ])
  assert.deepEqual(await search('q=evening+chess'), ['alice false'])
  assert.deepEqual(await search('q=go'), [])
  assert.deepEqual(await search('q='), [])

  const goLive = (username: string, isListed: boolean) => ({
    channelId: ids.get(username) ?? createId<UserId>(),
    broadcastId: createId<BroadcastId>(),
    startedAt: '2026-01-01T00:00:00.000Z',
    viewers: 1,
    hasThumb: false,
    isListed,
  })
  site.fake.live = [goLive('alice', true), goLive('chessmaster', false)]
  assert.deepEqual(await search('q=chess'), ['alice true', 'chess_club false', 'chessmaster false'])
  assert.deepEqual(await search('q=chess&live=true'), ['alice true'])
  const tooLong = await fetch(`${site.url}/api/channels?q=${'x'.repeat(101)}`)
  assert.equal(tooLong.status, 400)
})
