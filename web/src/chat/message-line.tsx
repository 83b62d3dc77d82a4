import { Component } from 'preact'
import type { ChatLine, ChatMessage, ChatNotice } from '../../../client/index.ts'
import { hueOf } from '../format.ts'
import { locale } from '../language.ts'
import { text } from '../strings.ts'
import { MoreIcon, ReplyIcon } from './chat-icons.tsx'
import type { ChatRoom } from './chat-room.ts'
import { type EmoteUrls, splitText, type TextPart } from './chat-text.ts'

interface Given {
  readonly line: ChatLine
  readonly room: ChatRoom
  /** User name of who reads; null: a guest. Another one draws every line anew. */
  readonly username: string | null
  /** Whether it shows what can be done with it. */
  readonly isActive: boolean
  /** Pictures of the channel. Others draw every line anew. */
  readonly emotes: EmoteUrls
}

const TIME = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' })

/** One line of the chat. Drawn once: a line never changes, a changed one is another object. */
export class MessageLine extends Component<Given> {
  override shouldComponentUpdate(next: Given): boolean {
    const { line, username, isActive, emotes } = this.props
    const isSameLine = next.line === line && next.emotes === emotes
    return !isSameLine || next.username !== username || next.isActive !== isActive
  }

  override render() {
    const { line, ...rest } = this.props
    return line.type === 'notice' ? <Notice notice={line} /> : <Message message={line} {...rest} />
  }
}

function Notice({ notice }: { readonly notice: ChatNotice }) {
  return (
    <p class="chat-notice" data-kind={notice.kind} data-seq={notice.seq}>
      {notice.kind === 'announcement' && <b>{text.chat.announcement} </b>}
      {text.chat.notice(notice.kind, notice.content)}
    </p>
  )
}

/** How a message looks; its author, what it answers, its text. */
function Message(given: Omit<Given, 'line'> & { readonly message: ChatMessage }) {
  const { message, room, username, emotes } = given
  const mentions = message.mentions ?? []
  const isToMe =
    username !== null && (mentions.includes(username) || message.parent?.username === username)
  return (
    <div
      class="chat-line"
      data-id={message.id}
      data-seq={message.seq}
      data-kind={message.kind}
      data-me={isToMe ? '' : undefined}
      tabIndex={-1}
    >
      {message.parent !== null && <Quote message={message} room={room} />}
      <Author message={message} />
      {message.kind !== 'action' && <span class="visually-hidden">: </span>}
      <span class="chat-text">
        {splitText(message.content, mentions, username, emotes).map(showPart)}
      </span>
      {given.isActive && <Actions message={message} room={room} />}
    </div>
  )
}

function showPart(part: TextPart) {
  switch (part.kind) {
    case 'text':
      return part.text
    case 'mention':
      return (
        <b class="chat-mention" data-me={part.isMe ? '' : undefined}>
          {part.text}
        </b>
      )
    case 'emote':
      return <img class="chat-emote" src={part.url} alt={part.text} title={part.text} />
    case 'link':
      return (
        <a href={part.href} target="_blank" rel="noopener noreferrer nofollow ugc">
          {part.text}
        </a>
      )
  }
}

function Author({ message }: { readonly message: ChatMessage }) {
  const { user, created_at } = message
  return (
    <>
      {user.roles.map((role) => {
        const label = text.chat.role(role)
        return label === null ? null : (
          <span class="chat-badge" data-role={role}>
            {label}
          </span>
        )
      })}
      <span
        class="chat-author"
        style={{ '--hue': hueOf(user.id) }}
        title={`@${user.username} · ${TIME.format(new Date(created_at))}`}
      >
        {user.display_name}
      </span>{' '}
    </>
  )
}

function Quote({ message, room }: { readonly message: ChatMessage; readonly room: ChatRoom }) {
  const { parent, thread_id } = message
  if (parent === null) return null
  return (
    <button
      type="button"
      class="chat-quote"
      tabIndex={-1}
      title={text.chat.openThread}
      onClick={() => {
        room.threadId.value = thread_id ?? parent.id
      }}
    >
      <ReplyIcon />
      <b>@{parent.username}</b>{' '}
      {parent.deleted === true ? <i>{text.chat.deleted}</i> : parent.content}
    </button>
  )
}

/** Reached by pointer, touch or arrow keys, never by hundreds of tab stops. */
function Actions({ message, room }: { readonly message: ChatMessage; readonly room: ChatRoom }) {
  const name = message.user.display_name
  return (
    <span class="chat-actions">
      <button
        type="button"
        tabIndex={-1}
        aria-label={text.chat.replyTo(name)}
        onClick={() => {
          room.replyTo.value = message
        }}
      >
        <ReplyIcon />
      </button>
      <button
        type="button"
        tabIndex={-1}
        aria-label={text.chat.more(name)}
        aria-haspopup="dialog"
        onClick={() => {
          room.sheet.value = { kind: 'message', message }
        }}
      >
        <MoreIcon />
      </button>
    </span>
  )
}
