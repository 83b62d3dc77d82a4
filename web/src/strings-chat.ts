import { translated } from './language.ts'

/** The sentences of what is opened in the chat now and then. */
const english = {
  delete: 'Delete message',
  messageDeleted: 'The message is deleted.',
  timeout: (seconds: number) => {
    if (seconds < 3_600) return `Silence for ${seconds / 60} min`
    return seconds < 86_400 ? `Silence for ${seconds / 3_600} h` : 'Silence for a day'
  },
  ban: (name: string) => `Ban ${name}`,
  banned: (name: string) => `${name} is banned and their messages are gone.`,
  timedOut: (name: string) => `${name} is silenced and their messages are gone.`,
  held: 'Waits for your decision:',
  approve: 'Allow',
  reject: 'Refuse',
  slowMode: 'Slow mode',
  slowChoice: (seconds: number) => (seconds === 0 ? 'Off' : `One message in ${seconds} s`),
  followersOnly: 'Only followers may write',
  save: 'Save',
  settingsSaved: 'The settings are saved.',
  thread: 'Thread',
  backToChat: 'Back to chat',
  threadStartGone: 'The first message was deleted or is no longer here.',
  messageOf: (name: string) => `Message of ${name}`,
  reply: 'Reply',
}

export type ChatText = typeof english

export const chatText: ChatText = translated('chat', english)
