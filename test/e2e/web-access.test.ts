import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { openBrowser, visit, waitFor } from '../support/browser.ts'
import { makeFakeMedia } from '../support/fake-broadcast.ts'
import { type FakeWebServer, startFakeWebServer } from '../support/fake-web-server.ts'
import { buildWeb } from '../support/web-build.ts'

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const PASSWORD = 'correct horse battery'

const held = new AsyncDisposableStack()
let browser: Browser
let server: FakeWebServer
let pastId: string

before(async () => {
  const { dist } = held.use(await buildWeb())
  const media = held.use(await makeFakeMedia()).folder
  server = held.use(await startFakeWebServer({ dist, media }))
  browser = await openBrowser()
  held.defer(() => browser.close())
  server.api.addUser({ username: 'ada', displayName: 'Ada', title: 'Notes', password: PASSWORD })
  server.api.addUser({ username: 'grace', password: PASSWORD })
  server.api.replay.push([0, 'first words'])
  pastId = server.api.goLive('ada')
  server.api.end('ada')
  server.api.goLive('ada', 5)
})

after(() => held.disposeAsync())

const playing = `document.querySelector('.player')?.dataset.state === 'playing'`
const PAGES: readonly { name: string; path: string; reach: (page: Page) => Promise<void> }[] = [
  {
    name: 'home',
    path: '/',
    reach: (page) => page.getByRole('link', { name: /5 viewers Notes/ }).waitFor(),
  },
  {
    name: 'home, menu open',
    path: '/',
    reach: async (page) => {
      await page.getByRole('button', { name: 'Settings' }).click()
      await page.getByRole('radio', { name: 'Dark' }).waitFor()
    },
  },
  {
    name: 'search',
    path: '/?q=a',
    reach: (page) => page.getByRole('link', { name: /grace/ }).waitFor(),
  },
  {
    name: 'search, nothing',
    path: '/?q=none+such',
    reach: (page) => page.getByRole('heading', { name: /No channel/ }).waitFor(),
  },
  {
    name: 'past broadcast',
    path: '/ada/past',
    reach: async (page) => {
      await waitFor(page, playing, 'playing')
      await page.getByText('first words').waitFor()
    },
  },
  {
    name: 'past broadcast, gone',
    path: '/ada/broadcast_gone',
    reach: (page) => page.getByRole('heading', { name: /not here any more/ }).waitFor(),
  },
  {
    name: 'embedded, with chat',
    path: '/embed/ada?chat=1',
    reach: (page) => waitFor(page, playing, 'playing'),
  },
  {
    name: 'no such page',
    path: '/no/such/page',
    reach: (page) => page.getByRole('heading', { name: 'This page does not exist' }).waitFor(),
  },
  { name: 'watch, live', path: '/ada', reach: (page) => waitFor(page, playing, 'playing') },
  {
    name: 'watch, quality menu open',
    path: '/ada',
    reach: async (page) => {
      await waitFor(page, playing, 'playing')
      await page.getByRole('button', { name: 'Quality' }).click()
      await page.getByRole('menu').waitFor()
    },
  },
  {
    name: 'watch, offline',
    path: '/grace',
    reach: (page) => page.getByRole('heading', { name: 'grace is offline' }).waitFor(),
  },
  {
    name: 'watch, unknown',
    path: '/nobody',
    reach: (page) => page.getByRole('heading', { name: 'There is no such channel' }).waitFor(),
  },
  {
    name: 'sign in, refused',
    path: '/studio',
    reach: async (page) => {
      await signIn(page, 'wrong')
      await page.getByRole('alert').waitFor()
    },
  },
  {
    name: 'sign up',
    path: '/studio',
    reach: (page) => page.getByRole('button', { name: 'Create a channel' }).click(),
  },
  {
    name: 'studio',
    path: '/studio',
    reach: async (page) => {
      await signIn(page, PASSWORD)
      await page.getByText('You are offline').waitFor()
    },
  },
  {
    name: 'studio, question',
    path: '/studio',
    reach: async (page) => {
      await signIn(page, PASSWORD)
      await page.getByRole('button', { name: 'Make a new key' }).click()
      await page.getByRole('dialog').waitFor()
    },
  },
]

for (const { name, path, reach } of PAGES) {
  test(`axe finds nothing to fix: ${name}`, async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await using view = await visit(browser, addressOf(path), { colorScheme, bypassCSP: true })
      await reach(view.page)
      await view.page.addScriptTag({ path: AXE })
      const found = await view.page.evaluate(
        `axe.run().then(({ passes, violations }) => passes.length < 10 ? 'axe saw nothing' :
          violations.map(({ id, nodes }) => id + ': ' +
            nodes.map(({ html, failureSummary }) => html + ' ' + failureSummary).join(' | ')))`,
      )
      assert.deepEqual(found, [], colorScheme)
    }
  })
}

test('nothing of a page lies beside a narrow screen', async () => {
  for (const { path, reach } of PAGES) {
    await using view = await visit(browser, addressOf(path), {
      viewport: { width: 320, height: 640 },
    })
    await reach(view.page)
    const wide = await view.page.evaluate('document.documentElement.scrollWidth')
    assert.equal(wide, 320, path)
  }
})

/** The id of the past broadcast is only known once it was. */
function addressOf(path: string): string {
  return server.url + path.replace(/\/past$/, `/${pastId}`)
}

async function signIn(page: Page, password: string): Promise<void> {
  await page.getByLabel('Email').fill('grace@example.org')
  await page.getByLabel('Password').fill(password)
  await page.locator('form').getByRole('button', { name: 'Sign in' }).click()
}
