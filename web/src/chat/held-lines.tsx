import { chatText } from '../strings-chat.ts'
import type { ChatRoom } from './chat-room.ts'

/** What waits for a moderator's word. */
export function HeldLines({ room }: { readonly room: ChatRoom }) {
  return (
    <>
      {room.held.value.map((frame) => (
        <div class="chat-held" key={frame.id}>
          <p>
            {chatText.held} <b>{frame.user.username}</b> {frame.content}
          </p>
          <button type="button" class="link" onClick={() => room.decideHeld(frame, 'approve')}>
            {chatText.approve}
          </button>
          <button type="button" class="link" onClick={() => room.decideHeld(frame, 'reject')}>
            {chatText.reject}
          </button>
        </div>
      ))}
    </>
  )
}
