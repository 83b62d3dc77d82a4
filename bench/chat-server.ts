import { monitorEventLoopDelay } from 'node:perf_hooks'
import { type Disk, systemDisk } from '../src/adapters/log/file-log-disk.ts'
import { startChatSite } from '../test/support/chat-site.ts'

/**
 * The chat as a process of its own that tells about itself: `chat-server.ts DIRECTORY [PORT]`.
 * Prints its port; answers every line of standard input with one line of JSON.
 */
const [directory = '.', port = '0'] = process.argv.slice(2)

let reads = 0
const disk: Disk = {
  ...systemDisk,
  open: async (path) => {
    const file = await systemDisk.open(path)
    if (file === null) return null
    return {
      ...file,
      read: async (offset, byteCount) => {
        reads += 1
        return await file.read(offset, byteCount)
      },
    }
  },
}
const site = await startChatSite({
  directory,
  port: Number(port),
  disk,
  chat: { limits: 'off' },
  server: { limits: 'off', commandsWaitingMax: 10_000 },
})
const delay = monitorEventLoopDelay({ resolution: 5 })
delay.enable()
process.stdin.on('data', () => {
  // The resolution is part of every sample, and no delay.
  const loopP99Ms = Math.max(0, delay.percentile(99) / 1e6 - 5)
  const report = { loopP99Ms, reads, sockets: site.server.size }
  process.stdout.write(`${JSON.stringify(report)}\n`)
  delay.reset()
})
process.stdout.write(`${site.port}\n`)
process.once('SIGTERM', () => {
  site.close().then(
    () => process.exit(0),
    () => process.exit(1),
  )
})
