import assert from 'node:assert/strict'
import { z } from 'zod'
import { RtmpPublisher } from './rtmp-publisher.ts'
import { eventually, type Streamer, type Vibly } from './vibly.ts'

const listForm = z.object({
  broadcasts: z.array(z.object({ id: z.string(), status: z.string() })),
})

/**
 * One broadcast of a clip from going live to being deleted; resolves when the server has forgotten
 * it.
 */
export async function cycleBroadcast(
  vibly: Vibly,
  streamer: Streamer,
  clip: string,
): Promise<void> {
  const publisher = await RtmpPublisher.publish(
    Number(new URL(vibly.rtmpUrl).port),
    streamer.streamKey,
  )
  await publisher.sendFlv(clip, { pace: 'at-once' })
  await publisher.stop()
  const list = async () => {
    const response = await fetch(`${vibly.url}/api/channels/${streamer.id}/broadcasts`)
    return listForm.parse(await response.json()).broadcasts
  }
  const [over] = await eventually('the broadcast has ended', async () => {
    const broadcasts = await list()
    return broadcasts.length > 0 && broadcasts.every(({ status }) => status === 'ended')
      ? broadcasts
      : null
  })
  const deleted = await fetch(`${vibly.url}/api/broadcasts/${over?.id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${streamer.token}` },
  })
  assert.ok(deleted.ok, `deleting was answered with ${deleted.status}`)
  await eventually('the broadcast is gone', async () => ((await list()).length === 0 ? true : null))
}
