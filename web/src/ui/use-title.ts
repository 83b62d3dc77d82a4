import { useEffect } from 'preact/hooks'

/** What the window is called while the component is on the page. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title
  }, [title])
}
