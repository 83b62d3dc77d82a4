import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { ApiError, type FollowState } from '../api/client.ts'
import { api, noticeSessionEnd, session } from '../api/session.ts'
import type { Channel } from '../api/wire.ts'
import { formatCount } from '../format.ts'
import { text } from '../strings.ts'
import { messageOf } from '../ui/faults.ts'
import { FollowedIcon, FollowIcon } from '../ui/icons.tsx'
import { Lazy } from '../ui/lazy.tsx'

const loadDialog = async () => (await import('../chat/sign-dialog.tsx')).SignDialog

/** Follows a channel or no more, and says how many do. A guest is asked to sign in first, here. */
export function FollowButton({ channel }: { readonly channel: Channel }) {
  const state = useSignal<FollowState | null>(null)
  const fault = useSignal<string | null>(null)
  const isAsking = useSignal(false)
  const user = session.value.phase === 'signed-in' ? session.value.user : null
  const userId = user?.id ?? null

  useEffect(() => {
    const stop = new AbortController()
    api.followState(channel.id, stop.signal).then(
      (known) => {
        state.value = known
      },
      // Without the number there is still the button; what it says comes with its first use.
      () => undefined,
    )
    return () => stop.abort()
  }, [channel.id, userId])

  const change = async (method: 'PUT' | 'DELETE'): Promise<void> => {
    fault.value = null
    try {
      state.value = await api.changeFollow(channel.id, method)
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown
      noticeSessionEnd(thrown)
      fault.value = messageOf(thrown)
    }
  }
  const { following = false, followers = null } = state.value ?? {}
  const isOwn = userId === channel.id
  return (
    <div class="follow">
      {!isOwn && (
        <button
          type="button"
          class={following ? 'button' : 'button primary'}
          aria-pressed={following}
          title={following ? text.watch.unfollow(channel.display_name) : undefined}
          onClick={async () => {
            if (user === null) isAsking.value = true
            else await change(following ? 'DELETE' : 'PUT')
          }}
        >
          {following ? <FollowedIcon /> : <FollowIcon />}
          {following ? text.watch.following : text.watch.follow}
        </button>
      )}
      {followers !== null && (
        <span class="figure">{text.watch.followers(formatCount(followers))}</span>
      )}
      {fault.value !== null && (
        <span class="form-fault" role="alert">
          {fault.value}
        </span>
      )}
      {isAsking.value && (
        <Lazy
          load={loadDialog}
          label={text.watch.followAsks}
          props={{
            onClose: () => {
              isAsking.value = false
              if (session.value.phase === 'signed-in') void change('PUT')
            },
          }}
        />
      )}
    </div>
  )
}
