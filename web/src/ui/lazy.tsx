import { useSignal } from '@preact/signals'
import type { ComponentChildren, ComponentType } from 'preact'
import { useEffect } from 'preact/hooks'
import { text } from '../strings.ts'
import { Notice, Spinner } from './notice.tsx'

type Load<Props> = () => Promise<ComponentType<Props>>

/** Components that are here already, by what fetched them. */
const loaded = new WeakMap<object, unknown>()

/** Fetches the code of a component ahead of time; `Lazy` then shows it at once. */
export async function preload<Props>(load: Load<Props>): Promise<void> {
  loaded.set(load, await load())
}

type Loaded<Props> =
  | { readonly phase: 'loading' }
  | { readonly phase: 'ready'; readonly component: ComponentType<Props> }
  | { readonly phase: 'failed' }

/**
 * Shows a component whose code is fetched first. The fetch fails when the connection is lost or the
 * server has been updated since this page was opened; a reload helps in both cases.
 */
export function Lazy<Props extends object>(given: {
  readonly load: Load<Props>
  readonly props: Props
  /** What is being loaded, for those who do not see the spinner. */
  readonly label: string
  /** Shown until then instead of a spinner. */
  readonly meanwhile?: ComponentChildren
}) {
  const state = useSignal<Loaded<Props>>(known(given.load))
  useEffect(() => {
    if (state.value.phase === 'ready') return
    given.load().then(
      (component) => {
        loaded.set(given.load, component)
        state.value = { phase: 'ready', component }
      },
      () => {
        state.value = { phase: 'failed' }
      },
    )
  }, [given.load])

  switch (state.value.phase) {
    case 'loading':
      return given.meanwhile ?? <Spinner label={given.label} />
    case 'failed':
      return (
        <Notice title={text.watch.loadFailed}>
          <button type="button" class="button primary" onClick={() => location.reload()}>
            {text.watch.reload}
          </button>
        </Notice>
      )
    case 'ready': {
      const Component = state.value.component
      return <Component {...given.props} />
    }
  }
}

function known<Props>(load: Load<Props>): Loaded<Props> {
  // Only what this very function gave was put there under it.
  const component = loaded.get(load) as ComponentType<Props> | undefined
  return component === undefined ? { phase: 'loading' } : { phase: 'ready', component }
}
