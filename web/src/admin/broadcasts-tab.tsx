import type { AdminBroadcast } from '../api/wire.ts'
import { formatClock, formatNumber } from '../format.ts'
import { usePolled } from '../polling.ts'
import { text } from '../strings.ts'
import { adminText } from '../strings-admin.ts'
import { studioText } from '../strings-studio.ts'
import { sayWarning } from '../studio/warning-words.ts'
import { Answered } from '../ui/answered.tsx'
import { ConfirmButton } from '../ui/confirm-button.tsx'
import { FaultLine } from '../ui/fault-line.tsx'
import { AntennaIcon } from '../ui/icons.tsx'
import { Notice } from '../ui/notice.tsx'
import { useNow } from '../ui/use-now.ts'
import { faultIn, useSaving } from '../ui/use-saving.ts'
import { countViewers } from '../viewers.ts'
import { adminApi } from './admin-api.ts'

const words = adminText.broadcasts
const RHYTHM = { pauseMs: () => 2_000, runs: 'while-visible' } as const

/** Everyone on air, how they are doing, and the way to end it. */
export function BroadcastsTab() {
  const answer = usePolled('broadcasts', adminApi.broadcasts, RHYTHM).value
  return (
    <Answered answer={answer} label={adminText.loading}>
      {(broadcasts) =>
        broadcasts.length === 0 ? (
          <Notice title={words.none} body={words.noneText} art={<AntennaIcon />} />
        ) : (
          <section class="panel" aria-labelledby="on-air-title">
            <h2 id="on-air-title">{words.title}</h2>
            <ul class="rows">
              {broadcasts.map((one) => (
                <Row key={one.channel_id} broadcast={one} />
              ))}
            </ul>
          </section>
        )
      }
    </Answered>
  )
}

function Row({ broadcast }: { readonly broadcast: AdminBroadcast }) {
  const { username, display_name, title, health, started_at } = broadcast
  const { saving, save } = useSaving()
  const now = useNow(1_000)
  const viewers = countViewers(broadcast, now.value)
  const facts = [
    ...(viewers === null ? [] : [`${words.viewers}: ${formatNumber(viewers)}`]),
    `${words.bitRate}: ${studioText.health.kbps(formatNumber(health.ingest_kbps))}`,
    `${words.qualities}: ${health.renditions.map(({ name }) => name).join(', ') || '–'}`,
  ]
  return (
    <li class="row">
      <div class="row-words">
        <p>
          <a href={`/${username}`}>
            <strong>{display_name}</strong>
          </a>{' '}
          <State broadcast={broadcast} />{' '}
          {started_at !== null && (
            <time class="note">{formatClock(now.value - Date.parse(started_at))}</time>
          )}
        </p>
        {title !== '' && <p>{title}</p>}
        <p class="note">{facts.join(' · ')}</p>
        {health.warnings.length > 0 && (
          <p class="admin-warning">
            {words.warnings}: {health.warnings.map((code) => sayWarning(code).what).join(' ')}
          </p>
        )}
        <FaultLine fault={faultIn(saving.value)} />
      </div>
      <div class="row-actions">
        <ConfirmButton
          className="button danger"
          label={words.stop}
          fullLabel={words.stopOf(username)}
          question={{ title: words.stopTitle(username), body: words.stopText, action: words.stop }}
          onYes={() => save(() => adminApi.stopBroadcast(broadcast.channel_id))}
        />
      </div>
    </li>
  )
}

function State({ broadcast }: { readonly broadcast: AdminBroadcast }) {
  if (broadcast.health.status === 'interrupted') {
    return <span class="badge dim">{words.interrupted}</span>
  }
  if (broadcast.started_at === null) return <span class="badge dim">{words.starting}</span>
  return <span class="badge live">{text.home.live}</span>
}
