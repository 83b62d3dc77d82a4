import { ok } from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { runKills, seeded } from '../support/chat-kills.ts'

test('[C05] killed again and again, the chat loses no acknowledged message and doubles none', async (context) => {
  const directory = await mkdtemp(join(tmpdir(), 'vibly-kills-'))
  context.after(() => rm(directory, { recursive: true }))
  const seed = Math.trunc(Math.random() * 2 ** 31)
  context.diagnostic(`seed ${seed}`)
  const plan = { directory, kills: 8, clients: 20, lifeMsMax: 600, random: seeded(seed) }
  const { acknowledged, stored, resent } = await runKills(plan)
  context.diagnostic(`${acknowledged} acknowledged, ${stored} stored, ${resent} sent again`)
  ok(acknowledged > 100)
  ok(resent > 0, 'some were caught in the middle')
})
