import { mkdir, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import {
  encodeEpoch,
  encodeRecord,
  FILE_CLOSING,
  FILE_OPENING,
  RECORD_SEPARATOR,
} from '../src/adapters/log/file-log-format.ts'
import { signUp, startVibly } from '../test/support/vibly.ts'

/**
 * How long a server takes to start, and a channel to give its history, with a gigabyte of chat in
 * files of 10 MB, as rotation leaves them.
 */
const BYTES = 1e9
const FILE_BYTES = 10 * 1024 * 1024
const START_LIMIT_MS = 5000

const dataDir = await mkdtemp(join(tmpdir(), 'vibly-bench-'))
const before = await startVibly({ VIBLY_DATA_DIR: dataDir })
const owner = await signUp(before, 'talkative')
await before.stop()
const emptyMs = await timeStart('without chat')
const { files, records } = await fill(owner.id)
console.log(`${files} files, ${records} records, ${(BYTES / 1e9).toFixed(0)} GB`)
const fullMs = await timeStart('with it')
const isGood = fullMs <= START_LIMIT_MS
console.log(
  `start ${Math.round(fullMs)} ms, ${(fullMs / START_LIMIT_MS).toFixed(2)} of the limit, ` +
    `${(fullMs / emptyMs).toFixed(2)} of a start without (${isGood ? 'reached' : 'MISSED'})`,
)
await rm(dataDir, { recursive: true })

/** From the start of the process to its `ready`, and to the first history of the channel. */
async function timeStart(name: string): Promise<number> {
  const fromMs = performance.now()
  const vibly = await startVibly({ VIBLY_DATA_DIR: dataDir })
  const readyMs = performance.now() - fromMs
  const joinMs = performance.now()
  const port = new URL(vibly.url).port
  const ws = new WebSocket(`ws://127.0.0.1:${port}/ws/chat?channelID=${owner.id}`)
  const count = await new Promise<number>((resolve, reject) => {
    ws.once('message', (data) => resolve(JSON.parse(data.toString()).messages.length))
    ws.once('error', reject)
  })
  const tookMs = Math.round(performance.now() - joinMs)
  const page = performance.now()
  const url = `${vibly.url}/api/channels/${owner.id}/messages?before=1000&limit=50`
  await (await fetch(url)).json()
  const pageMs = Math.round(performance.now() - page)
  console.log(
    `${name}: ready after ${Math.round(readyMs)} ms, history of ${count} after ${tookMs} ms, ` +
      `a page of the oldest after ${pageMs} ms`,
  )
  ws.terminate()
  await vibly.stop()
  return readyMs
}

/** Writes rotated files of the channel, the last of them still growing. */
async function fill(channelId: string): Promise<{ files: number; records: number }> {
  await mkdir(dataDir, { recursive: true })
  const path = join(dataDir, `chat_${channelId}`)
  await rm(`${path}.json`, { force: true })
  let seq = 0
  let files = 0
  let written = 0
  while (written < BYTES) {
    const after = seq
    const pieces: Buffer[] = [FILE_OPENING, encodeEpoch('bench-epoch', after)]
    for (let bytes = 0; bytes < FILE_BYTES; ) {
      seq += 1
      const record = encodeRecord(recordText(channelId, seq), seq)
      pieces.push(RECORD_SEPARATOR, record)
      bytes += record.byteLength + 2
    }
    const isLast = written + FILE_BYTES >= BYTES
    const file = await open(isLast ? `${path}.json` : `${path}.${after}.json`, 'w', 0o600)
    await file.writev([...pieces, FILE_CLOSING])
    // As the log leaves them: what is still to be written would hold up the start that is measured.
    await file.datasync()
    await file.close()
    written += FILE_BYTES
    files += 1
    await sleep(0)
  }
  return { files, records: seq }
}

function recordText(channelId: string, seq: number): string {
  return JSON.stringify({
    type: 'message',
    id: `${seq.toString(36)}-abcdefghijkl`,
    channel_id: channelId,
    parent_id: null,
    thread_id: null,
    parent: null,
    content: `message ${seq} ${'of many words '.repeat(seq % 9)}`,
    user: { id: 'talker-01', username: 'talker', display_name: 'Talker', roles: [] },
    created_at: new Date(1_750_000_000_000 + seq * 1000).toISOString(),
  })
}
