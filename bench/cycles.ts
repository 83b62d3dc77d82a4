import { parseArgs } from 'node:util'
import { cycleBroadcast } from '../test/support/cycles.ts'
import { makeClip } from '../test/support/publisher.ts'
import { resourcesOf } from '../test/support/resources.ts'
import { dispose, signIn, signUp, startVibly } from '../test/support/vibly.ts'

/**
 * Broadcasts from going live to being deleted, one after the other, and what the server holds in
 * between: descriptors, processes, files and timers must not grow. [X25]
 *
 *     bench/cycles.ts [--cycles 1000]
 */
const { values } = parseArgs({ options: { cycles: { type: 'string', default: '1000' } } })
const cycles = Number(values.cycles)
const WARM_UP = 5
const TELLS = 10

const clip = await makeClip({
  name: 'cycle',
  width: 426,
  height: 240,
  frameRate: '30',
  seconds: 5,
})
const vibly = await startVibly()
let streamer = await signUp(vibly, 'cyclist')
for (let cycle = 0; cycle < WARM_UP; cycle += 1) await cycleBroadcast(vibly, streamer, clip)
console.log('at first  ', JSON.stringify(await resourcesOf(vibly)))
const fromMs = performance.now()
for (let cycle = 1; cycle <= cycles; cycle += 1) {
  await cycleBroadcast(vibly, streamer, clip)
  if (cycle % Math.ceil(cycles / TELLS) === 0) {
    const seconds = ((performance.now() - fromMs) / 1000).toFixed(0)
    console.log(`after ${cycle} in ${seconds} s`, JSON.stringify(await resourcesOf(vibly)))
    streamer = await signIn(vibly, streamer.username)
  }
}
await dispose(vibly)
