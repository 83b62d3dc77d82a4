import type { AdminServer, AdminStorage } from '../api/wire.ts'
import { formatBytes, formatClock, formatNumber } from '../format.ts'
import { usePolled } from '../polling.ts'
import { adminText } from '../strings-admin.ts'
import { Answered } from '../ui/answered.tsx'
import { useLoaded } from '../ui/use-loaded.ts'
import { adminApi } from './admin-api.ts'

const words = adminText.server
const RHYTHM = { pauseMs: () => 5_000, runs: 'while-visible' } as const

/** How busy the server is, how full its disk is, and how it is set. */
export function ServerTab() {
  const answer = usePolled('server', adminApi.server, RHYTHM).value
  return (
    <Answered answer={answer} label={adminText.loading}>
      {(server) => (
        <div class="studio-stack">
          <Load server={server} />
          <div class="studio-columns">
            <Storage />
            <Limits server={server} />
          </div>
        </div>
      )}
    </Answered>
  )
}

function Load({ server }: { readonly server: AdminServer }) {
  const used = formatNumber(server.cores_used, 1)
  const facts = [
    [words.broadcasts, formatNumber(server.broadcasts)],
    [words.viewers, formatNumber(server.viewers)],
    [words.slots, words.slotsText(server.slots_taken, server.slots_max)],
    [words.cores, words.coresText(used, formatNumber(server.cores))],
    [words.delay, words.ms(formatNumber(server.loop_delay_ms, 1))],
    [words.memory, formatBytes(server.memory_bytes)],
    [words.uptime, formatClock(server.uptime_s * 1000)],
  ] as const
  return (
    <section class="panel" aria-labelledby="load-title">
      <h2 id="load-title">{words.loadTitle}</h2>
      <dl class="admin-tiles">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function Storage() {
  const { state, reload } = useLoaded('storage', adminApi.storage)
  return (
    <section class="panel" aria-labelledby="storage-title">
      <h2 id="storage-title">{words.storageTitle}</h2>
      <Answered answer={state.value} label={words.measuring} onRetry={reload}>
        {(storage) => <StorageTable storage={storage} />}
      </Answered>
    </section>
  )
}

function StorageTable({ storage }: { readonly storage: AdminStorage }) {
  const { free_bytes: free, total_bytes: total, channels } = storage
  return (
    <>
      {free !== null && total !== null && (
        <>
          <p>{words.free(formatBytes(free), formatBytes(total))}</p>
          <meter class="admin-meter" min={0} max={total} value={total - free} aria-hidden="true" />
        </>
      )}
      {channels.length === 0 ? (
        <p class="note">{words.empty}</p>
      ) : (
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{words.channel}</th>
              <th scope="col" class="number">
                {words.recordings}
              </th>
              <th scope="col" class="number">
                {words.size}
              </th>
            </tr>
          </thead>
          <tbody>
            {channels.map((one) => (
              <tr key={one.channel_id}>
                <th scope="row">
                  <a href={`/${one.username}`}>{one.username}</a>
                </th>
                <td class="number">{formatNumber(one.broadcasts)}</td>
                <td class="number">{formatBytes(one.bytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  )
}

function Limits({ server }: { readonly server: AdminServer }) {
  return (
    <section class="panel" aria-labelledby="limits-title">
      <h2 id="limits-title">{words.limitsTitle}</h2>
      <p class="lead">{words.limitsLead}</p>
      <table class="table admin-limits">
        <thead>
          <tr>
            <th scope="col">{words.setting}</th>
            <th scope="col">{words.value}</th>
          </tr>
        </thead>
        <tbody>
          {server.limits.map(({ name, value, help }) => (
            <tr key={name}>
              <th scope="row">
                <span class="mono">{name}</span>
                <p class="note">{help}</p>
              </th>
              <td class="mono">{value === '' ? '–' : value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
