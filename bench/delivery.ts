import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { RawClient } from './raw-client.ts'

/**
 * What one core delivers: bytes of segments and parts, playlists, beside nginx with the same files in the
 * same run; then a crowd that follows one broadcast at low latency. Server and clients have a core each
 * where `taskset` is.
 *
 *     bench/delivery.ts [--viewers 1000] [--seconds 20] [--connections 50]
 */
const { values } = parseArgs({
  options: {
    viewers: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '20' },
    connections: { type: 'string', default: '50' },
  },
})
const seconds = Number(values.seconds)
const ROUND_MS = 3000
/** The crowd connects all at once, which no crowd does. */
const WARM_UP_MS = 3000
const NGINX_PORT = 18_080

const node = join(import.meta.dirname, 'delivery-node.ts')
const server = spawn('taskset', ['-c', '0', process.execPath, node], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const lines = createInterface({ input: server.stdout })
const [first] = await once(lines, 'line')
const { port, folder, segment } = JSON.parse(String(first))
/** When the part that was to come next was listed, by its name. */
const listedMs = new Map<string, number>()
let hinted = ''
lines.on('line', (line) => {
  const { next, atMs } = JSON.parse(line)
  listedMs.set(hinted, atMs)
  hinted = next
})

try {
  const playlist = `${folder}/index.m3u8`
  const part = await newestPart()
  const rows = [
    ['segments of 1 MB', segment, 'MB/s'],
    ['parts of 150 kB', part, 'MB/s'],
    ['playlists, 900 segments, gzip', playlist, 'requests/s'],
  ] as const
  const nginx = await startNginx(rows.map(([, path]) => path))
  try {
    for (const [name, path, unit] of rows) {
      const ours = await throughput(port, path, unit)
      const theirs = nginx === null ? null : await throughput(NGINX_PORT, path, unit)
      const beside =
        theirs === null ? '' : `, nginx ${theirs.toFixed(0)}: ${(ours / theirs).toFixed(2)}x`
      console.log(`${name}: ${ours.toFixed(0)} ${unit}${beside}`)
    }
  } finally {
    await nginx?.stop()
  }
  await crowd(Number(values.viewers))
} finally {
  server.kill()
}

/** What all connections together get of one address for some seconds. */
async function throughput(port: number, path: string, unit: 'MB/s' | 'requests/s') {
  const untilMs = performance.now() + ROUND_MS
  let requests = 0
  let bytes = 0
  const ask = async () => {
    const client = new RawClient(port)
    while (performance.now() < untilMs) {
      const { status, bodyBytes } = await client.get(path)
      if (status !== 200) throw new RangeError(`${path} answered ${status}`)
      requests += 1
      bytes += bodyBytes
    }
    client.close()
  }
  await Promise.all(Array.from({ length: Number(values.connections) }, ask))
  return unit === 'MB/s' ? bytes / 1e6 / (ROUND_MS / 1000) : requests / (ROUND_MS / 1000)
}

/** Everybody waits for the next part by the playlist and by its hint, as a player does, again and again. */
async function crowd(viewers: number): Promise<void> {
  const delaysMs: number[] = []
  let faults = 0
  const countedMs = performance.now() + WARM_UP_MS
  const untilMs = countedMs + seconds * 1000
  const follow = async () => {
    const lists = new RawClient(port)
    const parts = new RawClient(port)
    while (performance.now() < untilMs) {
      const name = hinted
      const [segmentIndex = 0, part = 0] = (name.match(/\d+/g) ?? []).slice(1).map(Number)
      const query = `_HLS_msn=${segmentIndex}&_HLS_part=${part}&_HLS_skip=YES`
      const [list, media] = await Promise.all([
        lists.get(`${folder}/index.m3u8?${query}`),
        parts.get(`${folder}/${name}`),
      ])
      if (list.status !== 200 || media.status !== 200) faults += 1
      else if (performance.now() > countedMs) delaysMs.push(media.doneMs - (await listedAt(name)))
    }
    lists.close()
    parts.close()
  }
  await Promise.all(Array.from({ length: viewers }, follow))
  delaysMs.sort((a, b) => a - b)
  const at = (share: number) => (delaysMs[Math.floor(delaysMs.length * share)] ?? 0).toFixed(1)
  console.log(
    `${viewers} viewers of one broadcast, part listed to part received: p50 ${at(0.5)} ms, ` +
      `p95 ${at(0.95)} ms, p99 ${at(0.99)} ms (goal 100), ${delaysMs.length} parts, ${faults} faults`,
  )
}

/** The server's line about a part may come behind the part itself. */
async function listedAt(name: string): Promise<number> {
  for (;;) {
    const atMs = listedMs.get(name)
    if (atMs !== undefined) return atMs
    await once(lines, 'line')
  }
}

async function newestPart(): Promise<string> {
  const client = new RawClient(port)
  const { text } = await client.get(`${folder}/index.m3u8`, 'keep')
  client.close()
  return `${folder}/${[...text.matchAll(/PART:.*URI="(.*?)"/g)].at(-1)?.[1]}`
}

/** nginx with the same bytes at the same addresses; null when this machine has none. */
async function startNginx(paths: readonly string[]) {
  const root = await mkdtemp(join(tmpdir(), 'vibly-nginx-'))
  const client = new RawClient(port)
  const configuration = [
    // Its workers would give up root, and with it the right to read this folder.
    `user ${userInfo().username};`,
    'daemon off; worker_processes 1; pid nginx.pid; error_log stderr crit;',
    'events { worker_connections 4096; }',
    'http { access_log off; sendfile on; tcp_nopush on; gzip_static on; keepalive_requests 1000000;',
    `server { listen 127.0.0.1:${NGINX_PORT}; root ${root}/files; } }`,
  ]
  for (const path of paths) {
    const { bodyBytes, text } = await client.get(path, 'keep')
    await mkdir(join(root, 'files', path, '..'), { recursive: true })
    const bytes = path.endsWith('.ts') ? Buffer.alloc(bodyBytes) : Buffer.from(text)
    await writeFile(join(root, 'files', path), bytes)
    if (!path.endsWith('.ts')) await writeFile(join(root, 'files', `${path}.gz`), gzipSync(bytes))
  }
  client.close()
  await writeFile(join(root, 'nginx.conf'), configuration.join('\n'))
  const child = spawn('taskset', ['-c', '0', 'nginx', '-p', root, '-c', join(root, 'nginx.conf')])
  const stop = async () => {
    child.kill()
    await rm(root, { recursive: true, force: true })
  }
  if (await isListening(child)) return { stop }
  console.log('nginx is not installed (Debian package nginx-light): nothing to compare with')
  await stop()
  return null
}

/** Whether it stays up: without nginx the child ends at once. */
async function isListening(child: ChildProcess): Promise<boolean> {
  const ended = once(child, 'exit').then(() => false)
  const waited = new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 1000))
  return Promise.race([ended, waited])
}
