import type { ComponentChildren } from 'preact'
import { paths } from '../api/client.ts'
import { api } from '../api/session.ts'
import type { ChannelDetails } from '../api/wire.ts'
import { type Rhythm, usePolled } from '../polling.ts'
import { text } from '../strings.ts'
import { Notice, NotToBeHad, Spinner } from '../ui/notice.tsx'

/**
 * A channel, asked for in the given rhythm: what `children` make of it once it is there, `missing` where
 * there is none. What the server wrote into the page serves as the first answer.
 */
export function ChannelGate(given: {
  readonly username: string
  readonly rhythm: Rhythm<ChannelDetails | null>
  readonly missing: ComponentChildren
  readonly children: (channel: ChannelDetails) => ComponentChildren
}) {
  const { username, rhythm, missing, children } = given
  const state = usePolled(
    username,
    (signal) => api.channel(username, signal),
    rhythm,
    api.peek<ChannelDetails>(paths.channel(username)),
  ).value
  switch (state.phase) {
    case 'loading':
      return <Spinner label={text.watch.loading} />
    case 'failed':
      return <NotToBeHad />
    case 'ready':
      return <>{state.value === null ? missing : children(state.value)}</>
  }
}

/** Where a whole page would be too much to say it. */
export function NoSuchChannel({ username }: { readonly username: string }) {
  return <Notice title={text.watch.missingTitle} body={text.watch.missingText(username)} />
}
