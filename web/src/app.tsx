import { useEffect } from 'preact/hooks'
import { openSession } from './api/session.ts'
import { currentPath } from './navigation.ts'
import { MissingPage } from './pages/missing.tsx'
import { parseRoute, type Route } from './route.ts'
import { text } from './strings.ts'
import { Header } from './ui/header.tsx'
import { Lazy, preload } from './ui/lazy.tsx'
import { focusMain, usePageFocus } from './ui/page-focus.ts'

// Each page is loaded by those who open it, so that the video of the watch page waits for no other.
const loadHome = async () => (await import('./pages/home.tsx')).HomePage
const loadWatch = async () => (await import('./pages/watch.tsx')).WatchPage
const loadBroadcast = async () => (await import('./pages/broadcast.tsx')).BroadcastPage
const loadEmbed = async () => (await import('./pages/embed.tsx')).EmbedPage
const loadChat = async () => (await import('./pages/chat.tsx')).ChatPage
const loadAdmin = async () => (await import('./pages/admin.tsx')).AdminPage
const loadJoin = async () => (await import('./pages/sign-forms.tsx')).JoinPage
const loadReset = async () => (await import('./pages/sign-forms.tsx')).ResetPage
const loadStudio = async () => (await import('./pages/studio.tsx')).StudioPage

/** Fetches the page of this address, so that the first drawing shows it and no wait for it. */
export async function preloadPage(path: string): Promise<void> {
  switch (parseRoute(path).page) {
    case 'home':
      return await preload(loadHome)
    case 'channel':
      return await preload(loadWatch)
    case 'broadcast':
      return await preload(loadBroadcast)
    case 'embed':
      return await preload(loadEmbed)
    case 'chat':
      return await preload(loadChat)
    case 'studio':
      return await preload(loadStudio)
    case 'admin':
      return await preload(loadAdmin)
    case 'join':
      return await preload(loadJoin)
    case 'reset':
      return await preload(loadReset)
    case 'missing':
      return
  }
}

/** The whole page: header, and the page the address stands for. */
export function App() {
  useEffect(() => {
    openSession().catch((thrown: unknown) => {
      throw thrown
    })
  }, [])
  usePageFocus()
  const route = parseRoute(currentPath.value)
  return (
    <>
      {/* No link: what stands behind the # of a one-time link is needed yet. */}
      <button type="button" class="skip-link" onClick={focusMain}>
        {text.nav.skip}
      </button>
      {route.page !== 'chat' && route.page !== 'embed' && <Header />}
      <main id="main" tabIndex={-1}>
        <Page route={route} />
      </main>
    </>
  )
}

function Page({ route }: { readonly route: Route }) {
  switch (route.page) {
    case 'home':
      return <Lazy key="home" load={loadHome} props={{}} label={text.home.loading} />
    case 'studio':
      return <Lazy key="studio" load={loadStudio} props={{}} label={text.nav.loadingStudio} />
    case 'admin':
      return <Lazy key="admin" load={loadAdmin} props={{}} label={text.nav.loadingStudio} />
    case 'join':
      return (
        <Lazy key={route.as} load={loadJoin} props={{ as: route.as }} label={text.nav.signIn} />
      )
    case 'reset':
      return <Lazy key="reset" load={loadReset} props={{}} label={text.nav.signIn} />
    case 'channel': {
      const { username } = route
      // The key: another channel is another page, with nothing left of the one before.
      return (
        <Lazy key={username} load={loadWatch} props={{ username }} label={text.watch.loading} />
      )
    }
    case 'chat': {
      const { username } = route
      return <Lazy key={username} load={loadChat} props={{ username }} label={text.chat.loading} />
    }
    case 'broadcast': {
      const { username, broadcastId } = route
      return (
        <Lazy
          key={broadcastId}
          load={loadBroadcast}
          props={{ username, broadcastId }}
          label={text.broadcast.loading}
        />
      )
    }
    case 'embed': {
      const { username } = route
      return (
        <Lazy key={username} load={loadEmbed} props={{ username }} label={text.watch.loading} />
      )
    }
    case 'missing':
      return <MissingPage />
  }
}
