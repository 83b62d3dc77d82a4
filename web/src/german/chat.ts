import type { ChatText } from '../strings-chat.ts'

export const chat: ChatText = {
  delete: 'Nachricht löschen',
  messageDeleted: 'Die Nachricht ist gelöscht.',
  timeout: (seconds: number) => {
    if (seconds < 3_600) return `${seconds / 60} min stummschalten`
    return seconds < 86_400 ? `${seconds / 3_600} h stummschalten` : 'Einen Tag stummschalten'
  },
  ban: (name: string) => `${name} sperren`,
  banned: (name: string) => `${name} ist gesperrt, alle Nachrichten sind entfernt.`,
  timedOut: (name: string) => `${name} ist stummgeschaltet, alle Nachrichten sind entfernt.`,
  held: 'Wartet auf deine Entscheidung:',
  approve: 'Zulassen',
  reject: 'Ablehnen',
  slowMode: 'Langsamer Chat',
  slowChoice: (seconds: number) => (seconds === 0 ? 'Aus' : `Eine Nachricht in ${seconds} s`),
  followersOnly: 'Nur wer folgt, darf schreiben',
  save: 'Speichern',
  settingsSaved: 'Die Einstellungen sind gespeichert.',
  thread: 'Unterhaltung',
  backToChat: 'Zurück zum Chat',
  threadStartGone: 'Die erste Nachricht wurde gelöscht oder ist nicht mehr hier.',
  messageOf: (name: string) => `Nachricht von ${name}`,
  reply: 'Antworten',
}
