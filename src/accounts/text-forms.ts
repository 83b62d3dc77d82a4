import { z } from 'zod'
import { DESCRIPTION_CHARACTERS_MAX, TITLE_CHARACTERS_MAX } from './channels.ts'
import { PASSWORD_CHARACTERS_MAX, PASSWORD_CHARACTERS_MIN } from './passwords/index.ts'
import { DISPLAY_NAME_CHARACTERS_MAX, EMAIL_CHARACTERS_MAX } from './people.ts'

/**
 * What is taken of each text, as far as JSON Schema can say it: for descriptions of what may be
 * sent. It says less than what is checked: reserved names and common passwords are refused, too.
 */
export const TEXT_FORMS = {
  email: { format: 'email', maxLength: EMAIL_CHARACTERS_MAX, pattern: z.regexes.email.source },
  // Capitals are taken and made small.
  username: { pattern: '^[A-Za-z0-9_]{3,25}$' },
  password: { minLength: PASSWORD_CHARACTERS_MIN, maxLength: PASSWORD_CHARACTERS_MAX },
  displayName: { maxLength: DISPLAY_NAME_CHARACTERS_MAX, pattern: '\\S' },
  title: { maxLength: TITLE_CHARACTERS_MAX },
  description: { maxLength: DESCRIPTION_CHARACTERS_MAX },
} as const
