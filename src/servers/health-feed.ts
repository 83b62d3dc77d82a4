import { type ChannelId, type Clock, type Logger, pause } from '../base/index.ts'
import type { LiveSource } from './api/api-context.ts'
import { wireHealth } from './api/wire-forms.ts'

/** CONTRACT section 5: `health` comes every 2 s. */
const FEED_MS = 2000

export interface HealthFeedDeps {
  readonly live: Pick<LiveSource, 'onAir' | 'health'>
  /** To the sockets that the channel's owner has open in it. */
  tell(channelId: ChannelId, health: object): void
  readonly clock: Clock
  readonly logger: Logger
}

/** Tells the owner of every broadcast on air how it is doing, until it is closed. */
export function startHealthFeed(deps: HealthFeedDeps): { close(): Promise<void> } {
  const stop = new AbortController()
  const telling = tellUntil(stop.signal, deps)
  return {
    close: async () => {
      stop.abort()
      await telling
    },
  }
}

async function tellUntil(signal: AbortSignal, deps: HealthFeedDeps): Promise<void> {
  const { live, tell, clock, logger } = deps
  const told = new Set<ChannelId>()
  while (await pause(clock, FEED_MS, signal)) {
    const onAir = live.onAir()
    // Whoever was told goes on being told until the end is told too.
    for (const id of new Set([...told, ...onAir])) {
      try {
        tell(id, wireHealth(live.health(id)))
      } catch (thrown) {
        logger.error('the owner could not be told of a broadcast', thrown, { channel_id: id })
      }
    }
    told.clear()
    for (const id of onAir) told.add(id)
  }
}
