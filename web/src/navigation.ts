import { computed, signal } from '@preact/signals'

/**
 * The address the page shows, without its origin. Change it by `navigate` or by following a link.
 */
export const currentUrl = signal(`${location.pathname}${location.search}`)

export const currentPath = computed(() => currentUrl.value.replace(/\?.*$/, ''))

/** The value of a field of the query, as `q` of `/?q=chess`; null: it has none. */
export function currentQuery(name: string): string | null {
  return new URLSearchParams(/\?.*$/.exec(currentUrl.value)?.[0] ?? '').get(name)
}

/** Shows another page of this app and adds it to the history. */
export function navigate(url: string): void {
  history.pushState(null, '', url)
  currentUrl.value = url
  window.scrollTo(0, 0)
}

/** Makes plain links and the back button change pages without a reload. Call once. */
export function watchNavigation(): void {
  window.addEventListener('popstate', () => {
    currentUrl.value = `${location.pathname}${location.search}`
  })
  document.addEventListener('click', (event) => {
    const url = urlOfPlainClick(event)
    if (url === null) return
    event.preventDefault()
    navigate(url)
  })
}

/**
 * Where a link of ours leads that was clicked without a wish for a new tab; null: any other click.
 */
function urlOfPlainClick(event: MouseEvent): string | null {
  const hasModifier = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey
  if (event.defaultPrevented || event.button !== 0 || hasModifier) return null
  const link = event.target instanceof Element ? event.target.closest('a') : null
  if (link === null || link.target !== '' || link.hasAttribute('download')) return null
  if (link.origin !== location.origin || link.hash !== '') return null
  return `${link.pathname}${link.search}`
}
