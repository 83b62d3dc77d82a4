import type { Text } from '../strings.ts'
import type { AdminText } from '../strings-admin.ts'
import type { ChatText } from '../strings-chat.ts'
import type { SignText } from '../strings-sign.ts'
import type { StudioText } from '../strings-studio.ts'
import { admin } from './admin.ts'
import { chat } from './chat.ts'
import { sign } from './sign.ts'
import { studio } from './studio.ts'
import { text } from './text.ts'

/** One language: every sentence of every part of the catalogue. */
export interface German {
  readonly text: Text
  readonly chat: ChatText
  readonly studio: StudioText
  readonly sign: SignText
  readonly admin: AdminText
}

/** What the pages say in German. */
export const german: German = { text, chat, studio, sign, admin }
