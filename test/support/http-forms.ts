import {
  errorSchema,
  signInSchema,
  type WireError,
  type WireSignIn,
} from '../../src/servers/wire.ts'

/** An answer as what it must be; a shape that is not CONTRACT's fails the test here. */
export function wireSignIn(body: unknown): WireSignIn {
  return signInSchema.parse(body)
}

export function wireError(body: unknown): WireError['error'] {
  return errorSchema.parse(body).error
}
