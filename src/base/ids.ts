import { createHash, randomBytes } from 'node:crypto'
import { inspect } from 'node:util'

declare const brand: unique symbol

/** A string that is one kind of id and no other. */
type Id<Kind extends string> = string & { readonly [brand]: Kind }

export type UserId = Id<'user'>
/** A channel belongs to one user and has that user's id. */
export type ChannelId = Id<'user'>
export type BroadcastId = Id<'broadcast'>
export type MessageId = Id<'message'>

/** CONTRACT: the shape of every id. */
const ID_PATTERN = /^[A-Za-z0-9_-]{8,40}$/

/** A fresh id of 120 random bits: 20 characters of base64url, so it fits URLs and file names. */
export function createId<Kind extends Id<string>>(): Kind {
  return randomBytes(15).toString('base64url') as Kind
}

/** Whether an outside value is a text with the shape of an id. It then is safe in a file name. */
export function isId<Kind extends Id<string>>(value: unknown): value is Kind {
  return typeof value === 'string' && ID_PATTERN.test(value)
}

/** SHA-256 in hexadecimal. Only for what is random: 112 bits or more need no slow hash. */
export function digestOf(random: string): string {
  return createHash('sha256').update(random).digest('hex')
}

/**
 * Something that must not be printed: a stream key, a password. Every way of turning it into text
 * gives `***`; only `reveal()` gives the value, so that a reader can find each place that does.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '***'
  }

  toJSON(): string {
    return '***'
  }

  [inspect.custom](): string {
    return '***'
  }
}
