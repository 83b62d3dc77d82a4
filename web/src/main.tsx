import { render } from 'preact'
import { App } from './app.tsx'
import { watchNavigation } from './navigation.ts'

const mount = document.getElementById('app')
if (mount !== null) {
  watchNavigation()
  render(<App />, mount)
}
