import { useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { ApiError } from '../api/client.ts'
import type { Broadcast, BroadcastPage, User } from '../api/wire.ts'
import { formatClock, formatDateTime } from '../format.ts'
import { startPolling } from '../polling.ts'
import { text } from '../strings.ts'
import { studioText } from '../strings-studio.ts'
import { ConfirmButton } from '../ui/confirm-button.tsx'
import { FaultLine } from '../ui/fault-line.tsx'
import { Field } from '../ui/field.tsx'
import { AntennaIcon, DownloadIcon } from '../ui/icons.tsx'
import { Notice, Spinner } from '../ui/notice.tsx'
import { focusMain } from '../ui/page-focus.ts'
import { Thumbnail } from '../ui/thumbnail.tsx'
import { faultIn, useSaving } from '../ui/use-saving.ts'
import { studioApi, type Visibility } from './studio-api.ts'

const words = studioText.past
/** While something of a broadcast is still being made. */
const RHYTHM = { pauseMs: () => 5_000, runs: 'while-visible' } as const
/** A recording that was not there so long after the end is not on its way, or not made at all. */
const MAKING_MS_MAX = 600_000
const VISIBILITIES = ['public', 'unlisted', 'private'] as const

/** Everything that was streamed, newest first: to rename, to hide, to download, to delete. */
export function PastTab({ user }: { readonly user: User }) {
  const page = useSignal<BroadcastPage | null>(null)
  const { saving, save } = useSaving()
  const load = (cursor: string | null): Promise<boolean> =>
    save(async () => {
      const next = await studioApi.broadcasts(user.id, cursor)
      const before = cursor === null ? [] : (page.value?.broadcasts ?? [])
      page.value = { ...next, broadcasts: [...before, ...next.broadcasts] }
    })
  useEffect(() => {
    load(null).catch((thrown: unknown) => {
      throw thrown
    })
  }, [user.id])

  const isSomeUnfinished = page.value?.broadcasts.some(isUnfinished) === true
  useEffect(() => {
    if (!isSomeUnfinished) return
    return startPolling(async () => {
      const fresh = await freshOf(user)
      if (page.value === null) return
      // Only what is on the page: what was deleted meanwhile does not come back.
      const broadcasts = page.value.broadcasts.map((one) => fresh.get(one.id) ?? one)
      page.value = { ...page.value, broadcasts }
    }, RHYTHM)
  }, [user.id, isSomeUnfinished])

  const current = page.value
  if (current === null) {
    const fault = faultIn(saving.value)
    return fault === null ? <Spinner label={words.loading} /> : <Notice title={fault} />
  }
  const replace = (id: string, changed: Broadcast | null): void => {
    const broadcasts = current.broadcasts.flatMap((one) =>
      one.id !== id ? [one] : changed === null ? [] : [changed],
    )
    page.value = { ...current, broadcasts }
  }
  if (current.broadcasts.length === 0) {
    return <Notice title={words.none} body={words.noneText} art={<AntennaIcon />} />
  }
  return (
    <section aria-labelledby="past-title">
      <h2 id="past-title" class="visually-hidden">
        {words.title}
      </h2>
      <ul class="past-list">
        {current.broadcasts.map((broadcast) => (
          <Row
            key={broadcast.id}
            broadcast={broadcast}
            onChange={(changed) => replace(broadcast.id, changed)}
          />
        ))}
      </ul>
      <FaultLine fault={faultIn(saving.value)} />
      {current.next_cursor !== null && (
        <button type="button" class="button" onClick={() => load(current.next_cursor)}>
          {words.more}
        </button>
      )}
    </section>
  )
}

/** Whether it is on air, or its recording may still come. */
function isUnfinished({ ended_at, recording_url }: Broadcast): boolean {
  if (ended_at === null) return true
  return recording_url === null && Date.now() - Date.parse(ended_at) < MAKING_MS_MAX
}

/** The newest broadcasts as they are now, by their id; none while the server does not tell. */
async function freshOf(user: User): Promise<ReadonlyMap<string, Broadcast>> {
  try {
    const { broadcasts } = await studioApi.broadcasts(user.id, null)
    return new Map(broadcasts.map((one) => [one.id, one]))
  } catch (thrown) {
    if (!(thrown instanceof ApiError)) throw thrown
    return new Map()
  }
}

function Row(given: {
  readonly broadcast: Broadcast
  /** null: it is gone. */
  readonly onChange: (changed: Broadcast | null) => void
}) {
  const { broadcast, onChange } = given
  const isRenaming = useSignal(false)
  const renameButton = useRef<HTMLButtonElement>(null)
  const { saving, save } = useSaving()
  const title = broadcast.title || words.untitled
  const isLive = broadcast.ended_at === null
  const change = (part: { title?: string; visibility?: Visibility }): Promise<boolean> =>
    save(async () => onChange(await studioApi.changeBroadcast(broadcast.id, part)))
  return (
    <li class="past-row panel">
      <a class="past-picture" href={`/${broadcast.username}/${broadcast.id}`} tabIndex={-1}>
        <Thumbnail url={broadcast.thumb_url} name={broadcast.username} alt="" isRenewed={isLive} />
        <span class="past-length">
          {isLive ? words.live : formatClock(broadcast.duration_s * 1000)}
        </span>
      </a>
      <div class="past-words">
        {isRenaming.value ? (
          <RenameForm
            title={broadcast.title}
            onDone={async (renamed) => {
              isRenaming.value = false
              renameButton.current?.focus()
              if (renamed !== null) await change({ title: renamed })
            }}
          />
        ) : (
          <h3>
            <a href={`/${broadcast.username}/${broadcast.id}`}>{title}</a>
          </h3>
        )}
        <p class="note">
          {formatDateTime(broadcast.started_at)}
          {broadcast.status === 'failed' && ` · ${words.failed}`}
          {!isLive && isUnfinished(broadcast) && ` · ${text.broadcast.downloadSoon}`}
        </p>
        <FaultLine fault={faultIn(saving.value)} />
        <div class="past-actions">
          <select
            aria-label={words.visibility(title)}
            value={broadcast.visibility}
            aria-disabled={saving.value.phase === 'saving'}
            onChange={async (event) => {
              const chosen = VISIBILITIES.find((name) => name === event.currentTarget.value)
              if (chosen !== undefined) await change({ visibility: chosen })
            }}
          >
            {VISIBILITIES.map((name) => (
              <option key={name} value={name}>
                {words.visibilities[name]}
              </option>
            ))}
          </select>
          <button
            ref={renameButton}
            type="button"
            class="button quiet"
            onClick={() => {
              isRenaming.value = true
            }}
          >
            {words.rename}
          </button>
          {broadcast.recording_url !== null && (
            <a class="button quiet" href={`${broadcast.recording_url}?download=1`} download>
              <DownloadIcon />
              {words.download}
            </a>
          )}
          <ConfirmButton
            className="button quiet past-delete"
            label={words.delete}
            question={{
              title: words.deleteTitle,
              body: `${words.deleteText(title)} ${isLive ? words.deleteLive : ''}`,
              action: words.delete,
            }}
            onYes={() =>
              save(async () => {
                await studioApi.deleteBroadcast(broadcast.id)
                onChange(null)
                focusMain()
              })
            }
          />
        </div>
      </div>
    </li>
  )
}

function RenameForm(given: {
  readonly title: string
  /** null: it stays as it is. */
  readonly onDone: (title: string | null) => void
}) {
  const title = useSignal(given.title)
  const form = useRef<HTMLFormElement>(null)
  useLayoutEffect(() => {
    form.current?.querySelector('input')?.select()
  }, [])
  return (
    <form
      ref={form}
      class="past-rename"
      onSubmit={(event) => {
        event.preventDefault()
        given.onDone(title.value.trim())
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') given.onDone(null)
      }}
    >
      <Field
        label={words.renameLabel}
        name="title"
        autocomplete="off"
        lengthMax={140}
        value={title.value}
        onInput={(value) => {
          title.value = value
        }}
      />
      <button type="submit" class="button primary">
        {words.renameSave}
      </button>
      <button type="button" class="button" onClick={() => given.onDone(null)}>
        {words.cancel}
      </button>
    </form>
  )
}
