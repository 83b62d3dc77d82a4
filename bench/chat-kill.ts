import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runKills, seeded } from '../test/support/chat-kills.ts'

/**
 * Twenty clients talk at random for about a minute while the server is killed and started thirty
 * times. Fails when an acknowledged message is missing, doubled or out of order anywhere.
 *
 *     bench/chat-kill.ts [--kills 30] [--seconds 60] [--seed N]
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '30' },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Math.trunc(Math.random() * 2 ** 31)) },
  },
})
/** About what a start and the reading of the file take. */
const START_MS = 500

const kills = Number(values.kills)
const lifeMsMax = Math.max(100, 2 * ((Number(values.seconds) * 1000) / kills - START_MS))
const directory = await mkdtemp(join(tmpdir(), 'vibly-kills-'))
process.stdout.write(`seed ${values.seed}\n`)
const fromMs = performance.now()
try {
  const random = seeded(Number(values.seed))
  const report = await runKills({ directory, kills, clients: 20, lifeMsMax, random })
  const tookS = ((performance.now() - fromMs) / 1000).toFixed(1)
  process.stdout.write(
    `${kills} kills in ${tookS} s: ${report.acknowledged} acknowledged, ${report.stored} stored, ` +
      `${report.resent} sent again; none lost, none twice, same order for all 20\n`,
  )
} finally {
  await rm(directory, { recursive: true })
}
