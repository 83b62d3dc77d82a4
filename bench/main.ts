import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** What can be measured: each name is a file of this folder that runs by itself. */
const BENCHES: Readonly<Record<string, string>> = {
  start: 'publish to first playable playlist, and what one broadcast costs',
  latency: 'glass to glass in Chromium, low latency and plain',
  kills: 'a recording whose server and FFmpeg are killed twenty times at random moments',
  transcode: 'what the renditions cost and keep, beside the usual ladder of three encodes',
  saturation: 'twenty publishers on four slots beside busy processes: what else is still served',
  ingest: 'what taking 300 publishers costs, beside node-media-server and nginx-rtmp',
  mutations: 'a million mutations of recorded RTMP sessions',
  cycles: 'a thousand broadcasts, one after the other: what is left of them',
  delivery: 'segments, parts and playlists a second, beside nginx',
  web: 'first frame after opening a live page, script sizes, a hundred messages a second',
  chat: 'ten thousand in a room: post to receive, memory, saturation',
  'chat-damage': 'a chat file cut and changed at every byte',
  'chat-kill': 'twenty talk for a minute while the server is killed thirty times',
  'chat-start': 'how long a server takes to start with 1 GB of chat',
}

const [name, ...rest] = process.argv.slice(2)
if (name === undefined || name === '--help') {
  process.stdout.write('npm run bench -- NAME | all\n\n')
  for (const [bench, help] of Object.entries(BENCHES)) {
    process.stdout.write(`  ${bench.padEnd(14)}${help}\n`)
  }
} else if (name === 'all') {
  for (const bench of Object.keys(BENCHES)) process.exitCode ||= await run(bench, [])
} else if (name in BENCHES) {
  process.exitCode = await run(name, rest)
} else {
  process.stderr.write(`There is no benchmark "${name}".\n`)
  process.exitCode = 1
}

/**
 * Runs one in a process of its own, so that none inherits the other's heap; resolves with its code.
 */
async function run(bench: string, args: readonly string[]): Promise<number> {
  const file = join(import.meta.dirname, `${bench}.ts`)
  const child = spawn(process.execPath, [file, ...args], { stdio: 'inherit' })
  await once(child, 'exit')
  return child.exitCode ?? 1
}
