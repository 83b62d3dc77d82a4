import { useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import { paths } from '../api/client.ts'
import { api } from '../api/session.ts'
import type { Broadcast } from '../api/wire.ts'
import { formatClock, formatDate, formatMoment, parseMoment } from '../format.ts'
import { currentQuery } from '../navigation.ts'
import { Player, type PlayerParts } from '../player/player.tsx'
import { type Rhythm, usePolled } from '../polling.ts'
import { text } from '../strings.ts'
import { Answered } from '../ui/answered.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { copyText } from '../ui/clipboard.ts'
import { AntennaIcon, DownloadIcon, LinkIcon, NothingIcon } from '../ui/icons.tsx'
import { Notice, NotToBeHad } from '../ui/notice.tsx'
import { useTitle } from '../ui/use-title.ts'
import { ChatReplay } from './chat-replay.tsx'
import { PastBroadcasts } from './past-broadcasts.tsx'
import { Stage } from './stage.tsx'

/** Soon while something of it is still being made, then hardly ever. */
const RHYTHM: Rhythm<Broadcast | null> = {
  pauseMs: (last) => (last !== null && last.recording_url === null ? 5_000 : 120_000),
  runs: 'while-visible',
}
const SAID_MS = 2_000

/** A broadcast that is over: its picture, its chat beside it, and what one can take away. */
export function BroadcastPage(given: { readonly username: string; readonly broadcastId: string }) {
  const { username, broadcastId } = given
  const answer = usePolled(
    broadcastId,
    (signal) => api.broadcast(broadcastId, signal),
    RHYTHM,
    api.peek<Broadcast>(paths.broadcast(broadcastId)),
  ).value
  return (
    <Answered answer={answer} label={text.broadcast.loading} failed={<NotToBeHad />}>
      {(broadcast) => {
        if (broadcast === null) return <Gone username={username} />
        return broadcast.status === 'live' || broadcast.status === 'interrupted' ? (
          <StillLive broadcast={broadcast} />
        ) : (
          <Recording broadcast={broadcast} />
        )
      }}
    </Answered>
  )
}

function Gone({ username }: { readonly username: string }) {
  useTitle(text.watch.documentTitle(text.broadcast.missingTitle, ''))
  return (
    <Notice
      title={text.broadcast.missingTitle}
      body={text.broadcast.missingText}
      art={<NothingIcon />}
    >
      <a class="button primary" href={`/${username}`}>
        {text.broadcast.missingAction(username)}
      </a>
    </Notice>
  )
}

function StillLive({ broadcast }: { readonly broadcast: Broadcast }) {
  useTitle(text.watch.documentTitle(broadcast.display_name, broadcast.title))
  return (
    <Notice title={text.broadcast.isLive} body={broadcast.title} art={<AntennaIcon />}>
      <a class="button primary" href={`/${broadcast.username}`}>
        {text.broadcast.isLiveAction}
      </a>
    </Notice>
  )
}

function Recording({ broadcast }: { readonly broadcast: Broadcast }) {
  const title = broadcast.title || text.home.untitled
  useTitle(text.watch.documentTitle(broadcast.display_name, title))
  const parts = useSignal<PlayerParts | null>(null)
  const played = useMemo(
    () => ({
      id: broadcast.id,
      url: broadcast.playlist_url,
      startS: parseMoment(currentQuery('t') ?? '') ?? 0,
    }),
    [broadcast.id],
  )
  return (
    <Stage
      isLive={false}
      player={(view, stage) => (
        <Player
          name={broadcast.display_name}
          broadcast={played}
          poster={broadcast.thumb_url}
          storyboardUrl={broadcast.storyboard_url}
          view={view}
          stage={stage}
          parts={parts}
        />
      )}
      about={
        <>
          <div class="watch-about">
            <Avatar name={broadcast.display_name} />
            <div class="watch-words">
              <h1>{title}</h1>
              <p>
                <a class="link plain" href={`/${broadcast.username}`}>
                  {broadcast.display_name}
                </a>
              </p>
            </div>
            <div class="watch-tools">
              <MomentLink
                broadcast={broadcast}
                positionS={() => parts.value?.media.positionS.value ?? 0}
              />
              <Download url={broadcast.recording_url} />
            </div>
          </div>
          <div class="watch-figures">
            <time class="figure" dateTime={broadcast.started_at}>
              {formatDate(Date.parse(broadcast.started_at))}
            </time>
            <span class="figure">{text.home.length(formatClock(broadcast.duration_s * 1000))}</span>
          </div>
          <PastBroadcasts channelId={broadcast.channel_id} shownId={broadcast.id} />
        </>
      }
      chat={<ChatReplay key={broadcast.id} broadcast={broadcast} parts={parts} />}
    />
  )
}

function MomentLink(given: { readonly broadcast: Broadcast; readonly positionS: () => number }) {
  const { username, id } = given.broadcast
  const isCopied = useSignal(false)
  return (
    <button
      type="button"
      class="button"
      onClick={async () => {
        const moment = formatMoment(given.positionS())
        isCopied.value = await copyText(`${location.origin}/${username}/${id}?t=${moment}`)
        setTimeout(() => {
          isCopied.value = false
        }, SAID_MS)
      }}
    >
      <LinkIcon />
      <span aria-live="polite">
        {isCopied.value ? text.broadcast.linkCopied : text.broadcast.link}
      </span>
    </button>
  )
}

function Download({ url }: { readonly url: string | null }) {
  if (url === null) return <span class="note">{text.broadcast.downloadSoon}</span>
  return (
    <a class="button" href={`${url}?download=1`} download>
      <DownloadIcon />
      {text.broadcast.download}
    </a>
  )
}
