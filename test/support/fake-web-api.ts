import type { IncomingMessage, ServerResponse } from 'node:http'

interface FakeBroadcast {
  readonly broadcastId: string
  readonly owner: FakeUser
  readonly startedMs: number
  endedMs: number | null
}

interface FakeUser {
  readonly id: string
  readonly email: string
  readonly username: string
  readonly displayName: string
  readonly password: string
  title: string
  description: string
  viewers: number
  streamKey: string
}

interface Answer {
  readonly status: number
  readonly body?: unknown
  readonly cookies?: readonly string[]
}

/**
 * Vibly's HTTP API from memory, as far as the pages use it. Tests turn its public fields and look
 * at what came in.
 */
export class FakeApi {
  /** Who may sign up. */
  registration: 'open' | 'invite' | 'closed' = 'open'
  readonly #users: FakeUser[] = []
  readonly #live = new Map<string, FakeBroadcast>()
  readonly #broadcasts = new Map<string, FakeBroadcast>()
  #made = 0
  /** Access cookies no longer accepted, as after 15 minutes; the refresh cookie still is. */
  isAccessExpired = false
  /** Refresh cookies no longer accepted either: the session is over. */
  isSessionOver = false
  refreshes = 0
  /** Refreshes are answered when this is. */
  refreshHold: Promise<void> = Promise.resolve()
  /** Who follows whom, as `grace ada`. */
  readonly follows = new Set<string>()
  /** What was said during any broadcast: offset in ms and content. */
  readonly replay: [number, string][] = []

  addUser(facts: { username: string; displayName?: string; title?: string; password?: string }) {
    const user: FakeUser = {
      id: `id_${facts.username}_0000`,
      email: `${facts.username}@example.org`,
      username: facts.username,
      displayName: facts.displayName ?? facts.username,
      password: facts.password ?? 'correct horse battery',
      title: facts.title ?? '',
      description: '',
      viewers: 0,
      streamKey: this.#newKey(),
    }
    this.#users.push(user)
    return user
  }

  /** Starts a new broadcast on the channel; returns its id. */
  goLive(username: string, viewers = 0, startedMs = Date.now()): string {
    const user = this.#userNamed(username)
    user.viewers = viewers
    this.#made += 1
    const broadcast = {
      broadcastId: `broadcast_${this.#made}`,
      owner: user,
      startedMs,
      endedMs: null,
    }
    this.#live.set(user.id, broadcast)
    this.#broadcasts.set(broadcast.broadcastId, broadcast)
    return broadcast.broadcastId
  }

  end(username: string): void {
    const user = this.#userNamed(username)
    const broadcast = this.#live.get(user.id)
    if (broadcast !== undefined) broadcast.endedMs = Date.now()
    this.#live.delete(user.id)
  }

  liveOn(channelId: string): FakeBroadcast | null {
    return this.#live.get(channelId) ?? null
  }

  broadcast(broadcastId: string): FakeBroadcast | null {
    return this.#broadcasts.get(broadcastId) ?? null
  }

  /** Who sends this request, by its cookie; null: nobody known. */
  whoAsks(request: IncomingMessage): FakeUser | null {
    return this.#signedIn(request)
  }

  async answer(pathname: string, request: IncomingMessage, response: ServerResponse) {
    const body = await readJson(request)
    if (pathname === '/api/auth/refresh') await this.refreshHold
    const { status, body: answer, cookies = [] } = this.#route(pathname, request, body)
    response.setHeader('Set-Cookie', cookies)
    response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
    response.end(answer === undefined ? '' : JSON.stringify(answer))
  }

  #route(pathname: string, request: IncomingMessage, body: ReadonlyMap<string, string>): Answer {
    const call = `${request.method} ${pathname}`
    if (call === 'POST /api/auth/register') return this.#register(body)
    if (call === 'POST /api/auth/login') return this.#login(body)
    if (call === 'POST /api/auth/refresh') return this.#refresh(request)
    if (call === 'POST /api/auth/logout') {
      return { status: 204, cookies: ['access=; Max-Age=0; Path=/', 'refresh=; Max-Age=0; Path=/'] }
    }
    if (call === 'GET /api/server') {
      const { registration } = this
      const rtmp_url = 'rtmp://live.example.org:1935/live'
      return { status: 200, body: { rtmp_url, registration } }
    }
    if (call === 'GET /api/channels') {
      const words = new URL(request.url ?? '', 'http://fake').searchParams.get('q')
      return this.#channelList((user) =>
        words === null
          ? this.#live.has(user.id)
          : `${user.username} ${user.displayName} ${user.title}`.includes(words),
      )
    }
    if (pathname.startsWith('/api/broadcasts')) return this.#broadcastCall(pathname)
    const user = this.#signedIn(request)
    if (pathname.startsWith('/api/channels/'))
      return this.#channelCall(pathname, request, body, user)
    if (user === null) return fault(401, 'accounts.unauthenticated', 'Sign in to do this.')
    if (call === 'GET /api/me/following') {
      return this.#channelList(({ username }) => this.follows.has(`${user.username} ${username}`))
    }
    if (call === 'GET /api/me') return { status: 200, body: wireUser(user) }
    if (call === 'GET /api/me/health') {
      return { status: 200, body: healthOf(this.liveOn(user.id) !== null) }
    }
    if (call === 'GET /api/me/stream-key')
      return { status: 200, body: { stream_key: user.streamKey } }
    if (call === 'POST /api/me/stream-key') {
      user.streamKey = this.#newKey()
      return { status: 200, body: { stream_key: user.streamKey } }
    }
    return fault(404, 'http.not-found', 'There is no such address.')
  }

  #channelCall(
    pathname: string,
    request: IncomingMessage,
    body: ReadonlyMap<string, string>,
    caller: FakeUser | null,
  ): Answer {
    const name = pathname.split('/')[3]
    const user = this.#users.find(({ id, username }) => id === name || username === name)
    if (user === undefined) return fault(404, 'live.channel-not-found', 'There is no such channel.')
    if (pathname.endsWith('/follow')) {
      const follow = `${caller?.username} ${user.username}`
      if (request.method !== 'GET' && caller === null)
        return fault(401, 'accounts.unauthenticated', 'Sign in to do this.')
      if (request.method === 'PUT') this.follows.add(follow)
      if (request.method === 'DELETE') this.follows.delete(follow)
      const followers = [...this.follows].filter((each) => each.endsWith(` ${user.username}`))
      const body = { following: this.follows.has(follow), followers: followers.length }
      return { status: 200, body }
    }
    if (pathname.endsWith('/broadcasts')) return this.#broadcastList(({ owner }) => owner === user)
    if (pathname.endsWith('/emotes')) return { status: 200, body: { emotes: [] } }
    if (pathname.endsWith('/messages')) return { status: 200, body: { messages: [] } }
    if (pathname.endsWith('/thread'))
      return { status: 200, body: { messages: [], next_after: null } }
    if (pathname.endsWith('/chat/settings')) return { status: 200, body: CHAT_RULES }
    if (request.method === 'PATCH') {
      if (caller === null) return fault(401, 'accounts.unauthenticated', 'Sign in to do this.')
      user.title = body.get('title') ?? user.title
    }
    return { status: 200, body: this.#channel(user) }
  }

  #channelList(isShown: (user: FakeUser) => boolean): Answer {
    const channels = this.#users.filter(isShown).map((user) => this.#channel(user))
    return { status: 200, body: { channels, next_cursor: null } }
  }

  #broadcastList(isShown: (broadcast: FakeBroadcast) => boolean): Answer {
    const broadcasts = [...this.#broadcasts.values()].filter(isShown).toReversed()
    return {
      status: 200,
      body: { broadcasts: broadcasts.map((each) => wireBroadcast(each)), next_cursor: null },
    }
  }

  #broadcastCall(pathname: string): Answer {
    const [, , , id, rest] = pathname.split('/')
    if (id === undefined) return this.#broadcastList(({ endedMs }) => endedMs !== null)
    const broadcast = this.#broadcasts.get(id)
    if (broadcast === undefined) return fault(404, 'live.broadcast-not-found', 'Gone.')
    if (rest === undefined) return { status: 200, body: wireBroadcast(broadcast) }
    const messages = this.replay.map(([offset_ms, content], at) => ({
      offset_ms,
      message: {
        ...{ type: 'message', id: `replay-${at}-0000`, seq: at + 1, parent: null, parent_id: null },
        ...{ thread_id: null, content, created_at: '2026-01-01T00:00:00.000Z' },
        user: { id: 'id_grace_0000', username: 'grace', display_name: 'Grace', roles: [] },
      },
    }))
    return { status: 200, body: { messages, next_after: null } }
  }

  #register(body: ReadonlyMap<string, string>): Answer {
    const username = body.get('username') ?? ''
    if (this.#users.some((user) => user.email === body.get('email'))) {
      return fault(409, 'accounts.email-taken', 'This email address is in use already.')
    }
    if (this.#users.some((user) => user.username === username)) {
      return fault(409, 'accounts.username-taken', 'This username is in use already.')
    }
    const password = body.get('password') ?? ''
    if (password === 'password') {
      return fault(
        422,
        'accounts.password-common',
        'This password is among the first to be guessed.',
      )
    }
    const user = this.addUser({
      username,
      password,
      displayName: body.get('display_name') ?? username,
    })
    return this.#signIn(user, 201)
  }

  #login(body: ReadonlyMap<string, string>): Answer {
    const user = this.#users.find(({ email }) => email === body.get('email'))
    if (user === undefined || user.password !== body.get('password')) {
      return fault(401, 'accounts.sign-in-refused', 'Email or password is wrong.')
    }
    return this.#signIn(user, 200)
  }

  #refresh(request: IncomingMessage): Answer {
    this.refreshes += 1
    const user = this.#users.find(({ id }) => id === cookieOf(request, 'refresh'))
    if (user === undefined || this.isSessionOver) {
      return fault(401, 'accounts.unauthenticated', 'Sign in to do this.')
    }
    this.isAccessExpired = false
    return this.#signIn(user, 200)
  }

  #signIn(user: FakeUser, status: number): Answer {
    return {
      status,
      body: {
        token: 'not-for-scripts',
        expires_at: new Date(Date.now() + 900_000).toISOString(),
        user: wireUser(user),
        stream_key: user.streamKey,
      },
      cookies: [
        `access=${user.id}; HttpOnly; SameSite=Lax; Path=/`,
        `refresh=${user.id}; HttpOnly; SameSite=Strict; Path=/`,
      ],
    }
  }

  #signedIn(request: IncomingMessage): FakeUser | null {
    if (this.isAccessExpired || this.isSessionOver) return null
    return this.#users.find(({ id }) => id === cookieOf(request, 'access')) ?? null
  }

  #channel(user: FakeUser): unknown {
    const live = this.liveOn(user.id)
    return {
      id: user.id,
      username: user.username,
      display_name: user.displayName,
      title: user.title,
      live: live !== null,
      broadcast_id: live?.broadcastId ?? null,
      viewers: live === null ? 0 : user.viewers,
      started_at: live === null ? null : new Date(live.startedMs).toISOString(),
      thumb_url: live === null ? null : `/media/${live.broadcastId}/thumb.jpg`,
      description: user.description,
      settings: {},
      playlist_url: live === null ? null : `/live/${user.id}/index.m3u8`,
    }
  }

  #userNamed(username: string): FakeUser {
    return this.#users.find((user) => user.username === username) ?? this.addUser({ username })
  }

  #newKey(): string {
    this.#made += 1
    return `live_${String(this.#made).padStart(4, 'a').repeat(8).slice(0, 26)}`
  }
}

/** How every fake chat is set. */
const CHAT_RULES = {
  slow_mode_s: 0,
  followers_only: false,
  followers_only_s: 0,
  account_age_s: 0,
  unique_messages: false,
  emotes_only: false,
  links_off: false,
  blocked_words: [],
  hold_blocked: false,
}

function wireBroadcast({ broadcastId, owner, startedMs, endedMs }: FakeBroadcast): unknown {
  const base = `/media/${broadcastId}`
  return {
    id: broadcastId,
    channel_id: owner.id,
    username: owner.username,
    display_name: owner.displayName,
    title: owner.title,
    visibility: 'public',
    status: endedMs === null ? 'live' : 'ended',
    started_at: new Date(startedMs).toISOString(),
    ended_at: endedMs === null ? null : new Date(endedMs).toISOString(),
    duration_s: ((endedMs ?? Date.now()) - startedMs) / 1000,
    renditions: [],
    playlist_url: `${base}/index.m3u8`,
    recording_url: `${base}/recording.mp4`,
    thumb_url: `${base}/thumb.jpg`,
    storyboard_url: `${base}/storyboard.vtt`,
  }
}

/** Of a broadcast in good health, or of none. */
function healthOf(isLive: boolean): unknown {
  return {
    status: isLive ? 'live' : 'offline',
    ingest_kbps: isLive ? 2500 : 0,
    frame_rate: isLive ? 30 : null,
    keyframe_interval_s: isLive ? 2 : null,
    width: isLive ? 1280 : null,
    height: isLive ? 720 : null,
    codecs: isLive ? 'avc1.64001f,mp4a.40.2' : null,
    dropped_frames: 0,
    late_ms: 0,
    renditions: isLive
      ? [{ name: '720p', copy: true, kbps: 2500, frame_rate: 30, behind_ms: 120, speed: 1 }]
      : [],
    warnings: isLive ? ['ingest.keyframes-far', 'from.the-future'] : [],
  }
}

function wireUser(user: FakeUser): unknown {
  return {
    id: user.id,
    email: user.email,
    username: user.username,
    display_name: user.displayName,
    role: 'user',
    created_at: '2026-01-01T00:00:00.000Z',
  }
}

function fault(status: number, code: string, message: string): Answer {
  return { status, body: { error: { code, message, request_id: 'request_1' } } }
}

function cookieOf(request: IncomingMessage, name: string): string | null {
  const pairs = (request.headers.cookie ?? '').split('; ').map((pair) => pair.split('='))
  return pairs.find(([key]) => key === name)?.[1] ?? null
}

/** The text fields of a JSON body. */
async function readJson(request: IncomingMessage): Promise<ReadonlyMap<string, string>> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  const parsed: unknown = text === '' ? {} : JSON.parse(text)
  const fields = Object.entries(typeof parsed === 'object' && parsed !== null ? parsed : {})
  return new Map(
    fields.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  )
}
