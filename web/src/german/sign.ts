import type { SignText } from '../strings-sign.ts'

export const sign: SignText = {
  inTitle: 'Anmelden',
  inLead: 'Willkommen zurück. Dein Studio ist einen Schritt entfernt.',
  upTitle: 'Deinen Kanal anlegen',
  upLead: 'Ein Konto ist ein Kanal. Es dauert eine halbe Minute.',
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
}
