import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { ApiError } from '../api/client.ts'
import { api } from '../api/session.ts'
import { text } from '../strings.ts'
import { chatText } from '../strings-chat.ts'
import { messageOf } from '../ui/faults.ts'
import { Spinner } from '../ui/notice.tsx'
import type { ChatRoom } from './chat-room.ts'

/** Choices of slow mode, in seconds between two messages of one person. */
const SLOW_S = [0, 3, 10, 30, 60, 120] as const

interface Rules {
  readonly slowS: number
  readonly isFollowersOnly: boolean
}

/** What the owner decides about their chat. Starts from what is in force. */
export function ChatSettingsForm(given: { readonly room: ChatRoom; readonly onDone: () => void }) {
  const { room, onDone } = given
  const rules = useSignal<Rules | null>(null)
  useEffect(() => {
    const stop = new AbortController()
    readRules(room.channelId, stop.signal).then(
      (found) => {
        rules.value = found
      },
      (thrown: unknown) => {
        if (stop.signal.aborted) return
        if (!(thrown instanceof ApiError)) throw thrown
        room.told.value = { message: messageOf(thrown), untilMs: null, way: null }
        onDone()
      },
    )
    return () => stop.abort()
  }, [])

  const current = rules.value
  if (current === null) return <Spinner label={text.chat.loading} />
  return (
    <form
      class="chat-settings"
      onSubmit={async (event) => {
        event.preventDefault()
        onDone()
        const { slowS, isFollowersOnly } = current
        await room.act(
          { type: 'settings', slow_mode_s: slowS, followers_only: isFollowersOnly },
          chatText.settingsSaved,
        )
      }}
    >
      <label>
        {chatText.slowMode}
        <select
          value={current.slowS}
          onChange={(event) => {
            rules.value = { ...current, slowS: Number(event.currentTarget.value) }
          }}
        >
          {[...new Set([...SLOW_S, current.slowS])].map((seconds) => (
            <option key={seconds} value={seconds}>
              {chatText.slowChoice(seconds)}
            </option>
          ))}
        </select>
      </label>
      <label>
        <input
          type="checkbox"
          checked={current.isFollowersOnly}
          onChange={(event) => {
            rules.value = { ...current, isFollowersOnly: event.currentTarget.checked }
          }}
        />
        {chatText.followersOnly}
      </label>
      <button type="submit" class="button primary">
        {chatText.save}
      </button>
    </form>
  )
}

async function readRules(channelId: string, signal: AbortSignal): Promise<Rules> {
  const channel = await api.channel(channelId, signal)
  const { slow_mode_s = 0, followers_only = false } = channel?.settings ?? {}
  return { slowS: slow_mode_s, isFollowersOnly: followers_only }
}
