import { useSignal } from '@preact/signals'
import { hueOf } from '../format.ts'
import { useNow } from './use-now.ts'

const RENEW_MS = 10_000

/** The picture of a broadcast; the channel's colour where there is none (yet). */
export function Thumbnail(given: {
  readonly url: string | null
  readonly name: string
  /** Says what is seen; empty where the words beside it do. */
  readonly alt: string
  /** Whether it is asked for anew every 10 s, as that of a broadcast on air. */
  readonly isRenewed: boolean
}) {
  const now = useNow(RENEW_MS)
  const failedAt = useSignal<number | null>(null)
  const { url } = given
  const isShown = url !== null && failedAt.value !== now.value
  return (
    <span class="thumbnail" style={{ '--hue': hueOf(given.name) }}>
      {isShown && (
        <img
          // The time makes it another picture to the browser: the address itself stays the same.
          src={given.isRenewed ? `${url}?t=${Math.floor(now.value / RENEW_MS)}` : url}
          loading="lazy"
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
