import type { SignText } from '../strings-sign.ts'

export const sign: SignText = {
  inTitle: 'Anmelden',
  inLead: 'Willkommen zurück.',
  forgotten:
    'Passwort vergessen? Wer diesen Server betreibt, kann dir einen Link für ein neues geben.',
  upTitle: 'Deinen Kanal anlegen',
  upLead: 'Ein Konto ist ein Kanal. Es dauert eine halbe Minute.',
  upRefused: {
    invite:
      'Neue Konten gibt es hier auf Einladung. Wer diesen Server betreibt, kann dir einen Link geben.',
    closed: 'Dieser Server nimmt keine neuen Konten an. Wer ihn betreibt, kann dir eines anlegen.',
  },
  email: 'E-Mail',
  password: 'Passwort',
  passwordNote: 'Mindestens 8 Zeichen. Am besten ein paar zufällige Wörter.',
  username: 'Benutzername',
  usernameNote: 'Die Adresse deines Kanals: Kleinbuchstaben, Ziffern und _, 3 bis 25.',
  displayName: 'Anzeigename (freiwillig)',
  inAction: 'Anmelden',
  upAction: 'Kanal anlegen',
  busy: 'Einen Moment …',
  toUp: 'Neu hier?',
  toUpAction: 'Kanal anlegen',
  toIn: 'Du hast schon einen Kanal?',
  toInAction: 'Anmelden',
  adminTitle: 'Administrator werden',
  adminLead: 'Dieser Server hat noch keinen. Dieses Konto wird ihn verwalten.',
  adminAction: 'Administrator anlegen',
  joinLead: 'Du bist eingeladen. Ein Konto ist ein Kanal.',
  resetTitle: 'Neues Passwort wählen',
  resetLead: 'Du wirst überall abgemeldet; melde dich danach damit an.',
  resetAction: 'Passwort setzen',
  resetDone: 'Dein neues Passwort gilt. Melde dich damit an.',
}
