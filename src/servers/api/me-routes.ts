import type { Accounts, Identity, User } from '../../accounts/index.ts'
import { Secret, ViblyError } from '../../base/index.ts'
import {
  healthSchema,
  meChangeSchema,
  streamKeySchema,
  userSchema,
  type WireMeChange,
} from '../wire.ts'
import type { ApiApp, ApiContext } from './api-context.ts'
import { FAULT_RESPONSES, NO_CONTENT, SIGNED_IN } from './responses.ts'
import { wireHealth, wireUser } from './wire-forms.ts'

/**
 * `/api/me...`: what is one's own. No id is taken from the request, so nobody else's can be meant.
 * [W22]
 */
export function addMeRoutes(app: ApiApp, context: ApiContext): void {
  const { accounts, live, logger } = context

  app.route({
    method: 'GET',
    url: '/api/me',
    schema: {
      summary: 'The signed-in user',
      ...SIGNED_IN,
      response: { 200: userSchema, ...FAULT_RESPONSES },
    },
    handler: async (request) => wireUser(await userOf(await context.identify(request))),
  })

  app.route({
    method: 'PATCH',
    url: '/api/me',
    schema: {
      summary: 'Change what others see of the signed-in user',
      ...SIGNED_IN,
      body: meChangeSchema,
      response: { 200: userSchema, ...FAULT_RESPONSES },
    },
    handler: async (request) => {
      const identity = await context.identify(request)
      await changeCredentials(accounts, identity, request.body)
      const { display_name: displayName } = request.body
      return wireUser(await accounts.updateUser(identity.userId, { displayName }))
    },
  })

  app.route({
    method: 'DELETE',
    url: '/api/me/sessions',
    schema: {
      summary: 'Sign out everywhere, here too: every session of the signed-in user ends at once',
      ...SIGNED_IN,
      response: NO_CONTENT,
    },
    handler: async (request, reply) => {
      const { userId } = await context.identify(request)
      await accounts.logoutEverywhere(userId)
      logger.info('signed out everywhere', { userId, address: request.ip })
      return reply.status(204).send()
    },
  })

  app.route({
    method: 'GET',
    url: '/api/me/stream-key',
    schema: {
      summary: 'The stream key of the signed-in user',
      ...SIGNED_IN,
      response: { 200: streamKeySchema, ...FAULT_RESPONSES },
    },
    handler: async (request) => {
      const { userId } = await context.identify(request)
      return { stream_key: (await accounts.streamKey(userId)).reveal() }
    },
  })

  app.route({
    method: 'POST',
    url: '/api/me/stream-key',
    schema: {
      summary: 'Replace the stream key; a publisher with the old one is cut',
      ...SIGNED_IN,
      response: { 200: streamKeySchema, ...FAULT_RESPONSES },
    },
    handler: async (request) => {
      const { userId } = await context.identify(request)
      const key = await accounts.rotateStreamKey(userId)
      logger.info('stream key replaced', { userId, address: request.ip })
      return { stream_key: key.reveal() }
    },
  })

  app.route({
    method: 'GET',
    url: '/api/me/health',
    schema: {
      summary: 'How the broadcast of the signed-in user is doing; status tells when there is none',
      ...SIGNED_IN,
      response: { 200: healthSchema, ...FAULT_RESPONSES },
    },
    handler: async (request) => {
      const { userId } = await context.identify(request)
      return wireHealth(live.health(userId))
    },
  })

  async function userOf({ userId }: Identity): Promise<User> {
    const user = await accounts.users.get(userId)
    if (user === null) throw new ViblyError('accounts.unauthenticated')
    return user
  }
}

/**
 * Changes email or password of someone who gives the current password with it. One at a time: two
 * changes of which the second is refused would leave it unclear which one holds.
 */
async function changeCredentials(
  accounts: Accounts,
  { userId, sessionId }: Identity,
  change: WireMeChange,
): Promise<void> {
  const { email, password, current_password: current } = change
  if (email === undefined && password === undefined) return
  if (email !== undefined && password !== undefined) {
    throw new ViblyError('http.invalid', { faults: 'email and password: change one at a time' })
  }
  if (current === undefined) {
    throw new ViblyError('http.invalid', { faults: 'current_password: needed for this change' })
  }
  const currentPassword = new Secret(current)
  if (email !== undefined) await accounts.changeEmail(userId, { email, currentPassword })
  if (password !== undefined) {
    const next = { currentPassword, password: new Secret(password), sessionId }
    await accounts.changePassword(userId, next)
  }
}
