import { type Signal, useSignal } from '@preact/signals'
import { ApiError } from '../api/client.ts'
import { api, noticeSessionEnd } from '../api/session.ts'
import type { Channel, User } from '../api/wire.ts'
import { formatClock, formatCount } from '../format.ts'
import { usePolled } from '../polling.ts'
import { text } from '../strings.ts'
import { studioText } from '../strings-studio.ts'
import { messageOf } from '../ui/faults.ts'
import { Field } from '../ui/field.tsx'
import { AntennaIcon, PeopleIcon } from '../ui/icons.tsx'
import { Spinner } from '../ui/notice.tsx'
import { Thumbnail } from '../ui/thumbnail.tsx'
import { useNow } from '../ui/use-now.ts'

const RHYTHM = { pauseMs: () => 3_000, runs: 'while-visible' } as const
const TITLE_LENGTH_MAX = 140

/** The own channel: whether it is live, how it looks, what it is called. */
export function StudioChannel({ user }: { readonly user: User }) {
  const state = usePolled(user.id, (signal) => api.channel(user.id, signal), RHYTHM).value
  const channel = state.phase === 'ready' ? state.value : null
  return (
    <section class="panel" aria-labelledby="channel-title">
      <h2 id="channel-title">{studioText.channelTitle}</h2>
      {channel === null ? <Spinner label={studioText.statusUnknown} /> : <View channel={channel} />}
    </section>
  )
}

function View({ channel }: { readonly channel: Channel }) {
  return (
    <>
      <div class="studio-picture" data-live={channel.live ? '' : undefined}>
        {channel.live ? (
          <Thumbnail
            url={channel.thumb_url}
            name={channel.username}
            alt={studioText.statusPreview}
            isRenewed={true}
          />
        ) : (
          <span class="notice-art">
            <AntennaIcon />
          </span>
        )}
      </div>
      <Status channel={channel} />
      <a class="button" href={`/${channel.username}`}>
        {studioText.watchPage}
      </a>
      <TitleForm channel={channel} />
    </>
  )
}

function Status({ channel }: { readonly channel: Channel }) {
  const now = useNow(1_000)
  const startedMs = channel.started_at === null ? null : Date.parse(channel.started_at)
  return (
    <div class="studio-status" role="status">
      <p class="studio-state">
        {channel.live && <span class="dot" />}
        <strong>{channel.live ? studioText.statusLive : studioText.statusOffline}</strong>
      </p>
      {channel.live ? (
        <p class="watch-figures" aria-hidden="true">
          <span class="figure">
            <PeopleIcon />
            {text.home.viewers(formatCount(channel.viewers))}
          </span>
          {startedMs !== null && <span class="figure">{formatClock(now.value - startedMs)}</span>}
        </p>
      ) : (
        <p class="note">{studioText.statusOfflineText}</p>
      )}
    </div>
  )
}

type Saving =
  | { readonly phase: 'idle' }
  | { readonly phase: 'saving' }
  | { readonly phase: 'saved' }
  | { readonly phase: 'failed'; readonly message: string }

function TitleForm({ channel }: { readonly channel: Channel }) {
  // What is being typed is the user's: no answer of the server may overwrite it.
  const draft = useSignal<string | null>(null)
  const saving = useSignal<Saving>({ phase: 'idle' })
  const state = saving.value
  return (
    <form
      class="studio-title"
      onSubmit={async (event) => {
        event.preventDefault()
        await save(channel, draft.value ?? channel.title, saving)
      }}
    >
      <Field
        label={studioText.titleLabel}
        name="title"
        autocomplete="off"
        note={studioText.titleNote}
        lengthMax={TITLE_LENGTH_MAX}
        value={draft.value ?? channel.title}
        fault={state.phase === 'failed' ? state.message : null}
        onInput={(value) => {
          draft.value = value
          saving.value = { phase: 'idle' }
        }}
      />
      <button type="submit" class="button primary" disabled={state.phase === 'saving'}>
        <span aria-live="polite">{labelOf(state)}</span>
      </button>
    </form>
  )
}

async function save(channel: Channel, title: string, saving: Signal<Saving>): Promise<void> {
  if (saving.value.phase === 'saving') return
  saving.value = { phase: 'saving' }
  try {
    await api.updateChannel(channel.id, { title: title.trim() })
    saving.value = { phase: 'saved' }
  } catch (thrown) {
    if (!(thrown instanceof ApiError)) throw thrown
    noticeSessionEnd(thrown)
    saving.value = { phase: 'failed', message: messageOf(thrown) }
  }
}

function labelOf(state: Saving): string {
  switch (state.phase) {
    case 'idle':
    case 'failed':
      return studioText.save
    case 'saving':
      return studioText.saving
    case 'saved':
      return studioText.saved
  }
}
