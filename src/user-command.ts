import { randomBytes } from 'node:crypto'
import type { Accounts } from './accounts/index.ts'
import { Secret, type UserId, ViblyError } from './base/index.ts'

export const USER_HELP = `vibly user create EMAIL USERNAME [--admin]   makes an account and prints its password
vibly user list                              one line each
vibly user reset-password USERNAME           prints a new password; all sessions end

No server may be running on the same data folder meanwhile.
`

const PAGE = 500

/**
 * Carries out `create`, `list` or `reset-password` and tells the result line by line.
 *
 * @throws ViblyError `command.invalid` for other words, `accounts.*` as the accounts say.
 */
export async function runUserCommand(
  words: readonly string[],
  options: { readonly isAdmin: boolean },
  accounts: Accounts,
  print: (line: string) => void,
): Promise<void> {
  const [action, first, second] = words
  if (action === 'create' && first !== undefined && second !== undefined) {
    const password = createPassword()
    const role = options.isAdmin ? 'admin' : 'user'
    const user = await accounts.createUser({ email: first, username: second, password }, role)
    print(`${user.username} (${role}) can sign in with the password ${password.reveal()}`)
  } else if (action === 'list' && first === undefined) {
    await listPeople(accounts, print)
  } else if (action === 'reset-password' && first !== undefined) {
    const user = await accounts.userByName(first)
    if (user === null) throw new ViblyError('accounts.not-found')
    const password = createPassword()
    await accounts.resetPassword(user.id, password)
    print(`${user.username} can sign in with the password ${password.reveal()}`)
  } else {
    const typed = ['user', ...words].join(' ')
    throw new ViblyError('command.invalid', { reason: `"${typed}" is not known` })
  }
}

async function listPeople(accounts: Accounts, print: (line: string) => void): Promise<void> {
  let after: UserId | null = null
  for (;;) {
    const page: Awaited<ReturnType<Accounts['listUsers']>> = await accounts.listUsers(after, PAGE)
    for (const user of page) {
      print([user.username, user.email, user.role, user.createdAt].join('\t'))
    }
    const last = page.at(-1)
    if (last === undefined) return
    after = last.id
  }
}

/** 120 random bits, to be changed at the first sign-in. */
function createPassword(): Secret {
  return new Secret(randomBytes(15).toString('base64url'))
}
