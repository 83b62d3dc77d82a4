import { startChatSite } from './chat-site.ts'

/**
 * A chat server as a process of its own, to be killed: `chat-node.ts DIRECTORY [PORT]`. Prints its
 * port when it listens.
 */
const [directory = '.', port = '0'] = process.argv.slice(2)
const site = await startChatSite({
  directory,
  port: Number(port),
  chat: { limits: 'off' },
  server: { limits: 'off', commandsWaitingMax: 1000 },
})
process.stdout.write(`${site.port}\n`)
process.once('SIGTERM', () => {
  site.close().then(
    () => process.exit(0),
    () => process.exit(1),
  )
})
