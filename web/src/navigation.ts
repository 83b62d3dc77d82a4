import { signal } from '@preact/signals'

/** The path the page shows. Change it by `navigate` or by following a link. */
export const currentPath = signal(location.pathname)

/** Shows another page of this app and adds it to the history. */
export function navigate(path: string): void {
  history.pushState(null, '', path)
  currentPath.value = path
  window.scrollTo(0, 0)
}

/** Makes plain links and the back button change pages without a reload. Call once. */
export function watchNavigation(): void {
  window.addEventListener('popstate', () => {
    currentPath.value = location.pathname
  })
  document.addEventListener('click', (event) => {
    const path = pathOfPlainClick(event)
    if (path === null) return
    event.preventDefault()
    navigate(path)
  })
}

/** The path of a link of ours clicked without a wish for a new tab; null for every other click. */
function pathOfPlainClick(event: MouseEvent): string | null {
  const hasModifier = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey
  if (event.defaultPrevented || event.button !== 0 || hasModifier) return null
  const link = event.target instanceof Element ? event.target.closest('a') : null
  if (link === null || link.target !== '' || link.hasAttribute('download')) return null
  if (link.origin !== location.origin || link.hash !== '') return null
  return link.pathname
}
