import type { Faults } from './fault.ts'

/** Files: blobs, the data folder, logs, records. */
export const STORAGE_FAULTS = {
  'blobs.full': {
    http: 507,
    help: 'The disk is full: {key} was not stored. Make room on the server.',
  },
  'blobs.key-invalid': {
    http: 404,
    help: 'There is nothing at this address.',
  },
  'blobs.range-unsatisfiable': {
    http: 416,
    help: 'The part asked for lies behind the end: there are only {bytes} bytes.',
  },
  'blobs.unwritable': {
    http: 503,
    help: '{key} could not be stored ({reason}). Look at the disk and the rights of the data folder.',
  },
  'data-dir.locked': {
    help: 'Another Vibly (process {pid}) uses the data folder {dir}. Stop it, or give this one a folder of its own; if no Vibly runs, remove {file}.',
  },
  'data-dir.secret-damaged': {
    help: '{file} does not hold a secret that Vibly made. Put the right one back from a backup; without it no stream key can be shown again.',
  },
  'data-dir.secret-weak': {
    help: 'The secret that was given is too easy to guess. Give at least {charactersMin} random characters, for example from `openssl rand -hex 32`, or none at all: Vibly then makes one.',
  },
  'data-dir.unusable': {
    help: 'The data folder {dir} cannot be used ({reason}). It must be a folder that Vibly may write to.',
  },
  'log.busy': {
    http: 503,
    help: 'More messages wait for the disk than this server holds. Nothing was stored; send it again.',
  },
  'log.closed': {
    http: 503,
    help: 'The server is stopping. Nothing was stored; send it again in a few seconds.',
  },
  'log.damaged': {
    http: 500,
    help: '{bytes} bytes of {path} are damaged. What is whole is kept and served; restore the rest from a backup if you need it.',
  },
  'log.read-failed': {
    http: 503,
    ws: 4503,
    help: 'The stored messages cannot be read at this moment. Try again; the administrator finds the reason in the log.',
  },
  'log.read-only': {
    http: 503,
    help: 'This channel can be read but not written: its file could not be synced to disk. Nothing was stored; the server repairs it as soon as the disk works.',
  },
  'log.record-too-large': {
    http: 413,
    help: 'This message is too large to be stored. Shorten it.',
  },
  'log.topic-invalid': {
    http: 404,
    ws: 4004,
    help: 'There is no such channel. Check its address.',
  },
  'log.write-failed': {
    http: 507,
    help: 'The disk did not take this. Nothing was stored; send it again, and tell the administrator if it stays.',
  },
  'records.busy': {
    http: 503,
    ws: 4503,
    help: 'Too much is being saved at this moment. Try again in a few seconds.',
  },
  'records.closed': {
    http: 503,
    ws: 4503,
    help: 'The server is stopping and saves nothing more. Try again in a moment.',
  },
  'records.damaged': {
    help: '{file} cannot be used: {reason}. Nothing in it was changed. Mend it, or copy {backup} over it if that one is whole, then start again.',
  },
  'records.disk-full': {
    http: 507,
    ws: 4507,
    help: 'The disk is full: nothing was saved. Make room on the server and try again.',
  },
  'records.duplicate': {
    http: 409,
    help: 'There is a record with this {index} already.',
  },
  'records.uncertain': {
    http: 503,
    ws: 4503,
    help: '{file} was saved, but the disk does not promise to keep it ({reason}). Look at the disk, then make the change again.',
  },
  'records.unwritable': {
    http: 503,
    ws: 4503,
    help: '{file} could not be saved ({reason}). Nothing was changed; look at the disk and the rights of the data folder.',
  },
  'records.version-unknown': {
    help: '{file} has version {version}; this Vibly reads {versionMax} at most. Start the newer Vibly that wrote it; nothing was changed.',
  },
} as const satisfies Faults
