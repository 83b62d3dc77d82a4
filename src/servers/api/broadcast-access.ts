import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyRequest } from 'fastify'
import type { Identity } from '../../accounts/index.ts'
import { type BroadcastId, isId, ViblyError } from '../../base/index.ts'
import type { ApiContext, BroadcastFacts } from './api-context.ts'
import { assertOwner } from './channel-routes.ts'
import { isOwner } from './identify.ts'

/**
 * A broadcast for whoever asks. One that is private is not there for others. [W38]
 *
 * @throws ViblyError `live.broadcast-not-found`
 */
export async function findReadable(
  context: Pick<ApiContext, 'live' | 'findReader'>,
  request: { readonly headers: IncomingHttpHeaders },
  id: string,
): Promise<BroadcastFacts> {
  const facts = await find(context, id)
  if (facts.visibility !== 'private') return facts
  if (!isOwner(await context.findReader(request), facts.channelId)) throw notFound()
  return facts
}

/**
 * A broadcast for its owner or an admin to change. [W22]
 *
 * @throws ViblyError `accounts.unauthenticated`, `http.forbidden`, `live.broadcast-not-found`.
 */
export async function findOwn(
  context: Pick<ApiContext, 'live' | 'identify'>,
  request: FastifyRequest,
  id: string,
): Promise<{ readonly facts: BroadcastFacts; readonly identity: Identity }> {
  const identity = await context.identify(request)
  const facts = await find(context, id)
  if (facts.visibility === 'private' && !isOwner(identity, facts.channelId)) throw notFound()
  assertOwner(identity, facts.channelId)
  return { facts, identity }
}

async function find({ live }: Pick<ApiContext, 'live'>, id: string): Promise<BroadcastFacts> {
  const facts = isId<BroadcastId>(id) ? await live.broadcast(id) : null
  if (facts === null) throw notFound()
  return facts
}

function notFound(): ViblyError {
  return new ViblyError('live.broadcast-not-found')
}
