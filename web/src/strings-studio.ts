import { translated } from './language.ts'

/** The sentences of the studio. */
const english = {
  documentTitle: 'Studio · Vibly',
  title: 'Studio',
  loading: 'Loading your studio',
  setupTitle: 'Connect your encoder',
  setupLead: 'In OBS, open Settings → Stream and enter these two values.',
  server: 'Server',
  streamKey: 'Stream key',
  keyNote: 'Anyone with this key can stream as you. Never show it on screen.',
  reveal: 'Show',
  hide: 'Hide',
  copy: 'Copy',
  copied: 'Copied',
  copyFailed: 'Press Ctrl+C to copy',
  copyServer: 'Copy server address',
  copyKey: 'Copy stream key',
  revealKey: 'Show stream key',
  hideKey: 'Hide stream key',
  rotate: 'Make a new key',
  rotateTitle: 'Make a new stream key?',
  rotateText:
    'The old key stops working at once. If you are live, your broadcast is cut off until you put the new key into your encoder.',
  rotateConfirm: 'Make a new key',
  rotated: 'Your new key is ready. Put it into your encoder.',
  cancel: 'Cancel',
  steps: [
    'Service: choose “Custom…”.',
    'Paste the server address and the stream key.',
    'Output → Streaming: set the keyframe interval to 2 s, so that your picture reaches viewers without being encoded again.',
    'Press “Start Streaming”. Your channel goes live within seconds.',
  ],
  stepsTitle: 'How to set up OBS',
  channelTitle: 'Your channel',
  statusLive: 'You are live',
  statusOffline: 'You are offline',
  statusUnknown: 'Checking your channel',
  statusOfflineText: 'Start streaming in your encoder and this changes by itself.',
  statusPreview: 'Picture of your broadcast, seconds old',
  watchPage: 'Open your channel page',
  titleLabel: 'Broadcast title',
  titleNote: 'Shown on the home page and with your video.',
  save: 'Save title',
  saving: 'Saving…',
  saved: 'Saved',
}

export type StudioText = typeof english

export const studioText: StudioText = translated('studio', english)
