import type { Logger } from '../base/index.ts'
import type { Chat } from '../chat/index.ts'
import type { Broadcast, ShownStatus } from '../live/index.ts'

const NOTICES = {
  live: 'The broadcast has started.',
  interrupted: null,
  resumed: 'The broadcast goes on.',
  renamed: null,
  ended: 'The broadcast has ended.',
} as const satisfies Record<ShownStatus, string | null>

/** What happens on air is told in the channel's chat: to sockets at once, and in its history. */
export function tellViewers(
  chat: Chat,
  { id, channelId, title, startedAt, phase }: Broadcast,
  shown: ShownStatus,
  logger: Logger,
): void {
  const isInterrupted = phase.phase === 'interrupted' && shown !== 'resumed'
  const onAir = isInterrupted ? 'interrupted' : 'live'
  const status = shown === 'ended' ? shown : onAir
  chat.setStream(channelId, { status, broadcast_id: id, title, started_at: startedAt })
  const words = NOTICES[shown]
  if (words === null) return
  chat.notice(channelId, shown, words).catch((thrown: unknown) => {
    logger.error('the chat could not be told of a broadcast', thrown, { channel_id: channelId })
  })
}
