import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import {
  CHANNEL_COLLECTION,
  Channels,
  openAccounts,
  SESSION_COLLECTION,
  USER_COLLECTION,
} from '../../src/accounts/index.ts'
import { type BroadcastRecord, Library } from '../../src/archive/index.ts'
import {
  type BroadcastId,
  type Logger,
  Secret,
  type UserId,
  ViblyError,
} from '../../src/base/index.ts'
import type { Health, LiveChannel } from '../../src/live/index.ts'
import {
  HTTP_SERVER_DEFAULTS,
  type HttpServerDeps,
  type HttpServerOptions,
  type MediaSource,
  type Operator,
  startHttpServer,
} from '../../src/servers/index.ts'
import { FakeClock } from './fake-clock.ts'
import { wireSignIn } from './http-forms.ts'
import { MemoryBlobs } from './memory-blobs.ts'
import { openMemoryRecords } from './memory-records.ts'
import { openRegistrations } from './test-accounts.ts'

/** What of the live side a test may set. */
export interface FakeLive {
  live: LiveChannel[]
  broadcasts: BroadcastRecord[]
  deleted: BroadcastId[]
  health: Map<string, Health>
  stopped: string[]
}

/** A whole HTTP server on a free port of loopback: real accounts, nothing live unless set. */
export async function startSite(
  test: TestContext,
  change: {
    readonly options?: Partial<HttpServerOptions>
    readonly media?: Partial<MediaSource>
    readonly deps?: Partial<HttpServerDeps>
  } = {},
) {
  const clock = new FakeClock()
  const { logger, lines } = createListeningLogger()
  const blobs = new MemoryBlobs()
  const fake: FakeLive = { live: [], broadcasts: [], deleted: [], health: new Map(), stopped: [] }
  const users = await openMemoryRecords(USER_COLLECTION)
  const sessions = await openMemoryRecords(SESSION_COLLECTION)
  const channels = await openMemoryRecords(CHANNEL_COLLECTION)
  const secret = new Secret('0123456789abcdef0123456789abcdef0123456789abcdef')
  const accounts = await openAccounts(
    { users, sessions, secret, clock, logger },
    {
      limits: 'off',
      accessTokenMs: 900_000,
      sessionIdleMsMax: 86_400_000,
      sessionAgeMsMax: 864_000_000,
      hashesInFlightMax: 4,
      hashesWaitingMax: 100,
    },
  )
  const registrations = await openRegistrations(accounts, clock)
  const http = await startHttpServer(
    {
      accounts,
      registrations,
      operator: OPERATOR,
      channels: new Channels({ users, channels }),
      live: {
        liveChannels: () => fake.live,
        onAir: () => fake.live.map(({ channelId }) => channelId),
        health: (channelId) => fake.health.get(channelId) ?? null,
        broadcast: async (id) => fake.broadcasts.find((facts) => facts.id === id) ?? null,
        listBroadcasts: async (query) => new Library(blobs, fake.broadcasts).list(query),
        changeBroadcast: async (id, { title, visibility }) => {
          fake.broadcasts = fake.broadcasts.map((facts) =>
            facts.id === id
              ? {
                  ...facts,
                  title: title ?? facts.title,
                  visibility: visibility ?? facts.visibility,
                }
              : facts,
          )
          return fake.broadcasts.find((facts) => facts.id === id) ?? null
        },
        stopChannel: (channelId, reason) => {
          fake.stopped.push(`${channelId} ${reason.code}`)
        },
        deleteBroadcast: async (id) => {
          fake.deleted.push(id)
        },
      },
      media: { ...NO_MEDIA, ...change.media },
      blobs,
      channelChanged: async () => undefined,
      rtmpPort: () => 1935,
      findFaults: async () => [],
      gauges: [],
      addRoutes: () => undefined,
      clock,
      logger,
      ...change.deps,
    },
    { ...DEFAULTS, webDir: await buildWebApp(test), ...change.options },
  )
  test.after(() => http.close())
  const url = `http://127.0.0.1:${http.port}`
  return {
    ...{ url, http, accounts, registrations, blobs, fake, clock, lines },
    /** A new user, signed in. */
    signUp: async (username: string) => {
      const response = await fetch(`${url}/api/auth/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: `${username}@example.org`, username, password: PASSWORD }),
      })
      assert.equal(response.status, 201)
      return wireSignIn(await response.json())
    },
    /** Sends these bytes on a socket of its own and gives all that comes back until it closes. */
    raw: (bytes: string, endAfterMs = 1000) => sendRaw(http.port, bytes, endAfterMs),
  }
}

const OPERATOR: Operator = {
  load: () => ({ cores: 2, coresUsed: 0.5, loopDelayMs: 1, memoryBytes: 1e8, uptimeS: 60 }),
  slots: () => ({ taken: 1, max: 4 }),
  disk: () => ({ bytesFree: 5e9, bytesTotal: 1e10 }),
  storage: async () => [],
  limits: [{ name: 'live.ingestKbpsMax', value: '20000', help: 'The bit rate.' }],
}

export type Site = Awaited<ReturnType<typeof startSite>>

export const PASSWORD = 'violet-harbour-4711'

/** Bearer and JSON, as a client without cookies sends them. */
export function asUser(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
}

const NO_MEDIA: MediaSource = {
  playlist: async () => ({ kind: 'none' }),
  liveMaster: () => null,
  segment: () => null,
  part: async () => null,
  ownerIfPrivate: () => null,
  downloadName: () => null,
  noteViewer: () => undefined,
}

const DEFAULTS = {
  host: '127.0.0.1',
  port: 0,
  publicOrigin: null,
  trustedProxies: [],
  limits: 'off',
  ...HTTP_SERVER_DEFAULTS,
  targetDurationMs: 2000,
  metricsToken: null,
  embedOrigins: '*',
} as const

export function createBroadcast(id: BroadcastId, channelId: UserId): BroadcastRecord {
  return {
    id,
    channelId,
    title: 'A title',
    visibility: 'public',
    failure: null,
    status: 'ended',
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: '2026-01-01T01:00:00.500Z',
    durationMs: 3_600_500,
    renditions: [
      {
        name: '720p',
        width: 1280,
        height: 720,
        frameRate: 30,
        bandwidth: 3_000_000,
        codecs: 'avc1.64001f,mp4a.40.2',
        isCopy: true,
      },
    ],
    hasRecording: true,
    partTargetMs: null,
    keyframeIntervalMs: null,
    hasThumb: false,
    pictures: 'due',
    bytes: null,
  }
}

async function buildWebApp(test: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'vibly-web-'))
  test.after(() => rm(dir, { recursive: true, force: true }))
  await mkdir(join(dir, 'assets'))
  await writeFile(
    join(dir, 'index.html'),
    '<!doctype html>\n<html lang="en">\n  <head>\n    <title>Vibly</title>\n    ' +
      '<script type="module" src="/assets/index-abc123.js"></script>\n  </head>\n  <body><div id="app"></div></body>\n</html>\n',
  )
  await writeFile(join(dir, 'assets', 'index-abc123.js'), 'export {}\n')
  await writeFile(join(dir, 'assets', 'index-abc123.js.gz'), gzipSync('export {}\n'))
  await writeFile(join(dir, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  return dir
}

/** A log that keeps what was said as text, so that a test can look for what must not be in it. */
function createListeningLogger(): { readonly logger: Logger; readonly lines: string[] } {
  const lines: string[] = []
  const keep = (...parts: unknown[]): void => {
    lines.push(parts.map(describe).join(' '))
  }
  const logger: Logger = {
    debug: keep,
    info: keep,
    warn: keep,
    error: keep,
    child: () => logger,
  }
  return { logger, lines }
}

function describe(part: unknown): string {
  if (part instanceof ViblyError) return `${part.code} ${JSON.stringify(part.facts)} ${part.cause}`
  return part instanceof Error ? (part.stack ?? '') : JSON.stringify(part)
}

function sendRaw(port: number, bytes: string, endAfterMs: number): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'))
    const patience = setTimeout(() => socket.destroy(), endAfterMs)
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      answer += text
    })
    // Cut by the server is an answer too; what came before it is what counts.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearTimeout(patience)
      resolve(answer)
    })
  })
}
