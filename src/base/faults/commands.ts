import type { Faults } from './fault.ts'

/** Settings, and the commands beside serving. */
export const COMMANDS_FAULTS = {
  'check.not-a-playlist': {
    help: 'What is at {url} is no HLS playlist. Give the address of a multivariant or media playlist (.m3u8).',
  },
  'check.unreachable': {
    help: 'Nothing can be checked at {url}: {reason}. See that the address is right and the broadcast is live.',
  },
  'command.close-late': {
    help: 'Vibly could not close everything within its time and ended all the same. Look for what hung in the log above.',
  },
  'command.invalid': {
    help: 'The command cannot be understood: {reason}. Add --help to see what there is.',
  },
  'command.unknown': {
    help: 'There is no command "{command}". "npm run vibly -- --help" lists them.',
  },
  'config.invalid': {
    help: 'These settings cannot be used: {faults}',
  },
  'demo.ended': {
    help: 'The FFmpeg of the demo channel ended with {exitCode}: {lastWords}',
  },
} as const satisfies Faults
