import type { ChannelId } from '../../base/index.ts'
import type { Log } from '../../ports/index.ts'
import { decodeLine, type Line, timeOf } from '../messages/index.ts'
import type { Nonces, RecentSpeech } from '../rules/index.ts'

const READ_COUNT = 1000

/**
 * Fills what a room remembers of its speakers from what they said before the server was started, so
 * that a restart says nothing twice and lifts no slow mode.
 *
 * @param tail the latest lines, oldest first; the nonces of older ones are read from the log
 * @param terms nonces younger than `sinceMs` (ms since 1970) are wanted, `countMax` of them at most
 */
export async function recallSpeech(
  into: { readonly nonces: Nonces; readonly recent: RecentSpeech },
  tail: readonly Line[],
  from: { readonly log: Log; readonly channelId: ChannelId },
  terms: { readonly sinceMs: number; readonly countMax: number },
): Promise<void> {
  for (const line of tail) {
    if (line.record.type !== 'message') continue
    into.recent.add(line.record.user.id, line.record.content, timeOf(line))
  }
  for (const line of await linesSince(tail, from, terms)) recallNonce(into.nonces, line, terms)
}

/** Lines back to a time and a little further, oldest first. */
async function linesSince(
  tail: readonly Line[],
  { log, channelId }: { readonly log: Log; readonly channelId: ChannelId },
  { sinceMs, countMax }: { readonly sinceMs: number; readonly countMax: number },
): Promise<readonly Line[]> {
  const pieces: (readonly Line[])[] = []
  let count = 0
  for (let lines = tail; lines.length > 0 && count < countMax; ) {
    pieces.push(lines)
    count += lines.length
    const first = lines[0]
    if (first === undefined || timeOf(first) < sinceMs) break
    const entries = await log.read(channelId, { before: first.seq }, READ_COUNT)
    lines = entries.map(decodeLine).filter((line) => line !== null)
  }
  return pieces.reverse().flat()
}

function recallNonce(
  nonces: Nonces,
  { seq, record }: Line,
  { sinceMs }: { readonly sinceMs: number },
) {
  if (record.type !== 'message' || record.nonce === undefined) return
  const atMs = Date.parse(record.created_at)
  if (atMs < sinceMs) return
  nonces.add(record.user.id, record.nonce, atMs, Promise.resolve({ id: record.id, seq }))
}
