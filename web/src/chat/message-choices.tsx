import type { ChatMessage } from '../../../client/index.ts'
import { chatText } from '../strings-chat.ts'
import type { ChatRoom } from './chat-room.ts'
import { setModerator } from './set-moderator.ts'

/** How long somebody may be silenced, in seconds. */
const TIMEOUTS_S = [60, 600, 3_600, 86_400] as const

/** What can be done with a message and the one who said it. */
export function MessageChoices(given: {
  readonly room: ChatRoom
  readonly message: ChatMessage
  readonly onDone: () => void
}) {
  const { room, message, onDone } = given
  const { user } = message
  const name = user.display_name
  const isMine = user.id === room.me.value?.id
  const isModerator = user.roles.includes('moderator')
  const threadId = message.thread_id ?? message.id
  const choose = (act: () => void): (() => void) => {
    return () => {
      onDone()
      act()
    }
  }
  const silence = (durationS: number | null): void => {
    const ban = { type: 'ban', user_id: user.id } as const
    const command = durationS === null ? ban : { ...ban, duration_s: durationS }
    const done = durationS === null ? chatText.banned(name) : chatText.timedOut(name)
    run(room.act(command, done, { type: 'unban', user_id: user.id }))
  }
  return (
    <div class="chat-choices">
      {room.me.value !== null && (
        <Choice
          label={chatText.reply}
          onClick={choose(() => {
            room.replyTo.value = message
          })}
        />
      )}
      <Choice
        label={chatText.thread}
        onClick={choose(() => {
          room.threadId.value = threadId
        })}
      />
      {(isMine || room.mayModerate.value) && (
        <Choice
          label={chatText.delete}
          onClick={choose(() =>
            run(room.act({ type: 'delete', id: message.id }, chatText.messageDeleted)),
          )}
        />
      )}
      {room.mayModerate.value && !isMine && (
        <>
          {TIMEOUTS_S.map((seconds) => (
            <Choice
              key={seconds}
              label={chatText.timeout(seconds)}
              onClick={choose(() => silence(seconds))}
            />
          ))}
          <Choice label={chatText.ban(name)} onClick={choose(() => silence(null))} />
          <Choice
            label={chatText.purge(name)}
            onClick={choose(() =>
              run(room.act({ type: 'delete', user_id: user.id }, chatText.purged(name))),
            )}
          />
        </>
      )}
      {room.isOwner.value && !isMine && (
        <Choice
          label={isModerator ? chatText.unmod(name) : chatText.mod(name)}
          onClick={choose(() => run(setModerator(room, user, isModerator ? 'remove' : 'add')))}
        />
      )}
    </div>
  )
}

/** One line of a sheet that does something. */
export function Choice(given: { readonly label: string; readonly onClick: () => void }) {
  return (
    <button type="button" class="chat-choice" onClick={given.onClick}>
      {given.label}
    </button>
  )
}

/** The room tells what went wrong; only a bug of ours comes out here. */
function run(asked: Promise<unknown>): void {
  asked.catch((thrown: unknown) => {
    throw thrown
  })
}
