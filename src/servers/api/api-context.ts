import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawServerDefault } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Accounts, Channels, Identity, Registrations } from '../../accounts/index.ts'
import type {
  BroadcastChange,
  BroadcastQuery,
  BroadcastRecord,
  ChannelUse,
} from '../../archive/index.ts'
import type { BroadcastId, ChannelId, Clock, Logger, ViblyError } from '../../base/index.ts'
import type { Health, LiveChannel } from '../../live/index.ts'
import type { DiskSpace } from '../../ports/index.ts'
import type { ServerLoad } from '../load-meter.ts'
import type { FindReader } from './identify.ts'

/** Fastify, its routes typed by their schemas. */
export type ApiApp = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>

/** One broadcast as the API tells it; live or long over. */
export type BroadcastFacts = Omit<
  BroadcastRecord,
  'failure' | 'bytes' | 'partTargetMs' | 'keyframeIntervalMs'
>

/** What the API needs of the live side. */
export interface LiveSource {
  /** In no order. */
  liveChannels(): readonly LiveChannel[]
  /** Channels with a broadcast that runs, watchable or not yet. */
  onAir(): readonly ChannelId[]
  /** How the channel's broadcast is doing; null: it is offline. */
  health(channelId: ChannelId): Health | null
  /** null: there is none, or not any more. */
  broadcast(id: BroadcastId): Promise<BroadcastFacts | null>
  /** Newest first. */
  listBroadcasts(query: BroadcastQuery): Promise<readonly BroadcastFacts[]>
  /** What is absent stays. null: there is none. */
  changeBroadcast(id: BroadcastId, change: BroadcastChange): Promise<BroadcastFacts | null>
  /** Ends the channel's broadcast, if there is one; its encoder is told the reason. */
  stopChannel(channelId: ChannelId, reason: ViblyError): void
  /** Removes a broadcast and all its media; one that is live is ended first. */
  deleteBroadcast(id: BroadcastId): Promise<void>
}

/** What only administrators are told of the server. */
export interface Operator {
  load(): ServerLoad
  /** Places for FFmpegs. */
  slots(): { readonly taken: number; readonly max: number }
  /** Of the disk with the media; null: it cannot be looked at. */
  disk(): Pick<DiskSpace, 'bytesFree' | 'bytesTotal'> | null
  /** What each channel has stored. May take seconds where there is much. */
  storage(): Promise<readonly ChannelUse[]>
  /** Settings with what they are set to; none that is secret. */
  readonly limits: readonly {
    readonly name: string
    readonly value: string
    readonly help: string
  }[]
}

export interface ApiDeps {
  readonly accounts: Accounts
  readonly registrations: Registrations
  readonly operator: Operator
  readonly channels: Channels
  readonly live: LiveSource
  /**
   * Called after the owner changed the channel; rejects when those who live by it cannot follow.
   */
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
  /**
   * As `identify`, for administrators alone.
   *
   * @throws ViblyError `accounts.unauthenticated`, `http.forbidden`
   */
  identifyAdmin(request: FastifyRequest): Promise<Identity>
  /** Who asks, where strangers may ask too; null: a stranger. */
  readonly findReader: FindReader
}
