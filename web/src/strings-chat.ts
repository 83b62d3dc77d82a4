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
  purge: (name: string) => `Delete all messages of ${name}`,
  purged: (name: string) => `The messages of ${name} are gone.`,
  mod: (name: string) => `Make ${name} a moderator`,
  unmod: (name: string) => `Dismiss ${name} as moderator`,
  modded: (name: string) => `${name} is a moderator now.`,
  unmodded: (name: string) => `${name} is no moderator any more.`,
  unban: (name: string) => `Let ${name} write again`,
  unbanned: (name: string) => `${name} can write again.`,
  done: 'Done.',
  usage: (usage: string) => `Not understood. ${usage}`,
  nobody: (name: string) => `There is nobody called ${name}.`,
  completions: 'Suggestions',
  searchEmoji: 'Search emoji',
  people: 'Moderators and silenced people',
  moderators: 'Moderators',
  noModerators: 'Nobody beside the owner.',
  silenced: 'Silenced',
  noSilenced: 'Nobody.',
  forGood: 'for good',
  until: (time: string) => `until ${time}`,
  letWrite: 'Let write',
  remove: 'Remove',
  steps: 'What moderators did',
  noSteps: 'Nothing yet.',
  step: (action: string) =>
    ({
      delete: 'deleted a message',
      purge: 'deleted all messages of somebody',
      timeout: 'silenced somebody for a time',
      ban: 'banned somebody',
      unban: 'let somebody write again',
      'moderator-add': 'named a moderator',
      'moderator-remove': 'dismissed a moderator',
      settings: 'changed the settings',
      held: 'wrote what waits for a decision',
      approve: 'let a message through',
      reject: 'refused a message',
    })[action] ?? action,
  emotes: 'Emotes of the channel',
  emoteName: 'Name',
  emoteNameHelp: '2 to 32 small letters, digits or _',
  emotePicture: 'Picture (PNG, WebP or GIF, up to 256 KiB)',
  addEmote: 'Add emote',
  removeEmote: (name: string) => `Remove ${name}`,
  exportText: 'Take the whole chat away as text',
  exportJson: 'Take the whole chat away as JSON',
  followedFor: 'Following for at least',
  accountAge: 'Account at least so old',
  switches: {
    unique_messages: 'Each message once',
    emotes_only: 'Emotes only',
    links_off: 'No links',
  },
  blockedWords: 'Blocked words',
  blockedHelp: 'One a line. * stands for any letters.',
  holdBlocked: 'Let moderators decide on messages with blocked words',
  span: (seconds: number) => {
    if (seconds === 0) return 'Any time'
    const [count, unit] =
      seconds < 3_600
        ? [seconds / 60, 'minute']
        : seconds < 86_400
          ? [seconds / 3_600, 'hour']
          : [seconds / 86_400, 'day']
    return `${Math.round(count)} ${unit}${Math.round(count) === 1 ? '' : 's'}`
  },
}

export type ChatText = typeof english

export const chatText: ChatText = translated('chat', english)
