import { join } from 'node:path'
import { nodeFileSystem, openFileRecords } from '../../src/adapters/index.ts'
import { CrashDisk } from '../support/crash-disk.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testRecords } from './records.ts'
import { SAMPLES } from './samples.ts'

testRecords('file records', async () => {
  const path = join(await temporaryFolder(), 'samples.json')
  return () => openFileRecords(path, SAMPLES, { fileSystem: nodeFileSystem })
})

testRecords('file records on a disk in memory', async () => {
  const fileSystem = new CrashDisk()
  return () => openFileRecords('/data/samples.json', SAMPLES, { fileSystem })
})
