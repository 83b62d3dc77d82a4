/** Which passwords are taken, how they are kept, and how often somebody may try. */
export { Attempts } from './attempts.ts'
export {
  checkPassword,
  PASSWORD_CHARACTERS_MAX,
  PASSWORD_CHARACTERS_MIN,
} from './password-rules.ts'
export { openPasswords, type PasswordOptions, Passwords } from './passwords.ts'
