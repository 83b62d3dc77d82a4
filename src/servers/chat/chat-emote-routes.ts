import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { ViblyError } from '../../base/index.ts'
import { EMOTE_BYTES_MAX, type Emotes } from '../../chat/index.ts'
import type { ApiApp } from '../api/api-context.ts'
import { FAULT_RESPONSES, NO_CONTENT, SIGNED_IN } from '../api/responses.ts'
import { channelParams, type Openers } from './chat-openers.ts'

const emoteParams = channelParams.extend({ name: z.string().max(32) })
const emoteSchema = z.object({ name: z.string(), url: z.string() })
const IMAGE_TYPES = ['image/png', 'image/gif', 'image/webp']
/** What stands under such an address never changes: another picture has another one. RFC 8246. */
const FOREVER = 'public, max-age=31536000, immutable'

/** Pictures of a channel: listed by API, put there by its owner, served below `/emotes/`. */
export async function addEmoteRoutes(app: ApiApp, emotes: Emotes, open: Openers): Promise<void> {
  addReading(app, emotes, open)
  // Apart, since pictures are no body for any other route. [W15]
  await app.register((inner, _, ready) => {
    inner.addContentTypeParser(IMAGE_TYPES, { parseAs: 'buffer' }, (_request, body, done) => {
      done(null, body)
    })
    addWriting(inner.withTypeProvider<ZodTypeProvider>(), emotes, open)
    ready()
  })
}

function addReading(app: ApiApp, emotes: Emotes, open: Openers): void {
  app.route({
    method: 'GET',
    url: '/api/channels/:channel/emotes',
    schema: {
      summary: 'The emotes of a channel: `:name:` in a message stands for the picture at `url`',
      params: channelParams,
      response: { 200: z.object({ emotes: z.array(emoteSchema) }), ...FAULT_RESPONSES },
    },
    handler: async (request) => {
      const { channelId } = await open.room(request.params.channel)
      const listed = await emotes.list(channelId)
      return { emotes: listed.map(({ name, file }) => ({ name, url: urlOf(channelId, file) })) }
    },
  })

  app.route({
    method: 'GET',
    url: '/emotes/:channel/:file',
    schema: { hide: true, params: z.object({ channel: z.string(), file: z.string() }) },
    handler: async (request, reply) => {
      const found = await emotes.open(request.params.channel, request.params.file)
      if (found === null) throw new ViblyError('http.not-found')
      reply.headers({
        'content-type': found.type,
        'content-length': found.bytes,
        'cache-control': FOREVER,
      })
      return reply.send(found.body)
    },
  })
}

function addWriting(app: ApiApp, emotes: Emotes, open: Openers): void {
  app.route({
    method: 'PUT',
    url: '/api/channels/:channel/emotes/:name',
    bodyLimit: EMOTE_BYTES_MAX,
    schema: {
      summary: 'Put a PNG, WebP or GIF under a name: the owner only',
      consumes: IMAGE_TYPES,
      // Looked at by the emotes themselves, once it is known who asks.
      body: z.unknown().describe('the picture, at most 256 KiB and 512 pixels a side'),
      ...SIGNED_IN,
      params: emoteParams,
      response: { 200: emoteSchema, ...FAULT_RESPONSES },
    },
    handler: async (request) => {
      const { channelId } = await open.ownRoom(request, request.params.channel)
      const { body } = request
      if (!Buffer.isBuffer(body)) throw new ViblyError('http.media-type')
      const { name, file } = await emotes.put(channelId, request.params.name, body)
      return { name, url: urlOf(channelId, file) }
    },
  })

  app.route({
    method: 'DELETE',
    url: '/api/channels/:channel/emotes/:name',
    schema: {
      summary: 'Remove an emote: the owner only',
      ...SIGNED_IN,
      params: emoteParams,
      response: NO_CONTENT,
    },
    handler: async (request, reply) => {
      const { channelId } = await open.ownRoom(request, request.params.channel)
      await emotes.remove(channelId, request.params.name)
      return reply.status(204).send()
    },
  })
}

function urlOf(channelId: string, file: string): string {
  return `/emotes/${channelId}/${file}`
}
