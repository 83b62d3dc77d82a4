import { type Clock, pause } from './clock.ts'
import type { Logger } from './log.ts'

const LOOK_EVERY_MS = 250
/**
 * Players have more than this in their buffers; who operates the server should know all the same.
 */
const BLOCKED_MS_MAX = 1000

/**
 * Says in the log when nothing of this process ran for a second or more: a bug that keeps the event
 * loop busy, a machine without memory, a process that was stopped. [X26]
 */
export function watchLoop(deps: { readonly clock: Clock; readonly logger: Logger }): {
  close(): Promise<void>
} {
  const over = new AbortController()
  const watching = watch(deps.clock, deps.logger, over.signal)
  return {
    close: async () => {
      over.abort()
      await watching
    },
  }
}

async function watch(clock: Clock, logger: Logger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const dueMs = clock.monotonicMs() + LOOK_EVERY_MS
    await pause(clock, LOOK_EVERY_MS, signal)
    const blockedMs = Math.round(clock.monotonicMs() - dueMs)
    if (blockedMs >= BLOCKED_MS_MAX) {
      logger.warn('the event loop was blocked', { blocked_ms: blockedMs })
    }
  }
}
