import { randomBytes } from 'node:crypto'
import type { Accounts } from './accounts/index.ts'
import { assertNever, Secret, ViblyError } from './base/index.ts'

export const USER_HELP = `vibly user create EMAIL USERNAME [--admin]   makes an account and prints its password
vibly user list                              one line each
vibly user reset-password USERNAME           prints a new password; all sessions end

No server may be running on the same data folder meanwhile.
`

/** What `vibly user` was asked for. */
export type UserCommand =
  | { readonly action: 'create'; readonly email: string; readonly username: string }
  | { readonly action: 'list' }
  | { readonly action: 'reset-password'; readonly username: string }

/**
 * Reads the words behind `user`, before any file is looked at.
 *
 * @throws ViblyError `command.invalid` for all others.
 */
export function parseUserCommand(words: readonly string[]): UserCommand {
  const [action, first, second, ...more] = words
  if (action === 'create' && first !== undefined && second !== undefined && more.length === 0) {
    return { action, email: first, username: second }
  }
  if (action === 'list' && first === undefined) return { action }
  if (action === 'reset-password' && first !== undefined && second === undefined) {
    return { action, username: first }
  }
  const typed = ['user', ...words].join(' ')
  throw new ViblyError('command.invalid', { reason: `"${typed}" is not known` })
}

/**
 * Carries it out and tells the result line by line.
 *
 * @throws ViblyError `accounts.*` as the accounts say.
 */
export async function runUserCommand(
  command: UserCommand,
  options: { readonly isAdmin: boolean },
  accounts: Accounts,
  print: (line: string) => void,
): Promise<void> {
  switch (command.action) {
    case 'create': {
      const password = createPassword()
      const role = options.isAdmin ? 'admin' : 'user'
      const { email, username } = command
      const user = await accounts.createUser({ email, username, password }, role)
      print(`${user.username} (${role}) can sign in with the password ${password.reveal()}`)
      return
    }
    case 'list':
      await listPeople(accounts, print)
      return
    case 'reset-password': {
      const user = await accounts.users.byName(command.username)
      if (user === null) throw new ViblyError('accounts.not-found')
      const password = createPassword()
      await accounts.resetPassword(user.id, password)
      print(`${user.username} can sign in with the password ${password.reveal()}`)
      return
    }
    default:
      assertNever(command)
  }
}

async function listPeople(accounts: Accounts, print: (line: string) => void): Promise<void> {
  for await (const user of accounts.users.all()) {
    print([user.username, user.email, user.role, user.createdAt].join('\t'))
  }
}

/** 120 random bits, to be changed at the first sign-in. */
function createPassword(): Secret {
  return new Secret(randomBytes(15).toString('base64url'))
}
