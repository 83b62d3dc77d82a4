import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { api } from '../api/session.ts'
import type { ChannelDetails, Health, User } from '../api/wire.ts'
import { ChatPanel } from '../chat/chat-panel.tsx'
import { useChatRoom } from '../chat/use-chat-room.ts'
import { formatClock, formatCount } from '../format.ts'
import { liveBroadcastOf, Player } from '../player/player.tsx'
import { usePolled } from '../polling.ts'
import { text } from '../strings.ts'
import { studioText } from '../strings-studio.ts'
import { AntennaIcon, PeopleIcon } from '../ui/icons.tsx'
import { Spinner } from '../ui/notice.tsx'
import { useNow } from '../ui/use-now.ts'
import { countViewers } from '../viewers.ts'
import { ChannelForm } from './channel-form.tsx'
import { EncoderSetup } from './encoder-setup.tsx'
import { addSample, type HealthSample } from './health-history.ts'
import { HealthPanel } from './health-panel.tsx'
import { studioApi } from './studio-api.ts'
import '../styles/player.css'

const CHANNEL_RHYTHM = { pauseMs: () => 3_000, runs: 'always' } as const
/** As often as the server makes new figures; also unseen, or the graphs would have holes. */
const HEALTH_RHYTHM = { pauseMs: () => 2_000, runs: 'always' } as const

/** On air: the picture, how it is doing, the chat; before that, what the encoder needs. */
export function LiveTab({ user }: { readonly user: User }) {
  const channels = usePolled(user.id, (signal) => api.channel(user.id, signal), CHANNEL_RHYTHM)
  const healths = usePolled(user.id, studioApi.health, HEALTH_RHYTHM)
  const channel = channels.value.phase === 'ready' ? channels.value.value : null
  const health = healths.value.phase === 'ready' ? healths.value.value : null
  const viewers = channel === null ? null : countViewers(channel, Date.now())
  const samples = useSamples(health, viewers)
  if (channel === null || health === null) return <Spinner label={studioText.statusUnknown} />
  const isOnAir = channel.live || health.status !== 'offline'
  return (
    <div class="studio-live">
      <div class="studio-main">
        <section class="panel" aria-labelledby="channel-title">
          <h2 id="channel-title" class="visually-hidden">
            {studioText.channelTitle}
          </h2>
          <Preview channel={channel} />
          <Status channel={channel} health={health} />
        </section>
        {isOnAir && <HealthPanel health={health} samples={samples} />}
        <Setup isOpen={!isOnAir} />
      </div>
      <div class="studio-side">
        <div class="panel">
          <ChannelForm channel={channel} />
        </div>
        <OwnChat user={user} />
      </div>
    </div>
  )
}

/** All looks at the stream since the page was opened, of ten minutes at most. */
function useSamples(health: Health | null, viewers: number | null): readonly HealthSample[] {
  const samples = useSignal<readonly HealthSample[]>([])
  // Only the answer: `viewers` comes at a pace of its own.
  useEffect(() => {
    if (health !== null) samples.value = addSample(samples.value, health, viewers, Date.now())
  }, [health])
  return samples.value
}

function Preview({ channel }: { readonly channel: ChannelDetails }) {
  const broadcast = liveBroadcastOf(channel)
  if (broadcast === null) {
    return (
      <div class="studio-picture">
        <span class="notice-art">
          <AntennaIcon />
        </span>
      </div>
    )
  }
  return (
    <div class="studio-picture" data-live="">
      <Player name={channel.display_name} broadcast={broadcast} poster={channel.thumb_url} />
    </div>
  )
}

function Status(given: { readonly channel: ChannelDetails; readonly health: Health }) {
  const { channel, health } = given
  const now = useNow(1_000)
  const startedMs = channel.started_at === null ? null : Date.parse(channel.started_at)
  const viewers = countViewers(channel, now.value)
  const { name, words } = stateOf(channel, health)
  return (
    <div class="studio-status">
      <div role="status">
        <p class="studio-state" data-state={name}>
          <span class="dot" />
          <strong>{words.title}</strong>
        </p>
        {words.text !== null && <p class="note">{words.text}</p>}
      </div>
      {channel.live && (
        <p class="watch-figures">
          {viewers !== null && (
            <span class="figure">
              <PeopleIcon />
              {text.home.viewers(formatCount(viewers))}
            </span>
          )}
          {startedMs !== null && <time class="figure">{formatClock(now.value - startedMs)}</time>}
        </p>
      )}
      <a class="button" href={`/${channel.username}`}>
        {studioText.watchPage}
      </a>
    </div>
  )
}

function stateOf(channel: ChannelDetails, health: Health) {
  if (health.status === 'interrupted') {
    const words = { title: studioText.statusInterrupted, text: studioText.statusInterruptedText }
    return { name: 'interrupted', words }
  }
  if (channel.live) return { name: 'live', words: { title: studioText.statusLive, text: null } }
  if (health.status === 'live') {
    return { name: 'starting', words: { title: studioText.statusStarting, text: null } }
  }
  const words = { title: studioText.statusOffline, text: studioText.statusOfflineText }
  return { name: 'offline', words }
}

/** On air nobody needs it in sight, least of all in a picture of the screen. */
function Setup({ isOpen }: { readonly isOpen: boolean }) {
  if (isOpen) return <EncoderSetup />
  return (
    <details class="studio-setup">
      <summary>{studioText.setupOpen}</summary>
      <EncoderSetup />
    </details>
  )
}

function OwnChat({ user }: { readonly user: User }) {
  const room = useChatRoom(user.id)
  return (
    <div class="studio-chat">
      {room !== null && <ChatPanel room={room} popOutUrl={`/${user.username}/chat`} />}
    </div>
  )
}
