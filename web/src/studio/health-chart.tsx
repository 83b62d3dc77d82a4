import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { theme } from '../theme.ts'

const HEIGHT_PX = 96
/** What the line of time shows at least: two samples are no trend, and one has no length at all. */
const SPAN_S_MIN = 60

/** One measure over time, drawn small; its present value stands in words beside it. */
export function HealthChart(given: {
  readonly label: string
  /** The present value with its unit. */
  readonly value: string
  /** What the chart says to those who do not see it. */
  readonly description: string
  /** s since 1970, rising. */
  readonly times: readonly number[]
  readonly values: readonly (number | null)[]
  /** The scale reaches at least so far, so that a small wobble does not look like a mountain. */
  readonly top: number
}) {
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot | null>(null)

  useEffect(() => {
    const place = box.current
    if (place === null) return
    const made = createChart(place, given.top)
    chart.current = made
    const resize = new ResizeObserver(() => {
      made.setSize({ width: place.clientWidth, height: HEIGHT_PX })
    })
    resize.observe(place)
    return () => {
      resize.disconnect()
      made.destroy()
      chart.current = null
    }
  }, [given.top, theme.value])

  useEffect(() => {
    chart.current?.setData([[...given.times], [...given.values]])
  }, [given.times, given.values, given.top, theme.value])

  return (
    <figure class="health-chart">
      <figcaption>
        <span>{given.label}</span>
        <strong>{given.value}</strong>
      </figcaption>
      <div ref={box} class="health-chart-box" role="img" aria-label={given.description} />
    </figure>
  )
}

function createChart(place: HTMLElement, top: number): uPlot {
  const colour = (name: string): string => getComputedStyle(place).getPropertyValue(name).trim()
  const font = `11px ${getComputedStyle(place).fontFamily}`
  const axis = { stroke: colour('--chart-ink'), font, ticks: { show: false } }
  return new uPlot(
    {
      width: place.clientWidth,
      height: HEIGHT_PX,
      padding: [6, 0, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { range: (_, first, last) => timesShown(first, last) },
        y: { range: (_, __, most) => [0, Math.max(top, (most ?? 0) * 1.15)] },
      },
      axes: [
        { ...axis, grid: { show: false }, size: 18, gap: 2, space: 90 },
        {
          ...axis,
          grid: { stroke: colour('--chart-grid'), width: 1 },
          size: 42,
          gap: 4,
          space: 34,
        },
      ],
      series: [
        {},
        {
          stroke: colour('--chart-line'),
          fill: colour('--chart-fill'),
          width: 2,
          points: { show: false },
          spanGaps: false,
        },
      ],
    },
    [[], []],
    place,
  )
}

/** From and to, s since 1970; null: there is no sample yet. */
function timesShown(first: number | null, last: number | null): [number, number] {
  const to = last ?? Date.now() / 1000
  return [Math.min(first ?? to, to - SPAN_S_MIN), to]
}
