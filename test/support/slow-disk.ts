// Loaded before the server's own code (`node --import`): every write and sync takes half a second
// longer, as on a disk that is worn out. Calls that wait for the disk block the process meanwhile,
// which is what a test looks for; all others are only late.
import fs from 'node:fs'
import { open } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'

const DELAY_MS = 500
const HANDLE_CALLS = ['write', 'writev', 'writeFile', 'appendFile', 'sync', 'datasync'] as const
const BLOCKING_CALLS = [
  'writeSync',
  'writevSync',
  'writeFileSync',
  'appendFileSync',
  'fsyncSync',
] as const

const blocker = new Int32Array(new SharedArrayBuffer(4))

const handle = await open('/dev/null', 'r')
const prototype: object = Object.getPrototypeOf(handle)
await handle.close()
for (const name of HANDLE_CALLS) {
  const call: unknown = Reflect.get(prototype, name)
  if (typeof call !== 'function') continue
  Reflect.set(prototype, name, async function (this: unknown, ...args: unknown[]) {
    await sleep(DELAY_MS)
    return await Reflect.apply(call, this, args)
  })
}
for (const name of BLOCKING_CALLS) {
  const call: (...args: never[]) => unknown = fs[name]
  Reflect.set(fs, name, (...args: unknown[]) => {
    // Standard output is a pipe, not the disk.
    const isDisk = args[0] !== 1 && args[0] !== 2
    if (isDisk) Atomics.wait(blocker, 0, 0, DELAY_MS)
    return Reflect.apply(call, fs, args)
  })
}
syncBuiltinESMExports()
