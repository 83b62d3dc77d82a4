import { join } from 'node:path'
import { installPeers, type MeasuredProcess, startMeasured } from './measured-process.ts'

const PEERS = join(import.meta.dirname, 'chat-peers')

/** What the chat's own process tells about itself. */
export interface ServerReport {
  /** Delay of its event loop since the last report, ms. */
  readonly loopP99Ms: number
  /** Reads of chat files since it started. */
  readonly reads: number
  readonly sockets: number
}

/** A chat server under test. */
export interface Server extends MeasuredProcess {
  readonly port: number
  report(): Promise<ServerReport>
}

export async function startVibly(directory: string, port = 0): Promise<Server> {
  const file = join(import.meta.dirname, 'chat-server.ts')
  return await start(process.execPath, [file, directory, String(port)])
}

/**
 * A server to compare with: a file of `chat-peers`, which are installed when first asked for. null:
 * they could not be, without a network say.
 */
export async function startPeer(name: 'ws' | 'socket-io' | 'bun'): Promise<Server | null> {
  if (name !== 'ws' && !installPeers(PEERS)) return null
  const bun = join(PEERS, 'node_modules', '.bin', 'bun')
  const peer = await start(name === 'bun' ? bun : process.execPath, [join(PEERS, `${name}.js`)])
  // A peer tells nothing about itself.
  return { ...peer, report: async () => ({ loopP99Ms: 0, reads: 0, sockets: 0 }) }
}

async function start(command: string, args: readonly string[]): Promise<Server> {
  const server = startMeasured(command, args)
  const port = Number(await server.nextLine())
  return { ...server, port, report: async () => JSON.parse(await server.ask()) }
}
