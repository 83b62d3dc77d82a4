import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRoute } from './route.ts'

const ROWS = [
  { path: '/', route: { page: 'home' } },
  { path: '', route: { page: 'home' } },
  { path: '/studio', route: { page: 'studio' } },
  { path: '/studio/', route: { page: 'studio' } },
  { path: '/ada_l', route: { page: 'channel', username: 'ada_l' } },
  { path: '/Ada/', route: { page: 'channel', username: 'Ada' } },
  { path: '/Ada/chat', route: { page: 'chat', username: 'Ada' } },
  { path: '/Ada/chats', route: { page: 'missing' } },
  { path: '/a/b', route: { page: 'missing' } },
  { path: '/embed/Ada', route: { page: 'embed', username: 'Ada' } },
  {
    path: '/Ada/abcdefgh12345678',
    route: { page: 'broadcast', username: 'Ada', broadcastId: 'abcdefgh12345678' },
  },
  { path: '/Ada/abcdefgh12345678/more', route: { page: 'missing' } },
  { path: '/%2e%2e', route: { page: 'missing' } },
  { path: `/${'x'.repeat(41)}`, route: { page: 'missing' } },
]

test('a path names its page', () => {
  for (const { path, route } of ROWS) assert.deepEqual(parseRoute(path), route, path)
})
