import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { silentLogger } from '../../test/support/silent-logger.ts'
import type { Facts } from './errors.ts'
import { watchLoop } from './loop-watch.ts'

/** A clock on which every sleep lasts so much longer than it should. */
class LateClock extends FakeClock {
  lateMs = 0
  #addedMs = 0

  override monotonicMs(): number {
    return super.monotonicMs() + this.#addedMs
  }

  override async sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    await super.sleep(durationMs, signal)
    this.#addedMs += this.lateMs
  }
}

test('[X26] a loop that was blocked for a second is told of, one that is only busy is not', async () => {
  const clock = new LateClock()
  const told: (Facts | undefined)[] = []
  const logger = { ...silentLogger, warn: (_event: string, facts?: Facts) => told.push(facts) }
  const watch = watchLoop({ clock, logger })
  clock.lateMs = 900
  await clock.advance(2000)
  assert.deepEqual(told, [])
  clock.lateMs = 2100
  await clock.advance(250)
  clock.lateMs = 0
  await clock.advance(1000)
  assert.deepEqual(told, [{ blocked_ms: 2100 }])
  await watch.close()
  await watch.close()
})
