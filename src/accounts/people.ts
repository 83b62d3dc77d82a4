import { z } from 'zod'
import { type Secret, type UserId, ViblyError } from '../base/index.ts'
import { cleanLine } from './limited-text.ts'
import { checkPassword } from './passwords/index.ts'
import type { UserRecord } from './records/index.ts'
import { isReservedName } from './reserved-names.ts'

export const DISPLAY_NAME_CHARACTERS_MAX = 50
/** RFC 5321 §4.5.3.1.3: a path of 256 octets, less its two brackets. */
export const EMAIL_CHARACTERS_MAX = 254
const USERNAME_PATTERN = /^[a-z0-9_]{3,25}$/

/** A person as others in the product may see them: no hash, no key. */
export interface User {
  readonly id: UserId
  readonly email: string
  readonly username: string
  readonly displayName: string
  readonly role: 'user' | 'admin'
  readonly isDisabled: boolean
  /** ISO 8601. */
  readonly createdAt: string
}

/**
 * What someone types to get an account. Read field by field: anything else in it is ignored. [W27]
 */
export interface Registration {
  readonly email: string
  readonly username: string
  readonly password: Secret
  /** Absent or empty: the username as typed. */
  readonly displayName?: string | undefined
}

/** What people may change of themselves without their password. */
export interface UserChange {
  readonly displayName?: string | undefined
}

/** What is known of a user, without password and keys. */
export function userOf(record: UserRecord): User {
  return {
    id: record.id,
    email: record.email,
    username: record.username,
    displayName: record.display_name,
    role: record.role,
    isDisabled: record.disabled_at !== null,
    createdAt: record.created_at,
  }
}

/**
 * The fields of a registration in the form that is stored.
 *
 * @throws ViblyError `accounts.email-invalid`, `accounts.username-invalid`,
 *   `accounts.display-name-invalid`, `accounts.password-length`, `accounts.password-common`
 */
export function parseRegistration(
  input: Registration,
): Pick<UserRecord, 'email' | 'username' | 'display_name'> {
  const email = parseEmail(input.email)
  const username = parseUsername(input.username)
  const display_name = parseDisplayName(input.displayName?.trim() || input.username)
  checkPassword(input.password, [email, username, display_name])
  return { email, username, display_name }
}

/** Trimmed, otherwise as typed: people may care for capitals. Compared by `emailKey`. */
export function parseEmail(text: string): string {
  const email = text.trim()
  if (email.length > EMAIL_CHARACTERS_MAX || !z.email().safeParse(email).success) {
    throw new ViblyError('accounts.email-invalid')
  }
  return email
}

/** What two spellings of one address share. */
export function emailKey(text: string): string {
  return text.trim().toLowerCase()
}

/** Lower case always, so that `Bob` and `bob` are one. */
export function parseUsername(text: string): string {
  const username = text.trim().toLowerCase()
  if (!USERNAME_PATTERN.test(username) || isReservedName(username)) {
    throw new ViblyError('accounts.username-invalid')
  }
  return username
}

/**
 * One line, cleaned, of 1 to 50 characters.
 *
 * @throws ViblyError `accounts.display-name-invalid`.
 */
export function parseDisplayName(text: string): string {
  // Cleaning only shortens, so a limit far above ours bounds the work and ours is told in its
  // words.
  const name = cleanLine('display name', text.slice(0, 1000), 1000)
  const characters = [...name].length
  if (characters < 1 || characters > DISPLAY_NAME_CHARACTERS_MAX) {
    throw new ViblyError('accounts.display-name-invalid', {
      charactersMax: DISPLAY_NAME_CHARACTERS_MAX,
    })
  }
  return name
}
