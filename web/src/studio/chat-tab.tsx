import type { ComponentChildren } from 'preact'
import type { User } from '../api/wire.ts'
import { ChatPanel } from '../chat/chat-panel.tsx'
import type { ChatRoom } from '../chat/chat-room.ts'
import { ChatSettingsForm } from '../chat/chat-settings-form.tsx'
import { EmoteShelf } from '../chat/emote-shelf.tsx'
import { ModerationSteps } from '../chat/moderation-steps.tsx'
import { PeopleLists } from '../chat/people-lists.tsx'
import { useChatRoom } from '../chat/use-chat-room.ts'
import { chatText } from '../strings-chat.ts'
import { studioText } from '../strings-studio.ts'
import { Spinner } from '../ui/notice.tsx'

const words = studioText.chat

/**
 * Everything that is set about the own chat, beside the chat itself with what waits for a decision.
 */
export function ChatTab({ user }: { readonly user: User }) {
  const room = useChatRoom(user.id)
  if (room === null) return <Spinner label={studioText.loading} />
  return (
    <div class="studio-live">
      <div class="studio-main">
        <h2 class="visually-hidden">{studioText.tabs.chat}</h2>
        <Rules room={room} />
        <Part name="emotes" title={chatText.emotes} lead={words.emotesLead}>
          <EmoteShelf room={room} />
        </Part>
        <Part name="people" title={chatText.people} lead={words.peopleLead}>
          <PeopleLists room={room} />
        </Part>
        <Part name="steps" title={chatText.steps} lead={words.stepsLead}>
          <ModerationSteps room={room} />
        </Part>
      </div>
      <div class="studio-side studio-sticky">
        <div class="studio-chat">
          <ChatPanel room={room} popOutUrl={`/${user.username}/chat`} />
        </div>
      </div>
    </div>
  )
}

function Rules({ room }: { readonly room: ChatRoom }) {
  return (
    <Part name="rules" title={words.rulesTitle} lead={words.rulesLead}>
      {/* What came of it is told in the chat beside it. */}
      <ChatSettingsForm room={room} onDone={() => undefined} />
    </Part>
  )
}

function Part(given: {
  readonly name: string
  readonly title: string
  readonly lead: string
  readonly children: ComponentChildren
}) {
  const id = `chat-${given.name}-title`
  return (
    <section class="panel studio-part" aria-labelledby={id}>
      <h3 id={id}>{given.title}</h3>
      <p class="lead">{given.lead}</p>
      {given.children}
    </section>
  )
}
