import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { MediaMessage } from '../../src/rtmp/index.ts'
import { type RtmpPublisher, readFlv } from './rtmp-publisher.ts'

/** What was sent of a clip: when each tag was due, in the clip's own time. */
export interface Sent {
  readonly audioMs: readonly number[]
  readonly videoMs: readonly number[]
}

/** FLV keeps both sequence headers at time 0, in front of everything (FLV 10.1 §E.4). */
function isHeader({ kind, payload }: MediaMessage): boolean {
  return kind !== 'data' && payload[1] === 0
}

/**
 * The sound and picture of a clip that begins at `fromMs` and ends before `untilMs`, headers in
 * front.
 */
export async function readClip(
  path: string,
  untilMs: number,
  fromMs = 0,
): Promise<readonly MediaMessage[]> {
  const tags = [...readFlv(await readFile(path))].filter(({ kind }) => kind !== 'data')
  return tags.filter(
    (tag) => isHeader(tag) || (tag.timestampMs >= fromMs && tag.timestampMs < untilMs),
  )
}

/**
 * Sends the tags of a clip in real time over RTMP, as an encoder would that does with each what
 * `alter` says: another timestamp (modulo 2^32), another body, nothing at all (null). Stops when
 * the connection is gone.
 */
export async function sendSpliced(
  publisher: RtmpPublisher,
  tags: readonly MediaMessage[],
  alter: (tag: MediaMessage) => MediaMessage | null = (tag) => tag,
): Promise<Sent> {
  const sent = { audioMs: [] as number[], videoMs: [] as number[] }
  const firstMs = Math.min(...tags.filter((tag) => !isHeader(tag)).map((tag) => tag.timestampMs))
  const startMs = performance.now() - firstMs
  let isGone = false
  void publisher.closed.then(() => {
    isGone = true
  })
  for (const tag of tags) {
    const waitMs = startMs + tag.timestampMs - performance.now()
    if (!isHeader(tag) && waitMs > 0) await delay(waitMs)
    if (isGone) break
    const altered = alter(tag)
    if (altered === null) continue
    const timestampMs = ((altered.timestampMs % 2 ** 32) + 2 ** 32) % 2 ** 32
    await publisher.send({ ...altered, timestampMs })
    if (isHeader(tag)) continue
    const times = tag.kind === 'audio' ? sent.audioMs : sent.videoMs
    times.push(tag.timestampMs)
  }
  return sent
}
