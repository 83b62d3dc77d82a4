import { writeSync } from 'node:fs'
import { nodeFileSystem, openFileRecords } from '../../src/adapters/index.ts'
import { SAMPLES } from '../contract/samples.ts'

// A process that counts in a records file until it is killed, and says each number that is on disk.
const [, , path = ''] = process.argv
const records = await openFileRecords(path, SAMPLES, { fileSystem: nodeFileSystem })
for (;;) {
  const found = await records.get('counter')
  const next = Number(found?.value.colour ?? 0) + 1
  const isDone = await records.put(
    { id: 'counter', name: 'x'.repeat(next % 3000), colour: String(next) },
    found?.version ?? 0,
  )
  if (isDone) writeSync(1, `${next}\n`)
}
