import { useSignal } from '@preact/signals'
import { chatText } from '../strings-chat.ts'
import type { ChatRoom } from './chat-room.ts'
import { ModerationApi } from './moderation-api.ts'

const TYPES = 'image/png,image/webp,image/gif'

/**
 * The channel's own pictures: what there is, and a form for one more. The server says what is none.
 */
export function EmoteShelf({ room }: { readonly room: ChatRoom }) {
  const name = useSignal('')
  const picture = useSignal<File | null>(null)
  const change = async (work: Promise<unknown>): Promise<void> => {
    try {
      await work
      name.value = ''
      picture.value = null
      room.told.value = null
    } catch (thrown) {
      room.tellFault(thrown)
    }
    room.loadEmotes()
  }
  return (
    <div class="chat-people">
      <ul>
        {[...room.emotes.value].map(([known, url]) => (
          <li key={known}>
            <span>
              <img class="chat-emote" src={url} alt="" /> :{known}:
            </span>
            <button
              type="button"
              class="link"
              aria-label={chatText.removeEmote(known)}
              onClick={() => change(new ModerationApi(room.channelId).removeEmote(known))}
            >
              {chatText.remove}
            </button>
          </li>
        ))}
      </ul>
      <form
        class="chat-settings"
        onSubmit={async (event) => {
          event.preventDefault()
          const file = picture.value
          if (file !== null)
            await change(new ModerationApi(room.channelId).putEmote(name.value, file))
        }}
      >
        <label>
          {chatText.emoteName}
          <input
            type="text"
            required
            pattern="[a-z0-9_]{2,32}"
            title={chatText.emoteNameHelp}
            value={name.value}
            onInput={(event) => {
              name.value = event.currentTarget.value
            }}
          />
        </label>
        <label>
          {chatText.emotePicture}
          <input
            // A form that was sent begins anew; a file field cannot be emptied otherwise.
            key={String(picture.value === null)}
            type="file"
            required={picture.value === null}
            accept={TYPES}
            onChange={(event) => {
              picture.value = event.currentTarget.files?.[0] ?? null
            }}
          />
        </label>
        {picture.value !== null && <p>{picture.value.name}</p>}
        <button type="submit" class="button primary">
          {chatText.addEmote}
        </button>
      </form>
    </div>
  )
}
