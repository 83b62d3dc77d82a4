import { systemClock } from '../src/base/index.ts'
import { Intake } from '../src/live/index.ts'
import { Source } from '../src/live/source/source.ts'
import { encodeFlvTag } from '../src/media/index.ts'
import { RTMP_SERVER_DEFAULTS, startRtmpServer } from '../src/servers/index.ts'
import { LENGTHS } from '../test/support/hls-lengths.ts'
import { silentLogger } from '../test/support/silent-logger.ts'

/**
 * The server of the ingest benchmark, in a process of its own: everything between the sockets and
 * the FLV tags that an FFmpeg would be fed, which are counted and forgotten. Prints its port;
 * answers every line of standard input with what it counted, as JSON.
 */

let tags = 0
let tagBytes = 0

const server = await startRtmpServer(
  {
    publish: async () => {
      const intake = new Intake(systemClock, {
        idleMsMax: 10_000,
        stallMsMax: 10_000,
        ingestKbpsMax: 12_000,
      })
      void intake.watch()
      void sink(intake)
      return intake
    },
    logger: silentLogger,
    clock: systemClock,
  },
  { ...RTMP_SERVER_DEFAULTS, host: '127.0.0.1', port: 0, limits: 'off' },
)

/** As `Connection.carry` does, with nothing behind it. */
async function sink(intake: Intake): Promise<void> {
  const source = new Source({ ...LENGTHS, videoCodecs: ['h264'], keyframeIntervalMs: null })
  for await (const batch of intake.batches()) {
    for (const message of batch) {
      const step = source.push(message)
      if (step === null || step.type === 'restart') continue
      // As if each segment were listed as soon as it can be.
      if (step.type === 'start') source.forgetListed(step.startPtsMs)
      for (const tag of step.tags) {
        const bytes = encodeFlvTag(tag)
        tags += 1
        tagBytes += bytes.byteLength
        if (tag.kind === 'video') source.forgetListed(tag.timestampMs - 4000)
      }
    }
  }
}

process.stdin.on('data', () => process.stdout.write(`${JSON.stringify({ tags, tagBytes })}\n`))
process.stdout.write(`${server.port}\n`)
process.once('SIGTERM', () => process.exit(0))
