import type { FastifyRequest } from 'fastify'
import { ViblyError } from '../../base/index.ts'
import type { ApiContext } from '../api/api-context.ts'
import { findReadable } from '../api/broadcast-access.ts'
import { listBroadcasts } from '../api/broadcast-list.ts'
import { listLive, searchChannels } from '../api/channel-lists.ts'
import { wireBroadcast, wireChannel } from '../api/wire-forms.ts'
import type { WireBroadcast, WireChannel } from '../wire.ts'
import { broadcastBody, channelBody, homeBody, missingBody } from './page-body.ts'
import type { PageEntry } from './page-files.ts'
import type { PageFacts, PageVideo } from './page-shell.ts'
import type { PageWords } from './page-words.ts'

/** A page with all that the server knows of it. */
export interface FoundPage {
  readonly status: 200 | 404
  readonly facts: PageFacts
  /** Which piece of the web app it will need; null: none worth hurrying. */
  readonly entry: PageEntry | null
  /** Paths that it will ask for at once. */
  readonly preloads: readonly string[]
}

/** As many as the web app asks for: their answers must be for the very same path. */
const LIVE_MAX = 60
const RECENT_MAX = 12

/** What stands at each address, from what is stored and live now. */
export function createPageFinder(context: ApiContext) {
  const { channels, live } = context

  return {
    /** @param search what is looked for; empty: nothing */
    async home(words: PageWords, search: string): Promise<FoundPage> {
      const isSearch = search !== ''
      const listed = isSearch
        ? await searchChannels(context, { words: search, isLive: false }, LIVE_MAX)
        : await listLive(context, { limit: LIVE_MAX })
      const over = { channelId: null, show: 'public', when: 'over' } as const
      const recent = await listBroadcasts(context, over, { limit: RECENT_MAX })
      const found = listed.channels
      const path = isSearch
        ? `/api/channels?q=${encodeURIComponent(search)}&limit=${LIVE_MAX}`
        : `/api/channels?live=true&limit=${LIVE_MAX}`
      const facts: PageFacts = {
        title: 'Vibly',
        description: words.home,
        path: '/',
        imagePath: found.find(({ thumb_url }) => thumb_url !== null)?.thumb_url ?? null,
        kind: 'website',
        video: null,
        body: homeBody(words, {
          channels: found,
          recent: isSearch ? [] : recent.broadcasts,
          search: isSearch ? search : null,
        }),
        answers: { [path]: listed, [`/api/broadcasts?limit=${RECENT_MAX}`]: recent },
      }
      return { status: 200, facts, entry: 'home', preloads: [] }
    },

    /** A page of the signed-in, of which strangers need to know nothing. */
    plain(words: PageWords, name: string): FoundPage {
      const title = { studio: words.studio, admin: words.admin }[name] ?? words.signUp
      const facts: PageFacts = {
        title: `${title} · Vibly`,
        description: words.home,
        path: `/${name}`,
        imagePath: null,
        kind: 'website',
        video: null,
        body: '',
        answers: {},
      }
      return { status: 200, facts, entry: null, preloads: [] }
    },

    async channel(words: PageWords, username: string): Promise<FoundPage> {
      const channel = await channels.byName(username)
      if (channel === null) return this.missing(words)
      const now = live.liveChannels().find(({ channelId }) => channelId === channel.id) ?? null
      const shown = wireChannel(channel, now)
      const query = { channelId: channel.id, show: 'public', when: 'any' } as const
      const past = await listBroadcasts(context, query, { limit: RECENT_MAX })
      const name = channel.displayName
      const facts: PageFacts = {
        title: channel.title === '' ? `${name} · Vibly` : `${name}: ${channel.title} · Vibly`,
        description: channel.description || words.on(name),
        path: `/${channel.username}`,
        imagePath: shown.thumb_url,
        kind: now === null ? 'website' : 'video.other',
        video: liveVideo(shown),
        body: channelBody(words, shown, past.broadcasts),
        answers: {
          [`/api/channels/${username}`]: shown,
          [`/api/channels/${channel.id}/broadcasts?limit=${RECENT_MAX}`]: past,
        },
      }
      // The first thing the player asks for.
      const preloads = now === null ? [] : [`/live/${channel.id}/index.m3u8`]
      return { status: 200, facts, entry: 'watch', preloads }
    },

    /** null: there is none, or it is not this channel's, or private and not the reader's. */
    async broadcast(
      words: PageWords,
      request: FastifyRequest,
      params: { readonly username: string; readonly broadcast_id: string },
    ): Promise<FoundPage | null> {
      const id = params.broadcast_id
      const found = await readableOrNull(context, request, id)
      const channel = found === null ? null : await channels.get(found.channelId)
      if (found === null || channel?.username !== params.username.toLowerCase()) return null
      const broadcast = wireBroadcast(found, channel)
      const title = found.title || words.untitled
      const facts: PageFacts = {
        title: `${title} · ${channel.displayName} · Vibly`,
        description: channel.description || words.on(channel.displayName),
        path: `/${channel.username}/${id}`,
        imagePath: broadcast.thumb_url,
        kind: 'video.other',
        video: pastVideo(broadcast, title),
        body: broadcastBody(words, broadcast),
        answers: { [`/api/broadcasts/${id}`]: broadcast },
      }
      return { status: 200, facts, entry: 'broadcast', preloads: [] }
    },

    missing(words: PageWords): FoundPage {
      const facts: PageFacts = {
        title: `${words.missing} · Vibly`,
        description: words.missingText,
        path: null,
        imagePath: null,
        kind: 'website',
        video: null,
        body: missingBody(words),
        answers: {},
      }
      return { status: 404, facts, entry: null, preloads: [] }
    },
  }
}

function liveVideo(channel: WireChannel): PageVideo | null {
  const { playlist_url: contentPath, started_at: startedAt, display_name: author } = channel
  if (contentPath === null || startedAt === null) return null
  return { name: channel.title || author, author, startedAt, duration: null, contentPath }
}

function pastVideo(broadcast: WireBroadcast, name: string): PageVideo {
  const { display_name: author, started_at: startedAt, recording_url: recording } = broadcast
  const isOver = broadcast.ended_at !== null
  return {
    ...{ name, author, startedAt },
    duration: isOver ? { seconds: broadcast.duration_s } : null,
    // A file is what most can read; it is there some time after the end.
    contentPath: recording ?? broadcast.playlist_url,
  }
}

async function readableOrNull(context: ApiContext, request: FastifyRequest, id: string) {
  try {
    return await findReadable(context, request, id)
  } catch (thrown) {
    if (thrown instanceof ViblyError && thrown.code === 'live.broadcast-not-found') return null
    throw thrown
  }
}
