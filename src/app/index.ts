/**
 * Joins all parts. The only module that knows which adapter stands behind a port.
 */
export { makeFolder } from '../adapters/index.ts'
export { type App, type Machine, startApp } from './app.ts'
export { openMedia } from './broadcasts.ts'
export { openPeople } from './people.ts'
