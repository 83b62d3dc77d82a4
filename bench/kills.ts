import { parseArgs } from 'node:util'
import { seeded } from '../test/support/chat-kills.ts'
import { killAtRandom, type Victim } from '../test/support/recording-kills.ts'

/**
 * One broadcast whose server and FFmpeg are killed at random moments. Fails when its recording does
 * not play from end to end, or lacks more than two seconds, two groups of pictures, around a kill.
 *
 *     bench/kills.ts [--kills 20] [--seed N]
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Math.trunc(Math.random() * 2 ** 31)) },
  },
})
const LOST_MS_MAX = 2000
/** So many in a row: one more within a minute rightly ends the broadcast. [F13] */
const FFMPEGS_MAX = 5

process.stdout.write(`seed ${values.seed}\n`)
const random = seeded(Number(values.seed))
const victims: Victim[] = []
while (victims.length < Number(values.kills)) {
  const isRow = victims.length >= FFMPEGS_MAX && !victims.slice(-FFMPEGS_MAX).includes('server')
  victims.push(random() < 0.5 && !isRow ? 'ffmpeg' : 'server')
}
const report = await killAtRandom(victims, random)
const most = (figures: readonly number[]) => Math.round(Math.max(0, ...figures))
process.stdout.write(
  `${values.kills} kills, ${report.lost.length} of the server; at most, ms: ` +
    `listening again ${most(report.listening)}, media again ${most(report.media)}, ` +
    `lost of the recording ${most(report.lost)}; ` +
    `${(report.recordedMs / 1000).toFixed(1)} s recorded, all of it plays\n`,
)
if (most(report.lost) > LOST_MS_MAX) process.exitCode = 1
