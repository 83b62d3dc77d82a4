import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Client, Registration, SignIn } from '../../accounts/index.ts'
import { formatTime, Secret, ViblyError } from '../../base/index.ts'
import {
  firstAdminSchema,
  loginSchema,
  registerSchema,
  resetSchema,
  signInSchema,
  type WireRegister,
  type WireSignIn,
} from '../wire.ts'
import type { ApiApp, ApiContext } from './api-context.ts'
import { FAULT_RESPONSES, NO_CONTENT, SIGNED_IN } from './responses.ts'
import type { SessionCookies } from './session-cookies.ts'
import { wireUser } from './wire-forms.ts'

/** `/api/auth/...`: getting in, staying in, getting out. */
export function addAuthRoutes(app: ApiApp, context: ApiContext, cookies: SessionCookies): void {
  const { accounts, registrations, clock, logger } = context

  function welcome(reply: FastifyReply, signIn: SignIn): WireSignIn {
    reply.header('set-cookie', cookies.keep(signIn, clock.nowMs()))
    return wireSignIn(signIn)
  }

  app.route({
    method: 'POST',
    url: '/api/auth/register',
    schema: {
      summary: 'Make an account and sign in',
      body: registerSchema,
      response: { 201: signInSchema, ...FAULT_RESPONSES },
    },
    handler: async (request, reply) => {
      const { invite } = request.body
      const input = registrationOf(request.body)
      const token = invite === undefined ? null : new Secret(invite)
      const signIn = await registrations.register(input, token, clientOf(request))
      logger.info('registered', { userId: signIn.user.id, address: request.ip })
      return reply.status(201).send(welcome(reply, signIn))
    },
  })

  app.route({
    method: 'POST',
    url: '/api/auth/first-admin',
    schema: {
      summary: 'Become the first administrator by the link that the server printed, and sign in',
      body: firstAdminSchema,
      response: { 201: signInSchema, ...FAULT_RESPONSES },
    },
    handler: async (request, reply) => {
      const input = registrationOf(request.body)
      const token = new Secret(request.body.token)
      const signIn = await registrations.registerFirstAdmin(input, token, clientOf(request))
      logger.info('the first administrator', { userId: signIn.user.id, address: request.ip })
      return reply.status(201).send(welcome(reply, signIn))
    },
  })

  app.route({
    method: 'POST',
    url: '/api/auth/reset',
    schema: {
      summary: 'Set a new password by the link that an administrator gave; all sessions end',
      body: resetSchema,
      response: NO_CONTENT,
    },
    handler: async (request, reply) => {
      const { token, password } = request.body
      await registrations.resetByLink(new Secret(token), new Secret(password))
      logger.info('password set by a link', { address: request.ip })
      return reply.status(204).send()
    },
  })

  app.route({
    method: 'POST',
    url: '/api/auth/login',
    schema: {
      summary: 'Sign in',
      body: loginSchema,
      response: { 200: signInSchema, ...FAULT_RESPONSES },
    },
    handler: async (request, reply) => {
      const { email, password } = request.body
      const input = { email, password: new Secret(password) }
      const signIn = await accounts.login(input, clientOf(request))
      logger.info('signed in', { userId: signIn.user.id, address: request.ip })
      return welcome(reply, signIn)
    },
  })

  app.route({
    method: 'POST',
    url: '/api/auth/refresh',
    schema: {
      summary: 'Continue a sign-in by its refresh cookie, which is replaced',
      security: [{ refresh: [] }],
      response: { 200: signInSchema, ...FAULT_RESPONSES },
    },
    handler: async (request, reply) => {
      const token = cookies.refreshToken(request.headers)
      if (token === null) throw new ViblyError('accounts.unauthenticated')
      return welcome(reply, await accounts.refresh(token))
    },
  })

  app.route({
    method: 'POST',
    url: '/api/auth/logout',
    schema: {
      summary: 'Sign out at once, everywhere this sign-in is used',
      security: [...SIGNED_IN.security, { refresh: [] }],
      response: NO_CONTENT,
    },
    handler: async (request, reply) => {
      // Whatever comes of it, the browser shall forget: set before anything can fail.
      reply.header('set-cookie', cookies.forget())
      const sessionId = await sessionOf(request)
      await accounts.logout(sessionId)
      logger.info('signed out', { sessionId, address: request.ip })
      return reply.status(204).send()
    },
  })

  /**
   * The session to end: by the access token, else, since that one may just have expired, by
   * refresh. [W12]
   */
  async function sessionOf(request: FastifyRequest): Promise<string> {
    const refreshToken = cookies.refreshToken(request.headers)
    const isByCookie = request.headers.authorization === undefined && refreshToken !== null
    if (isByCookie && cookies.accessToken(request.headers) === null) {
      return (await accounts.refresh(refreshToken)).sessionId
    }
    return (await context.identify(request)).sessionId
  }
}

function registrationOf(body: WireRegister): Registration {
  const { email, username, password, display_name: displayName } = body
  return { email, username, password: new Secret(password), displayName }
}

function clientOf(request: FastifyRequest): Client {
  return { address: request.ip }
}

function wireSignIn({ accessToken, accessExpiresMs, user, streamKey }: SignIn): WireSignIn {
  return {
    token: accessToken,
    expires_at: formatTime(accessExpiresMs),
    user: wireUser(user),
    stream_key: streamKey.reveal(),
  }
}
