import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { findByAxe } from '../support/axe.ts'
import { numberIn, visit, waitFor } from '../support/browser.ts'
import { type FakeWebServer, startFakeWebServer } from '../support/fake-web-server.ts'
import { awaitFocus, goTo, walkByTab } from '../support/keyboard.ts'
import { openPageStage } from '../support/page-stage.ts'

const PASSWORD = 'correct horse battery'
const ADA = { id: 'id_ada_0000', username: 'ada', displayName: 'Ada' } as const

const { browser, media } = await openPageStage()
const held = new AsyncDisposableStack()
let server: FakeWebServer
let pastId: string

before(async () => {
  server = held.use(await startFakeWebServer({ media }))
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
  test(`[W42] axe finds nothing to fix, Tab reaches everything, a narrow screen holds it: ${name}`, async () => {
    await using view = await visit(browser, addressOf(path), { bypassCSP: true })
    await reach(view.page)
    assert.deepEqual(await findByAxe(view.page), [])
    assert.deepEqual(await walkByTab(view.page), [])
    await view.page.setViewportSize({ width: 320, height: 640 })
    const wide = await view.page.evaluate('document.documentElement.scrollWidth')
    assert.equal(wide, 320, 'nothing lies beside a narrow screen')
  })
}

test('[W42] by keyboard alone: from home to a channel, its menus, its chat, the sign-in over it', async () => {
  server.chat.say(ADA.id, ADA, 'first')
  server.chat.say(ADA.id, ADA, 'second')
  await using view = await visit(browser, server.url)
  const { page } = view
  const main = page.locator('main')
  await goTo(page, page.getByRole('button', { name: 'Skip to content' }))
  await page.keyboard.press('Enter')
  await awaitFocus(page, main)
  await goTo(page, page.getByRole('link', { name: /viewers Notes/ }))
  await page.keyboard.press('Enter')
  await awaitFocus(page, main)
  await waitFor(page, playing, 'playing')

  const quality = page.getByRole('button', { name: 'Quality' })
  await goTo(page, quality)
  await page.keyboard.press('Enter')
  await awaitFocus(page, page.getByRole('menuitemradio', { name: /^Auto/ }))
  await page.keyboard.press('Home')
  await awaitFocus(page, page.getByRole('menuitemradio', { name: '360p' }))
  await page.keyboard.press('Escape')
  await awaitFocus(page, quality)

  const ask = page.getByRole('button', { name: 'Sign in to chat' })
  await goTo(page, ask)
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await awaitFocus(page, dialog.getByLabel('Email'))
  assert.deepEqual(await walkByTab(page), [])
  await page.keyboard.press('Escape')
  await awaitFocus(page, ask)
  // The browser gives the focus back before it tells the page that the dialog is closed, and one
  // that is closed has no role any more: what is waited for is that the page has taken it away.
  await page.locator('dialog').waitFor({ state: 'detached' })
  await page.keyboard.press('Enter')
  await awaitFocus(page, dialog.getByLabel('Email'))
  await typeSignIn(page)
  await awaitFocus(page, page.getByLabel('Your message'))
  await talkByKeyboard(page)
  assert.deepEqual(view.faults, [])
})

/** What can be done with a message, each time ending where it began. */
async function talkByKeyboard(page: Page): Promise<void> {
  const box = page.getByLabel('Your message')
  const log = page.getByRole('log')
  const first = page.locator('.chat-line', { hasText: 'first' })
  await goTo(page, log, 'Shift+Tab')
  const volume = `document.querySelector('video').volume`
  const before = await numberIn(page, volume)
  await goTo(page, first, 'ArrowUp')
  assert.equal(await numberIn(page, volume), before, 'arrows are those of the chat here')

  await goTo(page, page.getByRole('button', { name: 'More about' }), 'ArrowRight')
  await page.keyboard.press('Enter')
  const sheet = page.getByRole('dialog', { name: 'Message of Ada' })
  await awaitFocus(page, sheet.getByRole('button', { name: 'Reply' }))
  const close = sheet.getByRole('button', { name: 'Close' })
  await goTo(page, close)
  await page.keyboard.press('Shift+Tab')
  await awaitFocus(page, sheet.getByRole('button').last())
  await page.keyboard.press('Tab')
  await awaitFocus(page, close)
  await page.keyboard.press('Escape')
  await awaitFocus(page, first)

  await goTo(page, page.getByRole('button', { name: 'Reply to Ada' }), 'ArrowRight')
  await page.keyboard.press('Enter')
  await awaitFocus(page, box)
  await goTo(page, page.getByRole('button', { name: 'Do not reply' }), 'Shift+Tab')
  await page.keyboard.press('Enter')
  await awaitFocus(page, box)
  await page.keyboard.type('by hand')
  await goTo(page, page.getByRole('button', { name: 'Send' }))
  await page.keyboard.press('Enter')
  await page.locator('.chat-line', { hasText: 'by hand' }).waitFor()
  await awaitFocus(page, box)

  await goTo(page, log, 'Shift+Tab')
  await goTo(page, first, 'ArrowUp')
  await goTo(page, page.getByRole('button', { name: 'More about' }), 'ArrowRight')
  await page.keyboard.press('Enter')
  await goTo(page, sheet.getByRole('button', { name: 'Thread' }))
  await page.keyboard.press('Enter')
  await awaitFocus(page, page.getByRole('button', { name: 'Back to chat' }))
  await page.keyboard.press('Escape')
  await awaitFocus(page, log)
}

test('[W42] by keyboard alone: a past broadcast is wound, its chat is scrolled, and the picture stays', async () => {
  await using view = await visit(browser, addressOf('/ada/past'))
  const { page } = view
  await waitFor(page, playing, 'playing')
  await page.keyboard.press('k')
  const time = `document.querySelector('video').currentTime`
  await goTo(page, page.getByRole('slider', { name: 'Seek' }))
  await page.keyboard.press('End')
  await waitFor(page, `document.querySelector('.seek').valueAsNumber > 7`, 'at the end')
  await page.keyboard.press('ArrowLeft')
  await waitFor(page, `${time} < 7.5`, 'a second back')
  await goTo(page, page.getByRole('log'))
  const at = await numberIn(page, time)
  for (const key of ['Home', 'ArrowRight', ' ']) await page.keyboard.press(key)
  assert.equal(await numberIn(page, time), at)
  assert.equal(await page.evaluate(`document.querySelector('video').paused`), true)
})

test('[W42] by keyboard alone: menu, sign-up, what was refused, and a question in the studio', async () => {
  await using view = await visit(browser, `${server.url}/studio`)
  const { page } = view
  const menu = page.getByRole('button', { name: 'Settings' })
  await goTo(page, menu)
  await page.keyboard.press('Enter')
  await goTo(page, page.getByRole('radio', { name: 'English' }))
  await page.keyboard.press('Escape')
  await awaitFocus(page, menu)

  await goTo(page, page.getByRole('button', { name: 'Create a channel' }))
  await page.keyboard.press('Enter')
  await awaitFocus(page, page.getByLabel('Email'))
  await page.keyboard.type('grace@example.org')
  await page.keyboard.press('Tab')
  await page.keyboard.type('grace')
  await goTo(page, page.getByLabel('Password'))
  await page.keyboard.type(PASSWORD)
  await goTo(page, page.getByRole('button', { name: 'Create channel' }))
  await page.keyboard.press(' ')
  await awaitFocus(page, page.getByLabel('Email'))

  await goTo(page, page.getByRole('button', { name: 'Sign in' }))
  await page.keyboard.press('Enter')
  await awaitFocus(page, page.getByLabel('Email'))
  await typeSignIn(page)
  await awaitFocus(page, page.locator('main'))
  const rotate = page.getByRole('button', { name: 'Make a new key' })
  await goTo(page, rotate)
  await page.keyboard.press('Enter')
  await awaitFocus(page, page.getByRole('dialog').getByRole('button', { name: 'Cancel' }))
  await page.keyboard.press('Escape')
  await awaitFocus(page, rotate)
})

/** The id of the past broadcast is only known once it was. */
function addressOf(path: string): string {
  return server.url + path.replace(/\/past$/, `/${pastId}`)
}

/** From the field of the email address on. */
async function typeSignIn(page: Page): Promise<void> {
  await page.keyboard.type('grace@example.org')
  await page.keyboard.press('Tab')
  await page.keyboard.type(PASSWORD)
  await page.keyboard.press('Enter')
}

async function signIn(page: Page, password: string): Promise<void> {
  await page.getByLabel('Email').fill('grace@example.org')
  await page.getByLabel('Password').fill(password)
  await page.locator('form').getByRole('button', { name: 'Sign in' }).click()
}
