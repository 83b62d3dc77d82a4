import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { locale } from '../language.ts'
import { text } from '../strings.ts'
import { chatText } from '../strings-chat.ts'
import { Spinner } from '../ui/notice.tsx'
import type { ChatRoom } from './chat-room.ts'
import { type Ban, ModerationApi, type Person } from './moderation-api.ts'
import { setModerator } from './set-moderator.ts'

interface People {
  readonly moderators: readonly Person[]
  readonly bans: readonly Ban[]
}

const DAY = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })

/** Who moderates and who is silenced, each with the way to take it back. */
export function PeopleLists({ room }: { readonly room: ChatRoom }) {
  const api = new ModerationApi(room.channelId)
  const people = useSignal<People | null>(null)
  const read = async (): Promise<void> => {
    try {
      const [moderators, bans] = await Promise.all([api.moderators(), api.bans()])
      people.value = { moderators, bans }
    } catch (thrown) {
      room.tellFault(thrown)
    }
  }
  useEffect(() => {
    void read()
  }, [])
  if (people.value === null) return <Spinner label={text.chat.loading} />
  const { moderators, bans } = people.value
  return (
    <div class="chat-people">
      <h4>{chatText.moderators}</h4>
      {moderators.length === 0 && <p>{chatText.noModerators}</p>}
      <ul>
        {moderators.map((person) => (
          <li key={person.id}>
            <Name person={person} />
            {room.isOwner.value && (
              <button
                type="button"
                class="link"
                aria-label={chatText.unmod(person.display_name)}
                onClick={async () => {
                  await setModerator(room, person, 'remove')
                  await read()
                }}
              >
                {chatText.remove}
              </button>
            )}
          </li>
        ))}
      </ul>
      <h4>{chatText.silenced}</h4>
      {bans.length === 0 && <p>{chatText.noSilenced}</p>}
      <ul>
        {bans.map(({ user, until, reason }) => (
          <li key={user.id}>
            <span>
              <Name person={user} />{' '}
              {until === null ? chatText.forGood : chatText.until(DAY.format(new Date(until)))}
              {reason !== '' && ` · ${reason}`}
            </span>
            <button
              type="button"
              class="link"
              aria-label={chatText.unban(user.display_name)}
              onClick={async () => {
                await room.act({ type: 'unban', user_id: user.id }, text.chat.undone)
                await read()
              }}
            >
              {chatText.letWrite}
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}

function Name({ person }: { readonly person: Person }) {
  return <b title={`@${person.username}`}>{person.display_name}</b>
}
