import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { ChatRoom } from './chat-room.ts'

/** The chat of a channel for the life of a component; null before it has been put on the page. */
export function useChatRoom(channelId: string): ChatRoom | null {
  const room = useSignal<ChatRoom | null>(null)
  useEffect(() => {
    const opened = new ChatRoom(channelId)
    room.value = opened
    return () => opened.close()
  }, [channelId])
  return room.value
}
