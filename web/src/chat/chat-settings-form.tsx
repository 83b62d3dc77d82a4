import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { text } from '../strings.ts'
import { chatText } from '../strings-chat.ts'
import { Spinner } from '../ui/notice.tsx'
import type { ChatRoom } from './chat-room.ts'
import { type ChatRules, ModerationApi } from './moderation-api.ts'

const MINUTE_S = 60
const HOUR_S = 3_600
const DAY_S = 86_400
/** Choices in seconds; 0: off. */
const SLOW_S = [0, 3, 10, 30, 60, 120] as const
const FOLLOWED_S = [0, 10 * MINUTE_S, HOUR_S, DAY_S, 7 * DAY_S, 30 * DAY_S] as const
const AGE_S = [0, 10 * MINUTE_S, HOUR_S, DAY_S, 7 * DAY_S, 30 * DAY_S] as const

/** Settings that are on or off, in the order in which they stand. */
const SWITCHES = ['unique_messages', 'emotes_only', 'links_off'] as const

/** What moderators decide about the chat. Starts from what is in force. */
export function ChatSettingsForm(given: { readonly room: ChatRoom; readonly onDone: () => void }) {
  const { room, onDone } = given
  const rules = useSignal<ChatRules | null>(null)
  useEffect(() => {
    new ModerationApi(room.channelId).rules().then(
      (found) => {
        rules.value = found
      },
      (thrown: unknown) => {
        room.tellFault(thrown)
        onDone()
      },
    )
  }, [])

  const current = rules.value
  if (current === null) return <Spinner label={text.chat.loading} />
  const change = (part: Partial<ChatRules>): void => {
    rules.value = { ...current, ...part }
  }
  return (
    <form
      class="chat-settings"
      onSubmit={async (event) => {
        event.preventDefault()
        onDone()
        await room.act({ type: 'settings', ...current }, chatText.settingsSaved)
      }}
    >
      <Choices
        label={chatText.slowMode}
        value={current.slow_mode_s}
        choices={SLOW_S}
        say={chatText.slowChoice}
        onChange={(slow_mode_s) => change({ slow_mode_s })}
      />
      <Switch
        label={chatText.followersOnly}
        isOn={current.followers_only}
        onChange={(followers_only) => change({ followers_only })}
      />
      {current.followers_only && (
        <Choices
          label={chatText.followedFor}
          value={current.followers_only_s}
          choices={FOLLOWED_S}
          say={chatText.span}
          onChange={(followers_only_s) => change({ followers_only_s })}
        />
      )}
      <Choices
        label={chatText.accountAge}
        value={current.account_age_s}
        choices={AGE_S}
        say={chatText.span}
        onChange={(account_age_s) => change({ account_age_s })}
      />
      {SWITCHES.map((name) => (
        <Switch
          key={name}
          label={chatText.switches[name]}
          isOn={current[name]}
          onChange={(isOn) => change({ [name]: isOn })}
        />
      ))}
      <label class="chat-words">
        {chatText.blockedWords}
        <textarea
          rows={3}
          value={current.blocked_words.join('\n')}
          onChange={(event) => change({ blocked_words: wordsIn(event.currentTarget.value) })}
        />
        <small>{chatText.blockedHelp}</small>
      </label>
      <Switch
        label={chatText.holdBlocked}
        isOn={current.hold_blocked}
        onChange={(hold_blocked) => change({ hold_blocked })}
      />
      <button type="submit" class="button primary">
        {chatText.save}
      </button>
    </form>
  )
}

/** One word or pattern a line. */
function wordsIn(written: string): readonly string[] {
  return written.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))
}

function Choices(given: {
  readonly label: string
  readonly value: number
  readonly choices: readonly number[]
  readonly say: (value: number) => string
  readonly onChange: (value: number) => void
}) {
  const { label, value, choices, say, onChange } = given
  // What was set by other means stands among the choices too.
  const all = [...new Set([...choices, value])].sort((one, other) => one - other)
  return (
    <label>
      {label}
      <select value={value} onChange={(event) => onChange(Number(event.currentTarget.value))}>
        {all.map((one) => (
          <option key={one} value={one}>
            {say(one)}
          </option>
        ))}
      </select>
    </label>
  )
}

function Switch(given: {
  readonly label: string
  readonly isOn: boolean
  readonly onChange: (isOn: boolean) => void
}) {
  return (
    <label>
      <input
        type="checkbox"
        checked={given.isOn}
        onChange={(event) => given.onChange(event.currentTarget.checked)}
      />
      {given.label}
    </label>
  )
}
