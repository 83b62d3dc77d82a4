import type { ComponentChildren } from 'preact'
import type { Answer } from '../api/answer.ts'
import { paths } from '../api/client.ts'
import { api, session } from '../api/session.ts'
import type { BroadcastPage, Channel, ChannelPage } from '../api/wire.ts'
import { currentQuery } from '../navigation.ts'
import { usePolled } from '../polling.ts'
import { text } from '../strings.ts'
import { BroadcastCard, ChannelCard, ChannelChip, SkeletonCards } from '../ui/cards.tsx'
import { AntennaIcon, LostIcon, NothingIcon } from '../ui/icons.tsx'
import { Notice } from '../ui/notice.tsx'
import { useTitle } from '../ui/use-title.ts'

const LIVE_RHYTHM = { pauseMs: () => 5_000, runs: 'while-visible' } as const
const SLOW_RHYTHM = { pauseMs: () => 60_000, runs: 'while-visible' } as const
const SKELETON_COUNT = 8
/** As many as the search box takes, and the server. */
const SEARCH_CHARACTERS_MAX = 100

/** Who is live, whom the visitor follows, and what was; or what a search found. */
export function HomePage() {
  useTitle(text.home.documentTitle)
  const words = (currentQuery('q') ?? '').slice(0, SEARCH_CHARACTERS_MAX).trim()
  return <div class="page">{words === '' ? <Overview /> : <Found key={words} words={words} />}</div>
}

function Overview() {
  const live = usePolled(
    'live',
    (signal) => api.liveChannels(signal),
    LIVE_RHYTHM,
    api.peek<ChannelPage>(paths.live),
  ).value
  const recent = usePolled(
    'recent',
    (signal) => api.recentBroadcasts(signal),
    SLOW_RHYTHM,
    api.peek<BroadcastPage>(paths.recent),
  ).value
  if (live.phase === 'failed') return <Lost />
  const past = recent.phase === 'ready' ? recent.value.broadcasts : []
  return (
    <>
      <Live state={live} isAlone={recent.phase === 'ready' && past.length === 0} />
      {session.value.phase === 'signed-in' && <Followed key={session.value.user.id} />}
      {past.length > 0 && (
        <Part title={text.home.recent}>
          <ul class="grid">
            {past.map((broadcast) => (
              <li key={broadcast.id}>
                <BroadcastCard broadcast={broadcast} isOwnerShown={true} />
              </li>
            ))}
          </ul>
        </Part>
      )}
    </>
  )
}

/** @param given.isAlone there is nothing else on the page */
function Live(given: { readonly state: Answer<ChannelPage>; readonly isAlone: boolean }) {
  const { state } = given
  if (state.phase !== 'ready') {
    return (
      <>
        <div class="page-head">
          <h1>{text.home.title}</h1>
        </div>
        <SkeletonCards count={SKELETON_COUNT} label={text.home.loading} />
      </>
    )
  }
  const { channels } = state.value
  if (channels.length === 0) return <Nobody isAlone={given.isAlone} />
  return (
    <>
      <div class="page-head">
        <h1>{text.home.title}</h1>
        <span class="count">{text.home.count(channels.length)}</span>
      </div>
      <Channels channels={channels} />
    </>
  )
}

function Channels(given: { readonly channels: readonly Channel[] }) {
  return (
    <ul class="grid">
      {given.channels.map((channel) => (
        <li key={channel.id}>
          <ChannelCard channel={channel} />
        </li>
      ))}
    </ul>
  )
}

function Nobody(given: { readonly isAlone: boolean }) {
  return (
    <div class={given.isAlone ? 'home-nobody alone' : 'home-nobody'}>
      <Notice title={text.home.emptyTitle} body={text.home.emptyText} art={<AntennaIcon />}>
        <a class="button primary large" href="/studio">
          {text.home.emptyAction}
        </a>
        <p class="note">{text.home.emptyNote}</p>
      </Notice>
    </div>
  )
}

function Followed() {
  const state = usePolled('following', (signal) => api.following(signal), SLOW_RHYTHM).value
  if (state.phase !== 'ready' || state.value.channels.length === 0) return null
  return (
    <Part title={text.home.following}>
      <Chips channels={state.value.channels} />
    </Part>
  )
}

function Found({ words }: { readonly words: string }) {
  const state = usePolled(
    words,
    (signal) => api.findChannels(words, signal),
    LIVE_RHYTHM,
    api.peek<ChannelPage>(paths.found(words)),
  ).value
  if (state.phase === 'failed') return <Lost />
  const channels = state.phase === 'ready' ? state.value.channels : []
  const live = channels.filter((channel) => channel.live)
  const others = channels.filter((channel) => !channel.live)
  return (
    <>
      <div class="page-head">
        <h1>{text.home.found(words)}</h1>
        {state.phase === 'ready' && (
          <span class="count" role="status">
            {text.home.count(channels.length)}
          </span>
        )}
      </div>
      {state.phase === 'loading' && <SkeletonCards count={4} label={text.home.loading} />}
      {state.phase === 'ready' && channels.length === 0 && (
        <Notice
          title={text.home.foundNothing}
          body={text.home.foundNothingText}
          art={<NothingIcon />}
        >
          <a class="button primary" href="/">
            {text.home.all}
          </a>
        </Notice>
      )}
      {live.length > 0 && <Channels channels={live} />}
      {others.length > 0 && <Chips channels={others} />}
    </>
  )
}

function Chips(given: { readonly channels: readonly Channel[] }) {
  return (
    <ul class="chips">
      {given.channels.map((channel) => (
        <li key={channel.id}>
          <ChannelChip channel={channel} />
        </li>
      ))}
    </ul>
  )
}

function Part(given: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <section class="home-part">
      <h2>{given.title}</h2>
      {given.children}
    </section>
  )
}

function Lost() {
  return <Notice title={text.home.failedTitle} body={text.home.failedText} art={<LostIcon />} />
}
