import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawServerDefault } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Accounts, Channels, Identity } from '../../accounts/index.ts'
import type { BroadcastId, ChannelId, Clock, Logger } from '../../base/index.ts'

/** Fastify, its routes typed by their schemas. */
export type ApiApp = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>

/** A channel with a broadcast that is live or interrupted. */
export interface LiveChannel {
  readonly channelId: ChannelId
  readonly broadcastId: BroadcastId
  /** ISO 8601 UTC. */
  readonly startedAt: string
  readonly viewers: number
  readonly hasThumb: boolean
}

/** One broadcast as the API tells it; live or long over. */
export interface BroadcastFacts {
  readonly id: BroadcastId
  readonly channelId: ChannelId
  readonly title: string
  readonly status: 'live' | 'interrupted' | 'ended' | 'failed'
  /** ISO 8601 UTC. */
  readonly startedAt: string
  readonly endedAt: string | null
  readonly durationMs: number
  readonly renditions: readonly {
    readonly name: string
    readonly width: number | null
    readonly height: number | null
    readonly frameRate: number | null
    /** Peak, bits per second. */
    readonly bandwidth: number
    /** RFC 6381. */
    readonly codecs: string
    readonly isCopy: boolean
  }[]
  readonly hasRecording: boolean
  readonly hasThumb: boolean
}

/** What the API needs of the live side. */
export interface LiveSource {
  /** In no order. */
  liveChannels(): readonly LiveChannel[]
  /** null: there is none, or not any more. */
  broadcast(id: BroadcastId): Promise<BroadcastFacts | null>
  /** Newest first. */
  broadcastsOf(channelId: ChannelId): Promise<readonly BroadcastFacts[]>
  /** Removes a broadcast and all its media; one that is live is ended first. */
  deleteBroadcast(id: BroadcastId): Promise<void>
}

export interface ApiDeps {
  readonly accounts: Accounts
  readonly channels: Channels
  readonly live: LiveSource
  /** Called after the owner changed the channel; rejects when those who live by it cannot follow. */
  channelChanged(id: ChannelId): Promise<void>
  /** The port that encoders use; asked per request, since it may be picked late. */
  readonly rtmpPort: () => number
  readonly clock: Clock
  readonly logger: Logger
}

/** What every route is given. */
export interface ApiContext extends ApiDeps {
  /**
   * Who asks, by Bearer or cookie.
   *
   * @throws ViblyError `accounts.unauthenticated` when nobody is signed in.
   */
  identify(request: FastifyRequest): Promise<Identity>
}
