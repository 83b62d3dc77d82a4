import { z } from 'zod'
import type { Identity, Ticket, User } from '../../accounts/index.ts'
import { type UserId, ViblyError } from '../../base/index.ts'
import {
  adminUserChangeSchema,
  adminUserListSchema,
  adminUserSchema,
  inviteLinkSchema,
  inviteWishSchema,
  linkSchema,
  pageSchema,
  registrationChangeSchema,
  registrationSchema,
  type WireAdminUser,
  type WireInvite,
} from '../wire.ts'
import { asUserId } from './admin-access.ts'
import { addAdminServerRoutes } from './admin-server-routes.ts'
import type { ApiApp, ApiContext } from './api-context.ts'
import { formatCursor, parseCursor } from './cursor.ts'
import { FAULT_RESPONSES, NO_CONTENT, SIGNED_IN } from './responses.ts'
import { wireUser } from './wire-forms.ts'

const DAY_MS = 86_400_000
const userParams = z.object({ id: z.string().max(40) })

/** `/api/admin/...`: for administrators alone. [W22] */
export function addAdminRoutes(app: ApiApp, context: ApiContext): void {
  addUserRoutes(app, context)
  addRegistrationRoutes(app, context)
  addAdminServerRoutes(app, context)
}

function addUserRoutes(app: ApiApp, context: ApiContext): void {
  const { accounts, registrations, live, logger } = context

  const wireAdminUser = (user: User): WireAdminUser => ({
    ...wireUser(user),
    disabled: user.isDisabled,
    live: live.onAir().includes(user.id),
  })

  app.route({
    method: 'GET',
    url: '/api/admin/users',
    schema: {
      summary: 'Users, in the order of registration; with q those whose name or email has it',
      ...SIGNED_IN,
      querystring: pageSchema.extend({ q: z.string().max(100).default('') }),
      response: { 200: adminUserListSchema, ...FAULT_RESPONSES },
    },
    handler: async (request) => {
      await context.identifyAdmin(request)
      const { q, cursor, limit } = request.query
      const after = parseCursor<UserId>(cursor)?.id ?? null
      const { users, next } = await accounts.users.search(q, after, limit)
      return {
        users: users.map(wireAdminUser),
        next_cursor: next === null ? null : formatCursor({ rank: 0, id: next }),
      }
    },
  })

  app.route({
    method: 'PATCH',
    url: '/api/admin/users/:id',
    schema: {
      summary: 'Disable a user (sessions, sockets and broadcast end at once), enable, set the role',
      ...SIGNED_IN,
      params: userParams,
      body: adminUserChangeSchema,
      response: { 200: adminUserSchema, ...FAULT_RESPONSES },
    },
    handler: async (request) => {
      const admin = await context.identifyAdmin(request)
      const id = asUserId(request.params.id)
      const { role, disabled } = request.body
      // Whoever runs the server must not lock themselves out by a slip.
      if (admin.userId === id && (role === 'user' || disabled === true)) {
        throw new ViblyError('accounts.own-account')
      }
      if (disabled === true) await accounts.disableUser(id)
      if (disabled === false) await accounts.enableUser(id)
      if (role !== undefined) await accounts.setRole(id, role)
      const user = await accounts.users.get(id)
      if (user === null) throw new ViblyError('accounts.not-found')
      note('user changed', admin, { changedUserId: id, ...request.body })
      return wireAdminUser(user)
    },
  })

  app.route({
    method: 'POST',
    url: '/api/admin/users/:id/reset-link',
    schema: {
      summary: 'A link by which a user sets a new password, once, within a day; told this once',
      ...SIGNED_IN,
      params: userParams,
      response: { 201: linkSchema, ...FAULT_RESPONSES },
    },
    handler: async (request, reply) => {
      const admin = await context.identifyAdmin(request)
      const id = asUserId(request.params.id)
      const { token, expiresAt } = await registrations.offerReset(id)
      note('reset link made', admin, { changedUserId: id })
      // Behind the #: browsers send it to nobody, so it is in no log.
      return reply.status(201).send({ path: `/reset#${token.reveal()}`, expires_at: expiresAt })
    },
  })

  function note(what: string, { userId }: Identity, facts: object): void {
    logger.info(what, { userId, ...facts })
  }
}

function addRegistrationRoutes(app: ApiApp, context: ApiContext): void {
  const { registrations, logger } = context

  const tell = async () => ({
    registration: await registrations.mode(),
    invites: (await registrations.tickets.list('invite')).map(wireInvite),
  })

  app.route({
    method: 'GET',
    url: '/api/admin/registration',
    schema: {
      summary: 'Who may sign up, and the invitations that are still good',
      ...SIGNED_IN,
      response: { 200: registrationSchema, ...FAULT_RESPONSES },
    },
    handler: async (request) => {
      await context.identifyAdmin(request)
      return await tell()
    },
  })

  app.route({
    method: 'PUT',
    url: '/api/admin/registration',
    schema: {
      summary: 'Choose who may sign up: everyone, whoever has an invitation, nobody',
      ...SIGNED_IN,
      body: registrationChangeSchema,
      response: { 200: registrationSchema, ...FAULT_RESPONSES },
    },
    handler: async (request) => {
      const { userId } = await context.identifyAdmin(request)
      const { registration } = request.body
      await registrations.setMode(registration)
      logger.info('registration changed', { userId, registration })
      return await tell()
    },
  })

  app.route({
    method: 'POST',
    url: '/api/admin/invites',
    schema: {
      summary: 'An invitation good for so many people and days; its link is told this once',
      ...SIGNED_IN,
      body: inviteWishSchema,
      response: { 201: inviteLinkSchema, ...FAULT_RESPONSES },
    },
    handler: async (request, reply) => {
      const { userId } = await context.identifyAdmin(request)
      const { uses, days, note } = request.body
      const wish = { kind: 'invite', usesMax: uses, lifeMs: days * DAY_MS, note } as const
      const { token, ticket } = await registrations.tickets.create(wish)
      logger.info('invitation made', { userId, ticketId: ticket.id, uses, days })
      const path = `/join#${token.reveal()}`
      return reply
        .status(201)
        .send({ path, expires_at: ticket.expiresAt, invite: wireInvite(ticket) })
    },
  })

  app.route({
    method: 'DELETE',
    url: '/api/admin/invites/:id',
    schema: {
      summary: 'Revoke an invitation',
      ...SIGNED_IN,
      params: userParams,
      response: NO_CONTENT,
    },
    handler: async (request, reply) => {
      await context.identifyAdmin(request)
      const isRevoked = await registrations.tickets.revoke('invite', request.params.id)
      if (!isRevoked) throw new ViblyError('accounts.ticket-missing')
      return reply.status(204).send()
    },
  })
}

function wireInvite(ticket: Ticket): WireInvite {
  return {
    id: ticket.id,
    note: ticket.note,
    uses_left: ticket.usesLeft,
    uses_max: ticket.usesMax,
    created_at: ticket.createdAt,
    expires_at: ticket.expiresAt,
  }
}
