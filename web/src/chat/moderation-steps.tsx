import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { locale } from '../language.ts'
import { text } from '../strings.ts'
import { chatText } from '../strings-chat.ts'
import { Spinner } from '../ui/notice.tsx'
import type { ChatRoom } from './chat-room.ts'
import { ModerationApi, type ModerationStep } from './moderation-api.ts'

const TIME = new Intl.DateTimeFormat(locale, { dateStyle: 'short', timeStyle: 'short' })

/** What moderators did lately, the latest first. */
export function ModerationSteps({ room }: { readonly room: ChatRoom }) {
  const steps = useSignal<readonly ModerationStep[] | null>(null)
  useEffect(() => {
    new ModerationApi(room.channelId).steps().then(
      (found) => {
        steps.value = found.toReversed()
      },
      (thrown: unknown) => room.tellFault(thrown),
    )
  }, [])
  if (steps.value === null) return <Spinner label={text.chat.loading} />
  return (
    <ol class="chat-people chat-steps">
      {steps.value.length === 0 && <li>{chatText.noSteps}</li>}
      {steps.value.map((step) => (
        <li key={step.seq}>
          <span>
            <b>{step.by.username}</b> {chatText.step(step.action)}
            {step.content !== undefined && `: ${step.content}`}
            {step.reason !== undefined && step.reason !== '' && ` · ${step.reason}`}
          </span>
          <time dateTime={step.created_at}>{TIME.format(new Date(step.created_at))}</time>
        </li>
      ))}
    </ol>
  )
}
