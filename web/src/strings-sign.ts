import { translated } from './language.ts'

/** The sentences of signing in and signing up. */
const english = {
  inTitle: 'Sign in',
  inLead: 'Welcome back.',
  forgotten: 'Forgot your password? Whoever runs this server can give you a link for a new one.',
  upTitle: 'Create your channel',
  upLead: 'One account is one channel. It takes half a minute.',
  upRefused: {
    invite: 'New accounts are by invitation here. Whoever runs this server can give you a link.',
    closed: 'This server takes no new accounts. Whoever runs it can make one for you.',
  },
  email: 'Email',
  password: 'Password',
  passwordNote: 'At least 8 characters. A few random words are best.',
  username: 'Username',
  usernameNote: 'Your channel’s address: small letters, digits and _, 3 to 25.',
  displayName: 'Display name (optional)',
  inAction: 'Sign in',
  upAction: 'Create channel',
  busy: 'One moment…',
  toUp: 'New here?',
  toUpAction: 'Create a channel',
  toIn: 'Already have a channel?',
  toInAction: 'Sign in',
  adminTitle: 'Become the administrator',
  adminLead: 'This server has none yet. This account will run it.',
  adminAction: 'Create administrator',
  joinLead: 'You are invited. One account is one channel.',
  resetTitle: 'Choose a new password',
  resetLead: 'You are signed out everywhere; sign in with it afterwards.',
  resetAction: 'Set password',
  resetDone: 'Your new password is set. Sign in with it.',
}

export type SignText = typeof english

export const signText: SignText = translated('sign', english)
