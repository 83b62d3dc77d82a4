import { parseArgs } from 'node:util'
import { seeded } from '../test/support/chat-kills.ts'
import { killAtRandom } from '../test/support/recording-kills.ts'

/**
 * One broadcast whose server and FFmpeg are killed at random moments. Fails when its recording does not
 * play from end to end, or lacks more than two seconds, two groups of pictures, around a kill.
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

process.stdout.write(`seed ${values.seed}\n`)
const random = seeded(Number(values.seed))
const victims = Array.from({ length: Number(values.kills) }, () =>
  random() < 0.5 ? ('ffmpeg' as const) : ('server' as const),
)
const report = await killAtRandom(victims, random)
const most = (figures: readonly number[]) => Math.round(Math.max(0, ...figures))
process.stdout.write(
  `${values.kills} kills, ${report.lost.length} of the server; at most, ms: ` +
    `listening again ${most(report.listening)}, media again ${most(report.media)}, ` +
    `lost of the recording ${most(report.lost)}; ` +
    `${(report.recordedMs / 1000).toFixed(1)} s recorded, all of it plays\n`,
)
if (most(report.lost) > LOST_MS_MAX) process.exitCode = 1
