import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { openChatRoutes } from '../../../test/support/chat-routes-site.ts'
import { startSite } from '../../../test/support/http-site.ts'
import { operationIdOf } from './openapi.ts'

const documentForm = z.object({
  openapi: z.literal('3.1.0'),
  servers: z.array(z.object({ url: z.string() })),
  tags: z.array(z.object({ name: z.string(), description: z.string().min(1) })),
  components: z.object({
    schemas: z.record(z.string(), z.unknown()),
    securitySchemes: z.record(z.string(), z.unknown()),
  }),
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        operationId: z.string(),
        summary: z.string().min(6),
        description: z.string().min(6),
        tags: z.array(z.string()).length(1),
        security: z.array(z.record(z.string(), z.array(z.never()))),
        parameters: z
          .array(z.object({ name: z.string(), schema: z.record(z.string(), z.unknown()) }))
          .default([]),
        responses: z.record(
          z.string(),
          z.object({
            description: z.string().refine((text) => text !== 'Default Response'),
            content: z.record(z.string(), z.unknown()).optional(),
          }),
        ),
      }),
    ),
  ),
})

async function describe(url: string) {
  const text = await (await fetch(`${url}/api/openapi.json`)).text()
  const { paths, ...document } = documentForm.parse(JSON.parse(text))
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
  )
  return { text, operations, ...document }
}

test('OpenAPI describes every route of the API', async (context) => {
  const site = await startSite(context)
  const { operations } = await describe(site.url)
  const described = operations.map(({ method, path }) => `${method} ${path}`).toSorted()
  assert.deepEqual(described, [
    'delete /api/admin/broadcasts/{channel_id}',
    'delete /api/admin/invites/{id}',
    'delete /api/broadcasts/{id}',
    'delete /api/me/sessions',
    'get /api/admin/broadcasts',
    'get /api/admin/registration',
    'get /api/admin/server',
    'get /api/admin/storage',
    'get /api/admin/users',
    'get /api/broadcasts',
    'get /api/broadcasts/{id}',
    'get /api/channels',
    'get /api/channels/{channel}',
    'get /api/channels/{channel}/broadcasts',
    'get /api/me',
    'get /api/me/health',
    'get /api/me/stream-key',
    'get /api/openapi.json',
    'get /api/server',
    'get /healthz',
    'get /metrics',
    'get /readyz',
    'patch /api/admin/users/{id}',
    'patch /api/broadcasts/{id}',
    'patch /api/channels/{channel}',
    'patch /api/me',
    'post /api/admin/invites',
    'post /api/admin/users/{id}/reset-link',
    'post /api/auth/first-admin',
    'post /api/auth/login',
    'post /api/auth/logout',
    'post /api/auth/refresh',
    'post /api/auth/register',
    'post /api/auth/reset',
    'post /api/me/stream-key',
    'put /api/admin/registration',
  ])
})

test('[W41] programs can be made of the description: names, groups, who may ask, answers in words', async (context) => {
  const site = await openChatRoutes(context)
  const { text, operations, tags, components, servers } = await describe(site.url)
  assert.deepEqual(servers, [{ url: '/' }])
  const ids = operations.map(({ operationId }) => operationId)
  assert.deepEqual(ids.toSorted(), [...new Set(ids)].toSorted())
  const groups = tags.map(({ name }) => name)
  assert.deepEqual(new Set(operations.flatMap((one) => one.tags)), new Set(groups))
  const schemes = operations.flatMap(({ security }) => security.flatMap(Object.keys))
  assert.deepEqual(new Set(schemes), new Set(Object.keys(components.securitySchemes)))
  for (const name of Object.keys(components.schemas)) {
    assert.ok(text.includes(`"#/components/schemas/${name}"`), `${name} is never used`)
  }
  for (const { method, path, responses } of operations) {
    const name = `${method} ${path}`
    assert.ok('4XX' in responses && '5XX' in responses, name)
    assert.equal(responses['204']?.content, undefined, name)
  }
})

test('[W41] the description says what is taken: numbers, cursors, pictures and texts', async (context) => {
  const site = await openChatRoutes(context)
  const { text, operations } = await describe(site.url)
  const parameter = (id: string, name: string) =>
    operations
      .find(({ operationId }) => operationId === id)
      ?.parameters.find((one) => one.name === name)?.schema
  const limit = { type: 'integer', minimum: 1, maximum: 100, default: 50 }
  assert.deepEqual(parameter('getChannels', 'limit'), limit)
  assert.deepEqual(parameter('getChannelMessages', 'limit'), limit)
  assert.match(String(parameter('getBroadcasts', 'cursor')?.['pattern']), /\\d/)
  assert.match(text, /"requestBody":{"required":true,"content":{"image\/png"/)
  assert.ok(text.includes(JSON.stringify({ pattern: '^[A-Za-z0-9_]{3,25}$' }).slice(1, -1)))
})

test('operations are named by method and address', () => {
  const rows = [
    ['GET', '/api/channels', 'getChannels'],
    ['GET', '/api/channels/:channel', 'getChannel'],
    ['PUT', '/api/channels/:channel/bans/:user_id', 'putChannelBan'],
    ['POST', '/api/admin/users/:id/reset-link', 'postAdminUserResetLink'],
    ['GET', '/api/openapi.json', 'getOpenapiJson'],
    ['GET', '/healthz', 'getHealthz'],
  ] as const
  for (const [method, url, name] of rows) assert.equal(operationIdOf(method, url), name)
})
