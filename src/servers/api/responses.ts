import { z } from 'zod'
import { errorSchema } from '../wire.ts'

/** The answers every route may give beside its own. */
export const FAULT_RESPONSES = { '4xx': errorSchema, '5xx': errorSchema } as const

export const NO_CONTENT = {
  204: z.undefined(),
  ...FAULT_RESPONSES,
} as const

const BEARER_OR_COOKIE = [{ bearer: [] }, { cookie: [] }] as const

/** For OpenAPI: a route that wants to know who asks, by Bearer or by the cookie of a sign-in. */
export const SIGNED_IN = { security: [...BEARER_OR_COOKIE] }

/** For OpenAPI: a route for all, which tells or finds more for those who are signed in. */
export const MAYBE_SIGNED_IN = { security: [{}, ...BEARER_OR_COOKIE] }
