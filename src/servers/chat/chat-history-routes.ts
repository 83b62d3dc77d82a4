import { Readable } from 'node:stream'
import { z } from 'zod'
import { parseJson, ViblyError } from '../../base/index.ts'
import type { Room } from '../../chat/index.ts'
import type { ApiApp, ApiContext } from '../api/api-context.ts'
import { findReadable } from '../api/broadcast-access.ts'
import { FAULT_RESPONSES, MAYBE_SIGNED_IN, SIGNED_IN } from '../api/responses.ts'
import { queryNumber } from '../wire.ts'
import { channelParams, type Openers, record, seqQuery } from './chat-openers.ts'

const MESSAGES_MAX = 100
const REPLAY_MAX = 500
/** Messages of an export read at a time: so many are in memory, whatever its length. */
const EXPORT_COUNT = 500
const RECORD = { type: 'object' } as const

/** What was said: by page, all of it for the owner, and beside a recording. */
export function addChatReading(app: ApiApp, context: ApiContext, open: Openers): void {
  addPages(app, open)
  addThreads(app, open)
  addExport(app, open)
  addReplay(app, context, open)
}

function addPages(app: ApiApp, open: Openers): void {
  app.route({
    method: 'GET',
    url: '/api/channels/:channel/messages',
    schema: {
      summary: 'Messages of a channel, oldest first; `before` pages back',
      params: channelParams,
      querystring: z.object({
        limit: queryNumber({ min: 1, max: MESSAGES_MAX }).prefault(50),
        before: seqQuery.prefault(Number.MAX_SAFE_INTEGER),
      }),
      response: { 200: z.object({ messages: z.array(record) }), ...FAULT_RESPONSES },
    },
    handler: async (request) => {
      const room = await open.room(request.params.channel)
      const { before, limit } = request.query
      return { messages: (await room.page(before, limit)).map(parseRecord) }
    },
  })
}

function addThreads(app: ApiApp, open: Openers): void {
  app.route({
    method: 'GET',
    url: '/api/channels/:channel/messages/:message_id/thread',
    schema: {
      summary:
        'A thread, by any message in it, oldest first; `after` goes on where `next_after` says',
      params: channelParams.extend({ message_id: z.string().min(8).max(40) }),
      querystring: z.object({
        limit: queryNumber({ min: 1, max: MESSAGES_MAX }).prefault(50),
        after: seqQuery.optional(),
      }),
      response: {
        200: z.object({ messages: z.array(record), next_after: z.number().nullable() }),
        ...FAULT_RESPONSES,
      },
    },
    handler: async (request) => {
      const room = await open.room(request.params.channel)
      const { limit, after = null } = request.query
      const page = await room.thread(request.params.message_id, after, limit)
      if (page === null) throw new ViblyError('chat.message-missing')
      return {
        messages: page.shown.map(({ bytes }) => parseRecord(bytes)),
        next_after: page.nextAfter,
      }
    },
  })
}

function addExport(app: ApiApp, open: Openers): void {
  app.route({
    method: 'GET',
    url: '/api/channels/:channel/chat/export',
    schema: {
      summary:
        'Everything said in a channel, as one JSON array or as lines of text: its owner only',
      ...SIGNED_IN,
      params: channelParams,
      querystring: z.object({ format: z.enum(['json', 'text']).default('json') }),
      response: {
        200: {
          description: 'a file to save',
          content: {
            // A stream, whatever its pieces are.
            'application/json': { schema: z.unknown().meta({ type: 'array', items: RECORD }) },
            'text/plain': { schema: z.string() },
          },
        },
        ...FAULT_RESPONSES,
      },
    },
    handler: async (request, reply) => {
      const room = await open.ownRoom(request, request.params.channel)
      const { format } = request.query
      const { type, extension, write } = EXPORTS[format]
      const name = `chat-${room.channelId}.${extension}`
      reply.header('content-type', type)
      reply.header('content-disposition', `attachment; filename="${name}"`)
      return reply.send(Readable.from(write(room)))
    },
  })
}

const EXPORTS = {
  json: { type: 'application/json; charset=utf-8', extension: 'json', write: exportJson },
  text: { type: 'text/plain; charset=utf-8', extension: 'txt', write: exportText },
} as const

/** One array, one record a line, as the file on disk. */
async function* exportJson(room: Room): AsyncGenerator<string> {
  let separator = '[\n'
  for await (const page of exportPages(room)) {
    yield separator + page.map((bytes) => Buffer.from(bytes).toString('utf8')).join(',\n')
    separator = ',\n'
  }
  yield separator === ',\n' ? '\n]\n' : '[]\n'
}

async function* exportText(room: Room): AsyncGenerator<string> {
  for await (const page of exportPages(room)) {
    yield page.map((bytes) => `${formatLine(parseRecord(bytes))}\n`).join('')
  }
}

/** Oldest first. The reader sets the pace, since a page is read when the one before was taken. */
async function* exportPages(room: Room): AsyncGenerator<readonly Uint8Array[]> {
  for (let after: number | null = 0; after !== null; ) {
    const page = await room.pageAfter(after, EXPORT_COUNT)
    if (page.shown.length > 0) yield page.shown.map(({ bytes }) => bytes)
    after = page.nextAfter
  }
}

function formatLine(one: Record<string, unknown>): string {
  const user = z.object({ user: z.object({ username: z.string() }) }).safeParse(one)
  const isAction = one['kind'] === 'action'
  const said = user.success ? user.data.user.username : null
  const name = said === null ? '*' : isAction ? `* ${said}` : `<${said}>`
  return `${String(one['created_at'])} ${name} ${String(one['content'])}`
}

function addReplay(app: ApiApp, context: ApiContext, open: Openers): void {
  app.route({
    method: 'GET',
    url: '/api/broadcasts/:id/messages',
    schema: {
      summary:
        'What was said during a broadcast, oldest first, each with its time since the start in ms; ' +
        '`from_ms` begins later, `after` goes on where `next_after` says',
      ...MAYBE_SIGNED_IN,
      params: z.object({ id: z.string().max(40) }),
      querystring: z.object({
        limit: queryNumber({ min: 1, max: REPLAY_MAX }).prefault(200),
        from_ms: queryNumber({ min: 0, max: Number.MAX_SAFE_INTEGER }).prefault(0),
        after: seqQuery.optional(),
      }),
      response: {
        200: z.object({
          messages: z.array(z.object({ offset_ms: z.number(), message: record })),
          next_after: z.number().nullable(),
        }),
        ...FAULT_RESPONSES,
      },
    },
    handler: async (request) => {
      const facts = await findReadable(context, request, request.params.id)
      const { limit, from_ms, after } = request.query
      const room = await open.room(facts.channelId)
      const startMs = Date.parse(facts.startedAt)
      const endMs = facts.endedAt === null ? Number.POSITIVE_INFINITY : Date.parse(facts.endedAt)
      const begin = after ?? (await room.seqBefore(startMs + from_ms))
      const { shown, nextAfter } = await room.pageAfter(begin, limit)
      const during = shown.filter(({ atMs }) => atMs >= startMs + from_ms && atMs <= endMs)
      const isOver = shown.some(({ atMs }) => atMs > endMs)
      return {
        messages: during.map(({ bytes, atMs }) => ({
          offset_ms: atMs - startMs,
          message: parseRecord(bytes),
        })),
        next_after: isOver ? null : nextAfter,
      }
    },
  })
}

function parseRecord(bytes: Uint8Array): Record<string, unknown> {
  return record.parse(parseJson(bytes))
}
