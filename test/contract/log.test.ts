import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FILE_LOG_DEFAULTS, openFileLog } from '../../src/adapters/index.ts'
import { systemClock } from '../../src/base/index.ts'
import { MemoryDisk } from '../support/memory-disk.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { testLog } from './log.ts'

const deps = { clock: systemClock, logger: silentLogger }

testLog('file log', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'vibly-log-'))
  return () => openFileLog(deps, { ...FILE_LOG_DEFAULTS, directory, prefix: 'chat_' })
})

testLog('file log with small files, few handles and few topics', async () => {
  const disk = new MemoryDisk()
  return () =>
    openFileLog(
      { ...deps, disk },
      {
        ...FILE_LOG_DEFAULTS,
        directory: '/data',
        prefix: 'chat_',
        fileBytesMax: 20_000,
        openFilesMax: 2,
        topicsMax: 4,
      },
    )
})
