import { z } from 'zod'
import { errorSchema } from '../wire.ts'

/** The answers every route may give beside its own. */
export const FAULT_RESPONSES = { '4xx': errorSchema, '5xx': errorSchema } as const

export const NO_CONTENT = {
  204: z.void().describe('done'),
  ...FAULT_RESPONSES,
} as const

/** For OpenAPI: a route that wants to know who asks, by Bearer or by the cookie of a sign-in. */
export const SIGNED_IN = { security: [{ bearer: [] }, { cookie: [] }] } as const
