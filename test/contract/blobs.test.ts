import { join } from 'node:path'
import { openDiskBlobs } from '../../src/adapters/index.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testBlobs } from './blobs.ts'

for (const isSynced of [true, false]) {
  testBlobs(`disk blobs, ${isSynced ? 'synced' : 'not synced'}`, async () => {
    return await openDiskBlobs(join(await temporaryFolder(), 'media'), { isSynced })
  })
}
