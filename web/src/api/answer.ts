import type { ApiError } from './client.ts'

/** What is known of something that the server was asked for. */
export type Answer<T> =
  | { readonly phase: 'loading' }
  | { readonly phase: 'ready'; readonly value: T }
  | { readonly phase: 'failed'; readonly error: ApiError }
