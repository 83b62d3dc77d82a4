import {
  fastifySwagger,
  type SwaggerTransform,
  type SwaggerTransformObject,
} from '@fastify/swagger'
import type { FastifySchema } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { ApiApp } from './api-context.ts'
import { FAULT_RESPONSES } from './responses.ts'

export interface OpenApiOptions {
  /** Scheme, host and port that browsers see; null: wherever the document was found. */
  readonly publicOrigin: string | null
  readonly cookies: { readonly accessName: string; readonly refreshName: string }
}

/** What the operations are sorted by, and the addresses of each; the first that fits counts. */
const TAGS = [
  {
    name: 'chat',
    description: 'Messages, moderation, emotes, followers and bots. Live it is over `/ws/chat`.',
    paths:
      /^\/api\/(channels\/:channel\/(messages|chat|emotes|bans|moderators|follow)|broadcasts\/:id\/messages|me\/(following|tokens))/,
  },
  { name: 'auth', description: 'Getting in, staying in, getting out.', paths: /^\/api\/auth\// },
  { name: 'me', description: "What is the signed-in user's own.", paths: /^\/api\/me/ },
  { name: 'channels', description: 'Who is there and who is live.', paths: /^\/api\/channels/ },
  {
    name: 'broadcasts',
    description: 'What is on air and what is over. Playlists and media are below `/media`.',
    paths: /^\/api\/broadcasts/,
  },
  { name: 'admin', description: 'For administrators alone.', paths: /^\/api\/admin/ },
  { name: 'server', description: 'The server itself, and for those who run it.', paths: /^/ },
] as const

const OWNER = 'Whoever runs this server'

/**
 * OpenAPI 3.1 at `/api/openapi.json`, made of the routes' own schemas when first asked for, so it
 * cannot be stale. [W41] To be called before the routes are added.
 */
export async function describeRoutes(app: ApiApp, options: OpenApiOptions): Promise<void> {
  const { publicOrigin, cookies } = options
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Vibly',
        description:
          'Live video and chat, self-hosted. A refusal has a code, which docs/ERRORS.md explains; ' +
          'one that passes by itself has Retry-After.',
        version: '1',
        contact: { name: OWNER, ...(publicOrigin !== null && { url: publicOrigin }) },
        license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
      },
      servers: [{ url: publicOrigin ?? '/' }],
      tags: TAGS.map(({ name, description }) => ({ name, description })),
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          cookie: { type: 'apiKey', in: 'cookie', name: cookies.accessName },
          refresh: { type: 'apiKey', in: 'cookie', name: cookies.refreshName },
        },
      },
    },
    transform: describeRoute,
    transformObject: finishDocument,
  })
  app.route({
    method: 'GET',
    url: '/api/openapi.json',
    schema: {
      summary: 'This description',
      response: { 200: z.record(z.string(), z.unknown()), ...FAULT_RESPONSES },
    },
    handler: () => ({ ...app.swagger() }),
  })
}

/** A route with what can be told by its method and address, and who may ask in words. */
const describeRoute: SwaggerTransform<FastifySchema & { readonly hide?: boolean }> = (document) => {
  const { schema, url } = jsonSchemaTransform(document)
  if (schema?.hide === true) return { schema, url }
  const method = [document.route.method].flat()[0] ?? 'GET'
  const security = schema?.security ?? []
  const tag = TAGS.find(({ paths }) => paths.test(url))?.name ?? 'server'
  return {
    url,
    schema: {
      ...schema,
      operationId: operationIdOf(method, url),
      tags: [tag],
      description: schema?.description ?? `${schema?.summary}. ${whoMayAsk(security, tag)}`,
      security,
      response: describeAnswers(schema?.response),
    },
  }
}

/**
 * `GET /api/channels/:channel/bans` is `getChannelBans`: a collection of which one is named is told
 * in the singular.
 */
export function operationIdOf(method: string, url: string): string {
  const segments = url.replace(/^\/(api\/)?/, '').split('/')
  const words = segments.flatMap((segment, at) => {
    if (segment.startsWith(':')) return []
    const isOne = segments[at + 1]?.startsWith(':') === true
    return (isOne ? segment.replace(/s$/, '') : segment).split(/[^a-z]+/)
  })
  const capitals = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1))
  return method.toLowerCase() + capitals.join('')
}

function whoMayAsk(security: readonly object[], tag: string): string {
  if (security.length === 0) return 'Anyone may ask.'
  if (tag === 'admin') return 'Needs the sign-in of an administrator.'
  const isOptional = security.some((scheme) => Object.keys(scheme).length === 0)
  return isOptional ? 'Anyone may ask; who signed in may be told more.' : 'Needs a sign-in.'
}

const ANSWERS = new Map([
  ['2', 'done'],
  ['4', 'refused; the code says why'],
  ['5', "the server's own fault, or it is busy"],
])

/** Each answer in words: a description beside what only points to a form, else a key of its own. */
function describeAnswers(answers: unknown): object {
  const forms = Object.entries(z.record(z.string(), z.looseObject({})).parse(answers))
  return Object.fromEntries(
    forms.map(([status, form]) => {
      const key = '$ref' in form ? 'description' : 'x-response-description'
      return [status, { [key]: form['description'] ?? ANSWERS.get(status.charAt(0)), ...form }]
    }),
  )
}

/**
 * The whole description, without the forms that nothing points to: each has a twin for what is
 * sent, of which few are.
 */
const finishDocument: SwaggerTransformObject = (input) => {
  const document = jsonSchemaTransformObject(input)
  const schemas = 'components' in document ? document.components?.schemas : undefined
  // Over again, since what pointed to one may be gone itself.
  for (let unused = Object.keys(schemas ?? {}); unused.length > 0; ) {
    const text = JSON.stringify(document)
    unused = Object.keys(schemas ?? {}).filter(
      (name) => !text.includes(`"#/components/schemas/${name}"`),
    )
    for (const name of unused) delete schemas?.[name]
  }
  return document
}
