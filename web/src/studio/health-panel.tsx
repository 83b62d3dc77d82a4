import type { Health } from '../api/wire.ts'
import { formatNumber } from '../format.ts'
import { studioText } from '../strings-studio.ts'
import { CheckIcon, WarningIcon } from '../ui/icons.tsx'
import { HealthChart } from './health-chart.tsx'
import type { HealthSample } from './health-history.ts'
import { sayWarning } from './warning-words.ts'

const words = studioText.health

/** How the stream is doing: warnings first, then figures, graphs and how each quality is made. */
export function HealthPanel(given: {
  readonly health: Health
  readonly samples: readonly HealthSample[]
}) {
  const { health, samples } = given
  return (
    <section class="panel" aria-labelledby="health-title">
      <h2 id="health-title">{words.title}</h2>
      <Warnings health={health} />
      <Figures health={health} />
      <Charts health={health} samples={samples} />
      {health.renditions.length > 0 && <Renditions health={health} />}
    </section>
  )
}

function Warnings({ health }: { readonly health: Health }) {
  if (health.status !== 'live') return null
  if (health.warnings.length === 0) {
    return (
      <p class="health-good" role="status">
        <CheckIcon />
        {health.renditions.length === 0 ? words.waiting : words.good}
      </p>
    )
  }
  return (
    <ul class="health-warnings" role="status">
      {health.warnings.map((code) => {
        const { what, remedy } = sayWarning(code)
        return (
          <li key={code} class="health-warning">
            <WarningIcon />
            <span>
              <strong>{what}</strong> {remedy}
            </span>
          </li>
        )
      })}
    </ul>
  )
}

function Figures({ health }: { readonly health: Health }) {
  const { width, height, keyframe_interval_s: intervalS, codecs } = health
  const rows = [
    [words.size, width === null ? words.unknown : `${width} × ${height}`],
    [
      words.keyframes,
      intervalS === null ? words.unknown : words.seconds(formatNumber(intervalS, 1)),
    ],
    [words.dropped, formatNumber(health.dropped_frames)],
    [words.late, words.seconds(formatNumber(health.late_ms / 1000, 1))],
    [words.codecs, codecs ?? words.unknown],
  ] as const
  return (
    <dl class="health-figures">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function Charts(given: { readonly health: Health; readonly samples: readonly HealthSample[] }) {
  const { samples } = given
  const last = samples.at(-1)
  const times = samples.map(({ atS }) => atS)
  const say = (value: number | null | undefined, form: (text: string) => string, digits = 0) =>
    typeof value === 'number' ? form(formatNumber(value, digits)) : words.unknown
  const charts = [
    { label: words.bitRate, key: 'kbps', value: say(last?.kbps, words.kbps), top: 1000 },
    {
      label: words.frameRate,
      key: 'frameRate',
      value: say(last?.frameRate, words.fps, 1),
      top: 30,
    },
    { label: words.speed, key: 'speed', value: say(last?.speed, words.times, 2), top: 1.2 },
    { label: words.viewers, key: 'viewers', value: say(last?.viewers, String), top: 4 },
  ] as const
  return (
    <div class="health-charts">
      {charts.map(({ label, key, value, top }) => (
        <HealthChart
          key={key}
          label={label}
          value={value}
          description={words.chart(label, value)}
          times={times}
          values={samples.map((sample) => sample[key])}
          top={top}
        />
      ))}
    </div>
  )
}

function Renditions({ health }: { readonly health: Health }) {
  return (
    <div class="table-box">
      <table class="table">
        <caption class="visually-hidden">{words.renditions}</caption>
        <thead>
          <tr>
            <th scope="col">{words.quality}</th>
            <th scope="col" class="wide-only">
              {words.way}
            </th>
            <th scope="col" class="number">
              {words.bitRate}
            </th>
            <th scope="col" class="number wide-only">
              {words.frameRate}
            </th>
            <th scope="col" class="number">
              {words.speed}
            </th>
            <th scope="col" class="number">
              {words.behind}
            </th>
          </tr>
        </thead>
        <tbody>
          {health.renditions.map((one) => (
            <tr key={one.name}>
              <th scope="row">{one.name}</th>
              <td class="wide-only">{one.copy ? words.copied : words.encoded}</td>
              <td class="number">{words.kbps(formatNumber(one.kbps))}</td>
              <td class="number wide-only">
                {one.frame_rate === null
                  ? words.unknown
                  : words.fps(formatNumber(one.frame_rate, 1))}
              </td>
              <td class="number">
                {one.speed === null ? words.unknown : words.times(formatNumber(one.speed, 2))}
              </td>
              <td class="number">{words.seconds(formatNumber(one.behind_ms / 1000, 1))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
