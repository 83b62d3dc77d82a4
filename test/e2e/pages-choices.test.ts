import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { openBrowser, visit, waitFor } from '../support/browser.ts'
import { makeFakeMedia } from '../support/fake-broadcast.ts'
import { type FakeWebServer, startFakeWebServer } from '../support/fake-web-server.ts'

const PASSWORD = 'correct horse battery'
const held = new AsyncDisposableStack()
let browser: Browser
let server: FakeWebServer

before(async () => {
  const media = held.use(await makeFakeMedia()).folder
  server = held.use(await startFakeWebServer({ media }))
  browser = await openBrowser()
  held.defer(() => browser.close())
  server.api.addUser({ username: 'ada', displayName: 'Ada', title: 'Notes on chess' })
  server.api.addUser({ username: 'bob', displayName: 'Bob', title: 'Chess with friends' })
  server.api.addUser({ username: 'grace', displayName: 'Grace', password: PASSWORD })
  server.api.goLive('ada', 3)
})

after(() => held.disposeAsync())

test('a search finds live and other channels, has an address, and says when nothing fits', async () => {
  await using view = await visit(browser, server.url)
  const { page } = view
  const field = page.getByRole('searchbox', { name: 'Search' })
  await field.fill('hess')
  await field.press('Enter')
  await page.getByRole('heading', { name: 'Found for “hess”' }).waitFor()
  assert.equal(new URL(page.url()).search, '?q=hess')
  await page.getByRole('link', { name: /Notes on chess/ }).waitFor()
  await page.getByRole('link', { name: /Chess with friends/ }).waitFor()
  await page.goBack()
  await page.getByRole('heading', { name: 'Live now' }).waitFor()
  await page.goto(`${server.url}/?q=nothing+like+it`)
  await page.getByRole('heading', { name: 'No channel has that in its name or title' }).waitFor()
  assert.deepEqual(view.faults, [])
})

test('colours are chosen over those of the system, and stay chosen', async () => {
  await using view = await visit(browser, server.url, { colorScheme: 'light' })
  const { page } = view
  const paper = 'getComputedStyle(document.body).backgroundColor'
  const light = await page.evaluate(paper)
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByText('Dark', { exact: true }).click()
  await waitFor(page, `${paper} !== '${light}'`, 'dark paper')
  await page.reload()
  await page.getByRole('heading', { name: 'Live now' }).waitFor()
  assert.notEqual(await page.evaluate(paper), light, 'dark after a reload')
  await page.getByRole('button', { name: 'Settings' }).press('Enter')
  await page.getByRole('radio', { name: 'Dark' }).press('ArrowLeft')
  await waitFor(page, `${paper} === '${light}'`, 'light paper')
  await page.keyboard.press('Escape')
  await page.getByRole('radio', { name: 'Dark' }).waitFor({ state: 'hidden' })
})

test('the pages speak the language of the browser, or the one that was chosen', async () => {
  await using view = await visit(browser, server.url, { locale: 'de-AT' })
  const { page } = view
  await page.getByRole('heading', { name: 'Jetzt live' }).waitFor()
  assert.equal(await page.evaluate('document.documentElement.lang'), 'de')
  await page.goto(`${server.url}/nobody`)
  await page.getByRole('heading', { name: 'Diesen Kanal gibt es nicht' }).waitFor()
  await page.goto(`${server.url}/studio`)
  await page.getByRole('heading', { name: 'Anmelden' }).waitFor()
  await page.getByRole('button', { name: 'Einstellungen' }).click()
  await page.getByText('English', { exact: true }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  // That nobody is called so the browser says too.
  const others = view.faults.filter((fault) => !fault.includes('/api/channels/nobody'))
  assert.deepEqual(others, [])
})

test('a guest signs in from the header where they are, on a phone from its menu', async () => {
  const phone = { width: 360, height: 740 }
  await using view = await visit(browser, `${server.url}/bob`)
  await using small = await visit(browser, `${server.url}/bob`, { viewport: phone })
  await view.page.getByRole('navigation').getByRole('button', { name: 'Sign in' }).click()
  await small.page.getByRole('button', { name: 'Settings' }).click()
  await small.page.getByRole('navigation').getByRole('button', { name: 'Sign in' }).click()
  for (const { page } of [view, small]) {
    const dialog = page.getByRole('dialog', { name: 'Sign in' })
    await dialog.getByLabel('Email').fill('grace@example.org')
    await dialog.getByLabel('Password').fill(PASSWORD)
    await dialog.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'Your menu' }).waitFor()
    assert.equal(new URL(page.url()).pathname, '/bob')
  }
})

test('a guest who follows is asked to sign in, then follows, is counted, and finds it on home', async () => {
  await using view = await visit(browser, `${server.url}/bob`)
  const { page } = view
  await page.getByText('0 followers').waitFor()
  await page.getByRole('button', { name: 'Follow', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Email').fill('grace@example.org')
  await dialog.getByLabel('Password').fill(PASSWORD)
  await dialog.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('1 follower', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Following' }).waitFor()
  await page.getByRole('link', { name: 'Vibly, home' }).click()
  await page.getByRole('heading', { name: 'You follow' }).waitFor()
  await page.getByRole('link', { name: /Bob/ }).click()
  await page.getByRole('button', { name: 'Following' }).click()
  await page.getByText('0 followers').waitFor()
  assert.deepEqual(view.faults, [])
})
