import { useSignal } from '@preact/signals'
import { hueOf } from '../format.ts'
import { useNow } from './use-now.ts'

const RENEW_MS = 10_000

/** The picture of a broadcast, renewed every 10 s; the channel's colour where there is none (yet). */
export function Thumbnail(given: {
  readonly url: string | null
  readonly name: string
  /** Says what is seen; empty where the words beside it do. */
  readonly alt: string
}) {
  const now = useNow(RENEW_MS)
  const failedAt = useSignal<number | null>(null)
  const isShown = given.url !== null && failedAt.value !== now.value
  return (
    <span class="thumbnail" style={{ '--hue': hueOf(given.name) }}>
      {isShown && (
        <img
          // The time makes it another picture to the browser: the address itself stays the same.
          src={`${given.url}?t=${Math.floor(now.value / RENEW_MS)}`}
          alt={given.alt}
          width="640"
          height="360"
          onError={() => {
            failedAt.value = now.value
          }}
        />
      )}
    </span>
  )
}
