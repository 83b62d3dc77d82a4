import type { ComponentChildren } from 'preact'
import type { Answer } from '../api/answer.ts'
import { text } from '../strings.ts'
import { messageOf } from './faults.ts'
import { Notice, Spinner } from './notice.tsx'

/**
 * What `children` make of an answer once it is there; until then that it is on its way, or why not.
 */
export function Answered<T>(given: {
  readonly answer: Answer<T>
  /** What is on its way, for those who do not see the spinner. */
  readonly label: string
  /** Asks once more after a failure; absent where that happens by itself. */
  readonly onRetry?: () => Promise<void>
  /** Shown after a failure instead of what the server said. */
  readonly failed?: ComponentChildren
  readonly children: (value: T) => ComponentChildren
}) {
  const { answer, onRetry } = given
  switch (answer.phase) {
    case 'loading':
      return <Spinner label={given.label} />
    case 'failed':
      return (
        given.failed ?? (
          <Notice title={messageOf(answer.error)}>
            {onRetry !== undefined && (
              <button type="button" class="button primary" onClick={onRetry}>
                {text.faults.retry}
              </button>
            )}
          </Notice>
        )
      )
    case 'ready':
      return <>{given.children(answer.value)}</>
  }
}
