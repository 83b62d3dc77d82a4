import { ViblyError } from '../../base/index.ts'

/** Whether a store refused to write, be it full or broken; then what is live need not stop. */
export function isStoreFault(thrown: unknown): thrown is ViblyError {
  return (
    thrown instanceof ViblyError &&
    (thrown.code === 'blobs.full' || thrown.code === 'blobs.unwritable')
  )
}
