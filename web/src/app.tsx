import { useEffect } from 'preact/hooks'
import { openSession } from './api/session.ts'
import { currentPath } from './navigation.ts'
import { HomePage } from './pages/home.tsx'
import { MissingPage } from './pages/missing.tsx'
import { parseRoute } from './route.ts'
import { text } from './strings.ts'
import { Header } from './ui/header.tsx'
import { Lazy } from './ui/lazy.tsx'

// The player and the studio are loaded by those who use them: the home page stays light.
const loadWatch = async () => (await import('./pages/watch.tsx')).WatchPage
const loadStudio = async () => (await import('./pages/studio.tsx')).StudioPage

/** The whole page: header, and the page the address stands for. */
export function App() {
  useEffect(() => {
    openSession().catch((thrown: unknown) => {
      throw thrown
    })
  }, [])
  return (
    <>
      <a class="skip-link" href="#main">
        {text.nav.skip}
      </a>
      <Header />
      <main id="main" tabIndex={-1}>
        <Page />
      </main>
    </>
  )
}

function Page() {
  const route = parseRoute(currentPath.value)
  switch (route.page) {
    case 'home':
      return <HomePage />
    case 'studio':
      return <Lazy key="studio" load={loadStudio} props={{}} label={text.studio.loading} />
    case 'channel': {
      const { username } = route
      // The key: another channel is another page, with nothing left of the one before.
      return (
        <Lazy key={username} load={loadWatch} props={{ username }} label={text.watch.loading} />
      )
    }
    case 'missing':
      return <MissingPage />
  }
}
