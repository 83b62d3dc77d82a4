import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { RawClient } from './raw-client.ts'

/**
 * What one core delivers: bytes of segments and parts, playlists, beside nginx with the same files
 * in the same run; then a crowd that follows one broadcast at low latency. Server and clients have
 * a core each where `taskset` is. Rates are per second; those in brackets per second of the
 * server's own processor time, where neither the client nor what else runs on the machine counts.
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
const ROUND_MS = 4000
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
    ['segments of 1 MB', segment, 'MB', 1.2],
    ['parts of 150 kB', part, 'MB', 1.2],
    ['playlists, 900 segments, gzip', playlist, 'requests', 0.5],
  ] as const
  const nginx = await startNginx(rows.map(([, path]) => path))
  try {
    for (const [name, path, unit, goal] of rows) {
      const ours = await throughput({ port, pid: server.pid }, path, unit)
      const theirs = nginx === null ? null : await throughput(nginx, path, unit)
      const beside =
        theirs === null ? '' : `, nginx ${shown(theirs)}: ${ratio(ours, theirs)} (goal ${goal})`
      console.log(`${name}: ${shown(ours)} ${unit}/s${beside}`)
    }
  } finally {
    await nginx?.stop()
  }
  await crowd(Number(values.viewers))
} finally {
  server.kill()
}

interface Rate {
  readonly perSecond: number
  readonly perProcessorSecond: number
}

function shown({ perSecond, perProcessorSecond }: Rate): string {
  return `${perSecond.toFixed(0)} (${perProcessorSecond.toFixed(0)})`
}

function ratio(ours: Rate, theirs: Rate): string {
  const share = (ours.perProcessorSecond / theirs.perProcessorSecond).toFixed(2)
  return `${(ours.perSecond / theirs.perSecond).toFixed(2)}x (${share}x)`
}

/** What all connections together get of one address. */
async function throughput(
  server: { readonly port: number; readonly pid: number | undefined },
  path: string,
  unit: 'MB' | 'requests',
): Promise<Rate> {
  const beforeS = await processorSeconds(server.pid)
  const untilMs = performance.now() + ROUND_MS
  let requests = 0
  let bytes = 0
  const ask = async () => {
    const client = new RawClient(server.port)
    while (performance.now() < untilMs) {
      const { status, bodyBytes } = await client.get(path)
      if (status !== 200) throw new RangeError(`${path} answered ${status}`)
      requests += 1
      bytes += bodyBytes
    }
    client.close()
  }
  await Promise.all(Array.from({ length: Number(values.connections) }, ask))
  const usedS = (await processorSeconds(server.pid)) - beforeS
  const amount = unit === 'MB' ? bytes / 1e6 : requests
  return { perSecond: amount / (ROUND_MS / 1000), perProcessorSecond: amount / usedS }
}

/** User and system time of a process so far, from /proc in ticks of 10 ms (proc(5)). */
async function processorSeconds(pid: number | undefined): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/**
 * Everybody waits for the next part by the playlist and by its hint, as a player does, again and
 * again.
 */
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
    'daemon off; master_process off; pid nginx.pid; error_log stderr crit;',
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
  if (await isListening(child)) return { port: NGINX_PORT, pid: child.pid, stop }
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
