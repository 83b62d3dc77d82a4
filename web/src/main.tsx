import { render } from 'preact'
import { App } from './app.tsx'
import { loadLanguage } from './language.ts'
import { watchNavigation } from './navigation.ts'
import { speakLanguage } from './strings.ts'
import { applyTheme } from './theme.ts'

const mount = document.getElementById('app')
if (mount !== null) {
  applyTheme()
  // A language that cannot be fetched is no reason to show nothing.
  const draw = (): void => {
    speakLanguage()
    watchNavigation()
    mount.replaceChildren()
    render(<App />, mount)
  }
  loadLanguage().then(draw, draw)
}
