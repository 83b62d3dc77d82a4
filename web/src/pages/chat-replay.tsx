import { type Signal, useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { ChatLine } from '../../../client/index.ts'
import { ApiError } from '../api/client.ts'
import { api } from '../api/session.ts'
import type { Broadcast } from '../api/wire.ts'
import { splitText } from '../chat/chat-text.ts'
import { LOG_BOX } from '../chat/log-box.ts'
import { formatClock, hueOf } from '../format.ts'
import type { PlayerParts } from '../player/player.tsx'
import { text } from '../strings.ts'
import { ReplayFeed } from './replay-feed.ts'
import '../styles/chat.css'

const LOOK_MS = 500
const RETRY_MS = 5_000
/** So near to the end counts as reading along, px. */
const END_PX = 40

/** The chat of a recording, in step with its picture. */
export function ChatReplay(given: {
  readonly broadcast: Broadcast
  readonly parts: Signal<PlayerParts | null>
}) {
  const { broadcast, parts } = given
  const isLost = useSignal(false)
  const [feed] = useState(
    () => new ReplayFeed((place) => api.replay(broadcast.id, place, new AbortController().signal)),
  )
  useEffect(() => {
    const startedMs = Date.parse(broadcast.started_at)
    let timer: ReturnType<typeof setTimeout> | undefined
    let isOver = false
    const look = async (): Promise<void> => {
      let pauseMs = LOOK_MS
      try {
        const player = parts.value
        // The recording leaves out what was not sent; the times in its playlist do not.
        const shownMs = player?.playback.timeline.shownTimeMs ?? null
        const positionMs = (player?.media.positionS.value ?? 0) * 1000
        await feed.follow(shownMs === null ? positionMs : shownMs - startedMs)
        isLost.value = false
      } catch (thrown) {
        if (!(thrown instanceof ApiError)) throw thrown
        isLost.value = true
        pauseMs = RETRY_MS
      }
      if (!isOver) timer = setTimeout(() => void look(), pauseMs)
    }
    void look()
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [feed, parts])

  const list = useRef<HTMLDivElement>(null)
  const isFollowing = useRef(true)
  const lines = feed.shown.value
  useLayoutEffect(() => {
    const box = list.current
    if (box !== null && isFollowing.current) box.scrollTop = box.scrollHeight
  }, [lines])
  return (
    <section class="chat" aria-label={text.broadcast.replay}>
      <header class="chat-head">
        <h2>{text.broadcast.replay}</h2>
      </header>
      {isLost.value && (
        <p class="chat-connection" role="status">
          {text.broadcast.replayLost}
        </p>
      )}
      <div class="chat-body">
        <div
          ref={list}
          role="log"
          {...LOG_BOX}
          aria-label={text.broadcast.replay}
          onScroll={({ currentTarget: box }) => {
            isFollowing.current = box.scrollHeight - box.scrollTop - box.clientHeight < END_PX
          }}
        >
          {lines.length === 0 && (
            <p class="chat-empty">
              {feed.isEmpty.value ? text.broadcast.replayNone : text.broadcast.replayEmpty}
            </p>
          )}
          {lines.map(({ line, offsetMs }) => (
            <Line key={line.id} line={line} offsetMs={offsetMs} />
          ))}
        </div>
      </div>
    </section>
  )
}

function Line({ line, offsetMs }: { readonly line: ChatLine; readonly offsetMs: number }) {
  if (line.type === 'notice') {
    return (
      <p class="chat-notice" data-kind={line.kind}>
        {text.chat.notice(line.kind, line.content)}
      </p>
    )
  }
  const { user, content, mentions = [] } = line
  return (
    <div class="chat-line" data-id={line.id}>
      <time class="replay-time">{formatClock(offsetMs)}</time>{' '}
      <span class="chat-author" style={{ '--hue': hueOf(user.id) }} title={`@${user.username}`}>
        {user.display_name}
      </span>{' '}
      <span class="chat-text">
        {splitText(content, mentions, null).map((part) =>
          part.kind === 'link' ? (
            <a href={part.href} target="_blank" rel="noopener noreferrer nofollow ugc">
              {part.text}
            </a>
          ) : (
            part.text
          ),
        )}
      </span>
    </div>
  )
}
