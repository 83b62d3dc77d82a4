import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Api, ApiError } from './client.ts'

interface Seen {
  readonly path: string
  readonly init: RequestInit
}

const UNAUTHENTICATED = { code: 'accounts.unauthenticated', message: 'Sign in.', request_id: 'r1' }

test('[W15] state changes are JSON and carry no token of their own', async () => {
  const { api, seen } = apiAnswering(() => Response.json({ stream_key: 'k' }))
  await api.rotateStreamKey()
  const headers = new Headers(seen[0]?.init.headers)
  assert.equal(headers.get('content-type'), 'application/json')
  assert.equal(headers.get('authorization'), null)
  assert.equal(seen[0]?.init.body, '{}')
})

test('401 refreshes once, and calls that wait share that one refresh', async () => {
  let isFresh = false
  const { api, seen } = apiAnswering(({ path }) => {
    if (path === '/api/auth/refresh') isFresh = true
    else if (!isFresh) return Response.json({ error: UNAUTHENTICATED }, { status: 401 })
    return Response.json({ stream_key: 'k', id: 'u' })
  })
  const [user, key] = await Promise.all([api.me(), api.streamKey()])
  assert.equal(user.id, 'u')
  assert.equal(key, 'k')
  assert.equal(seen.filter(({ path }) => path === '/api/auth/refresh').length, 1)
})

test('a dead session stays 401 and is asked for no third time', async () => {
  const { api, seen } = apiAnswering(() =>
    Response.json({ error: UNAUTHENTICATED }, { status: 401 }),
  )
  await assert.rejects(api.me(), {
    name: 'ApiError',
    code: 'accounts.unauthenticated',
    status: 401,
  })
  assert.deepEqual(
    seen.map(({ path }) => path),
    ['/api/me', '/api/auth/refresh'],
  )
})

test('a wrong password is not mistaken for an old session', async () => {
  const { api, seen } = apiAnswering(() =>
    Response.json({ error: UNAUTHENTICATED }, { status: 401 }),
  )
  await assert.rejects(api.login({ email: 'a@b.c', password: 'x' }), { status: 401 })
  assert.equal(seen.length, 1)
})

test('every kind of failure becomes an ApiError', async () => {
  const rows: { answer: () => Response; code: string; status: number }[] = [
    {
      answer: () => new Response('<h1>Bad gateway</h1>', { status: 502 }),
      code: 'web.failed',
      status: 502,
    },
    { answer: () => new Response('', { status: 500 }), code: 'web.failed', status: 500 },
    {
      answer: () => Response.json({ error: null }, { status: 500 }),
      code: 'web.failed',
      status: 500,
    },
    { answer: () => Response.json(null, { status: 400 }), code: 'web.failed', status: 400 },
    { answer: lost, code: 'web.unreachable', status: 0 },
  ]
  for (const { answer, code, status } of rows) {
    const { api } = apiAnswering(answer)
    await assert.rejects(api.server(), { name: 'ApiError', code, status })
  }
})

test('an unknown channel is null, other failures are not', async () => {
  const missing = apiAnswering(() => Response.json({ error: UNAUTHENTICATED }, { status: 404 }))
  assert.equal(await missing.api.channel('a/../b', new AbortController().signal), null)
  assert.equal(missing.seen[0]?.path, '/api/channels/a%2F..%2Fb')
  const broken = apiAnswering(() => Response.json({}, { status: 500 }))
  await assert.rejects(broken.api.channel('a', new AbortController().signal), ApiError)
})

test('an aborted call rejects with the reason of its signal', async () => {
  const stop = new AbortController()
  const reason = new Error('left the page')
  const { api } = apiAnswering(() => {
    stop.abort(reason)
    return lost()
  })
  await assert.rejects(api.liveChannels(stop.signal), reason)
})

function lost(): never {
  throw new TypeError('network lost')
}

function apiAnswering(answer: (seen: Seen) => Response): { api: Api; seen: Seen[] } {
  const seen: Seen[] = []
  const api = new Api(async (path, init) => {
    seen.push({ path, init })
    return answer({ path, init })
  })
  return { api, seen }
}
