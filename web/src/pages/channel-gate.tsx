import type { ComponentChildren } from 'preact'
import { paths } from '../api/client.ts'
import { api } from '../api/session.ts'
import type { ChannelDetails } from '../api/wire.ts'
import { type Rhythm, usePolled } from '../polling.ts'
import { text } from '../strings.ts'
import { Answered } from '../ui/answered.tsx'
import { Notice, NotToBeHad } from '../ui/notice.tsx'

/**
 * A channel, asked for in the given rhythm: what `children` make of it once it is there, `missing`
 * where there is none. What the server wrote into the page serves as the first answer.
 */
export function ChannelGate(given: {
  readonly username: string
  readonly rhythm: Rhythm<ChannelDetails | null>
  readonly missing: ComponentChildren
  readonly children: (channel: ChannelDetails) => ComponentChildren
}) {
  const { username, rhythm, missing, children } = given
  const answer = usePolled(
    username,
    (signal) => api.channel(username, signal),
    rhythm,
    api.peek<ChannelDetails>(paths.channel(username)),
  ).value
  return (
    <Answered answer={answer} label={text.watch.loading} failed={<NotToBeHad />}>
      {(channel) => (channel === null ? missing : children(channel))}
    </Answered>
  )
}

/** Where a whole page would be too much to say it. */
export function NoSuchChannel({ username }: { readonly username: string }) {
  return <Notice title={text.watch.missingTitle} body={text.watch.missingText(username)} />
}
