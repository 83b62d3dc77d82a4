import type { ChatLine } from '../../../client/index.ts'
import { GivenAnswers } from './given-answers.ts'
import type {
  Broadcast,
  BroadcastPage,
  ChannelDetails,
  ChannelPage,
  Registration,
  ServerFacts,
  SignIn,
  StreamKey,
  User,
} from './wire.ts'

/** A request that did not succeed: the server's code and sentence, or `web.unreachable`. */
export class ApiError extends Error {
  readonly code: string
  /** HTTP status; 0 when there was no answer at all. */
  readonly status: number

  constructor(code: string, status: number, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'ApiError'
    this.code = code
    this.status = status
  }
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>

interface Call {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  readonly body?: unknown
  /** Sent as it is, instead of `body`. */
  readonly file?: Blob
  readonly signal?: AbortSignal
}

/**
 * Channels and broadcasts asked for at once. The server puts answers to the very same into pages.
 */
const CHANNELS_MAX = 60
const BROADCASTS_MAX = 12

/** Addresses whose answers a page may bring along. */
export const paths = {
  live: `/api/channels?live=true&limit=${CHANNELS_MAX}`,
  found: (words: string) => `/api/channels?q=${encodeURIComponent(words)}&limit=${CHANNELS_MAX}`,
  recent: `/api/broadcasts?limit=${BROADCASTS_MAX}`,
  channel: (name: string) => `/api/channels/${encodeURIComponent(name)}`,
  past: (id: string) =>
    `/api/channels/${encodeURIComponent(id)}/broadcasts?limit=${BROADCASTS_MAX}`,
  broadcast: (id: string) => `/api/broadcasts/${encodeURIComponent(id)}`,
} as const

/** Whether somebody follows a channel, and how many do. */
export interface FollowState {
  readonly following: boolean
  readonly followers: number
}

/** What was said during a broadcast, each with its time since the start. */
export interface ReplayPage {
  readonly messages: readonly { readonly offset_ms: number; readonly message: ChatLine }[]
  readonly next_after: number | null
}

/**
 * Vibly's HTTP API as functions. Who asks is told by HttpOnly cookies, so no token is ever seen
 * here. [W14] Every state change is JSON, which a form of another site cannot send. [W15] An answer
 * 401 to a signed-in call refreshes the session once and asks again; refreshes never overlap,
 * because a refresh cookie used twice ends the session.
 *
 * All reject with `ApiError`, or with the abort reason of the `signal` they were given.
 */
export class Api {
  readonly #fetch: Fetch
  readonly #given: GivenAnswers
  #refreshing: Promise<boolean> | null = null

  /** @param given answers that need not be asked for */
  constructor(fetch: Fetch, given = new GivenAnswers({})) {
    this.#fetch = fetch
    this.#given = given
  }

  /** What the next question for `path` will be answered with; null: that is not known yet. */
  peek<T>(path: string): T | null {
    // As with every answer: the server wrote it by the schema of that address.
    return (this.#given.peek(path) as T | undefined) ?? null
  }

  register(input: Registration): Promise<SignIn> {
    return this.#send('/api/auth/register', { method: 'POST', body: input })
  }

  registerFirstAdmin(input: Registration & { readonly token: string }): Promise<SignIn> {
    return this.#send('/api/auth/first-admin', { method: 'POST', body: input })
  }

  /** By the token of a link that an administrator gave. */
  async resetPassword(token: string, password: string): Promise<void> {
    await this.#send('/api/auth/reset', { method: 'POST', body: { token, password } })
  }

  login(input: { readonly email: string; readonly password: string }): Promise<SignIn> {
    return this.#send('/api/auth/login', { method: 'POST', body: input })
  }

  async logout(): Promise<void> {
    await this.#send('/api/auth/logout', { method: 'POST', body: {} })
  }

  me(): Promise<User> {
    return this.#sendSigned('/api/me', {})
  }

  async streamKey(): Promise<string> {
    const answer = await this.#sendSigned<StreamKey>('/api/me/stream-key', {})
    return answer.stream_key
  }

  /** Makes a new key; the old one stops working at once and an encoder that uses it is cut off. */
  async rotateStreamKey(): Promise<string> {
    const answer = await this.#sendSigned<StreamKey>('/api/me/stream-key', {
      method: 'POST',
      body: {},
    })
    return answer.stream_key
  }

  server(): Promise<ServerFacts> {
    return this.#send('/api/server', {})
  }

  liveChannels(signal: AbortSignal): Promise<ChannelPage> {
    return this.#send(paths.live, { signal })
  }

  findChannels(words: string, signal: AbortSignal): Promise<ChannelPage> {
    return this.#send(paths.found(words), { signal })
  }

  /** The channels that the signed-in user follows, live ones first. */
  following(signal: AbortSignal): Promise<ChannelPage> {
    return this.#sendSigned('/api/me/following', { signal })
  }

  /** Broadcasts of all channels that are over, newest first. */
  recentBroadcasts(signal: AbortSignal): Promise<BroadcastPage> {
    return this.#send(paths.recent, { signal })
  }

  /** Those of one channel, newest first; the one that is live too. */
  broadcastsOf(channelId: string, signal: AbortSignal): Promise<BroadcastPage> {
    return this.#send(paths.past(channelId), { signal })
  }

  /** null when there is no such broadcast, or none that this visitor may see. */
  broadcast(id: string, signal: AbortSignal): Promise<Broadcast | null> {
    return orNull(this.#send<Broadcast>(paths.broadcast(id), { signal }))
  }

  /** @param after where the page before ended; null: begin at `fromMs` since the start */
  replay(
    broadcastId: string,
    place: { readonly fromMs: number; readonly after: number | null },
    signal: AbortSignal,
  ): Promise<ReplayPage> {
    const { fromMs, after } = place
    const begin = after === null ? `from_ms=${Math.floor(fromMs)}` : `after=${after}`
    return this.#send(`${paths.broadcast(broadcastId)}/messages?limit=200&${begin}`, { signal })
  }

  /** By id or username; null when there is no such channel. */
  channel(name: string, signal: AbortSignal): Promise<ChannelDetails | null> {
    return orNull(this.#send<ChannelDetails>(paths.channel(name), { signal }))
  }

  /** Follows a channel, as some chats ask of those who write. */
  follow(channelId: string): Promise<unknown> {
    return this.changeFollow(channelId, 'PUT')
  }

  followState(channelId: string, signal: AbortSignal): Promise<FollowState> {
    return this.#send(`${paths.channel(channelId)}/follow`, { signal })
  }

  /** PUT follows, DELETE does not any more; either may be said twice. */
  changeFollow(channelId: string, method: 'PUT' | 'DELETE'): Promise<FollowState> {
    return this.#sendSigned(`${paths.channel(channelId)}/follow`, { method, body: {} })
  }

  /** Any other call, for a part of the page that has its own. A session that ran out is renewed. */
  ask<T>(path: string, call: Call = {}): Promise<T> {
    return this.#sendSigned<T>(path, call)
  }

  async #sendSigned<T>(path: string, call: Call): Promise<T> {
    try {
      return await this.#send<T>(path, call)
    } catch (thrown) {
      if (!(thrown instanceof ApiError) || thrown.status !== 401) throw thrown
      if (!(await this.#refresh())) throw thrown
      return await this.#send<T>(path, call)
    }
  }

  /** Whether the session lives on. One refresh serves all calls that wait for one. */
  #refresh(): Promise<boolean> {
    this.#refreshing ??= this.#send('/api/auth/refresh', { method: 'POST', body: {} })
      .then(
        () => true,
        (thrown: unknown) => {
          if (thrown instanceof ApiError && thrown.status === 401) return false
          throw thrown
        },
      )
      .finally(() => {
        this.#refreshing = null
      })
    return this.#refreshing
  }

  async #send<T>(path: string, call: Call): Promise<T> {
    const { method = 'GET', body, file, signal } = call
    const given = method === 'GET' ? this.#given.take(path) : undefined
    if (given !== undefined) return given as T
    const init: RequestInit = { method, headers: { accept: 'application/json' } }
    if (signal !== undefined) init.signal = signal
    if (body !== undefined) {
      init.headers = { accept: 'application/json', 'content-type': 'application/json' }
      init.body = JSON.stringify(body)
    }
    if (file !== undefined) {
      init.headers = { accept: 'application/json', 'content-type': file.type }
      init.body = file
    }
    const response = await this.#ask(path, init)
    const text = await response.text()
    if (!response.ok) throw faultOf(response.status, text)
    // The one place where an answer gets its type: the server checks it against the same schema.
    return (text === '' ? null : JSON.parse(text)) as T
  }

  async #ask(path: string, init: RequestInit): Promise<Response> {
    try {
      return await this.#fetch(path, init)
    } catch (thrown) {
      init.signal?.throwIfAborted()
      throw new ApiError('web.unreachable', 0, '', thrown)
    }
  }
}

async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked
  } catch (thrown) {
    if (thrown instanceof ApiError && thrown.status === 404) return null
    throw thrown
  }
}

/**
 * What went wrong, by the server's error body; a proxy's error page has none and gets `web.failed`.
 */
function faultOf(status: number, text: string): ApiError {
  try {
    const body: unknown = JSON.parse(text)
    const fault = property(body, 'error')
    const code = property(fault, 'code')
    const message = property(fault, 'message')
    if (typeof code === 'string' && typeof message === 'string') {
      return new ApiError(code, status, message)
    }
  } catch (thrown) {
    return new ApiError('web.failed', status, '', thrown)
  }
  return new ApiError('web.failed', status, '')
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
