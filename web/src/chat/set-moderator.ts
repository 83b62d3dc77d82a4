import { chatText } from '../strings-chat.ts'
import type { ChatRoom } from './chat-room.ts'
import { ModerationApi } from './moderation-api.ts'

/** Names a moderator, or takes that back, and tells how it went. False: it was refused. */
export async function setModerator(
  room: ChatRoom,
  { id, display_name: name }: { readonly id: string; readonly display_name: string },
  change: 'add' | 'remove',
): Promise<boolean> {
  try {
    await new ModerationApi(room.channelId).setModerator(id, change)
    const message = change === 'add' ? chatText.modded(name) : chatText.unmodded(name)
    room.told.value = { message, untilMs: null, way: null }
    return true
  } catch (thrown) {
    room.tellFault(thrown)
    return false
  }
}
