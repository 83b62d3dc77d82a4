import type { Faults } from './fault.ts'

/** What any module may meet. */
export const BASE_FAULTS = {
  'base.bug': {
    http: 500,
    ws: 4500,
    help: 'Vibly made a mistake of its own. Try again; if it stays, report it with the request id.',
  },
  'bytes.out-of-range': {
    help: 'The data ended in the middle of a field.',
  },
} as const satisfies Faults
