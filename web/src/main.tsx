import { render } from 'preact'
import { App, preloadPage } from './app.tsx'
import { loadLanguage } from './language.ts'
import { watchNavigation } from './navigation.ts'
import { speakLanguage } from './strings.ts'
import { applyTheme } from './theme.ts'

const mount = document.getElementById('app')
if (mount !== null) {
  applyTheme()
  // What the server wrote stays until there is something to put in its place; and a language or a
  // page that cannot be fetched is no reason to show nothing.
  const draw = (): void => {
    speakLanguage()
    watchNavigation()
    mount.replaceChildren()
    render(<App />, mount)
  }
  // First the language: the sentences of a page are chosen when its code is loaded.
  const load = async (): Promise<void> => {
    await Promise.allSettled([loadLanguage()])
    await preloadPage(location.pathname)
  }
  load().then(draw, draw)
}
