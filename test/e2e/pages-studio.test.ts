import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { visit } from '../support/browser.ts'
import { startFakeWebServer } from '../support/fake-web-server.ts'
import { openPageStage } from '../support/page-stage.ts'

const { browser, media } = await openPageStage()

const PASSWORD = 'correct horse battery'

test('signing up: what the server refuses is said at its field, then the studio opens', async () => {
  await using server = await startFakeWebServer({ media })
  server.api.addUser({ username: 'ada' })
  await using view = await visit(browser, `${server.url}/studio`)
  const { page } = view
  await page.getByRole('button', { name: 'Create a channel' }).click()
  const rows = [
    {
      email: 'ada@example.org',
      username: 'grace',
      password: PASSWORD,
      field: 'Email',
      says: /in use/,
    },
    {
      email: 'grace@example.org',
      username: 'ada',
      password: PASSWORD,
      field: 'Username',
      says: /in use/,
    },
    {
      email: 'grace@example.org',
      username: 'grace',
      password: 'password',
      field: 'Password',
      says: /guessed/,
    },
  ]
  for (const { email, username, password, field, says } of rows) {
    await page.getByLabel('Email').fill(email)
    await page.getByLabel('Username').fill(username)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Create channel' }).click()
    await page.getByRole('alert').filter({ hasText: says }).waitFor()
    const input = page.getByLabel(field)
    assert.equal(await input.getAttribute('aria-invalid'), 'true', field)
    const note = await input.getAttribute('aria-describedby')
    assert.match((await page.locator(`[id="${note}"]`).textContent()) ?? '', says)
    assert.equal(await page.getByLabel('Email').inputValue(), email, 'what was typed stays')
  }
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Create channel' }).click()
  await page.getByRole('heading', { name: 'Connect your encoder' }).waitFor()
  assert.deepEqual(view.strangers, [])
})

test('signing in: a wrong password is said, the right one opens the studio, a reload keeps it', async () => {
  await using server = await startFakeWebServer({ media })
  server.api.addUser({ username: 'ada', password: PASSWORD })
  await using view = await visit(browser, `${server.url}/studio`)
  const { page } = view
  await signIn(page, 'wrong password')
  await page.getByRole('alert').filter({ hasText: 'Email or password is wrong.' }).waitFor()
  await page.getByText('Forgot your password?').waitFor()
  server.api.registration = 'invite'
  await page.getByRole('button', { name: 'Create a channel' }).click()
  await page.getByText('New accounts are by invitation here.').waitFor()
  assert.equal(await page.getByLabel('Email').count(), 0, 'nothing to fill in for nothing')
  await page.locator('.sign-other button').click()
  await signIn(page, PASSWORD)
  await page.getByRole('heading', { name: 'Connect your encoder' }).waitFor()
  await page.reload()
  await page.getByRole('heading', { name: 'Connect your encoder' }).waitFor()
  await page.getByRole('button', { name: 'Your menu' }).click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('link', { name: 'Go live' }).waitFor()
  await page.goto(`${server.url}/studio`)
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
})

test('[W14] no token or key is kept where scripts of another visit could read it', async () => {
  await using server = await startFakeWebServer({ media })
  server.api.addUser({ username: 'ada', password: PASSWORD })
  await using view = await visit(browser, `${server.url}/studio`)
  await signIn(view.page, PASSWORD)
  await view.page.getByRole('button', { name: 'Show stream key' }).click()
  await view.page.getByRole('button', { name: 'Hide stream key' }).waitFor()
  const kept = await view.page.evaluate(
    'JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie + location.href',
  )
  assert.equal(typeof kept, 'string')
  assert.doesNotMatch(String(kept), /live_|not-for-scripts|id_ada/)
})

test('the stream key is hidden until asked for, can be copied, and is replaced after a question', async () => {
  await using server = await startFakeWebServer({ media })
  const user = server.api.addUser({ username: 'ada', password: PASSWORD })
  const old = user.streamKey
  await using view = await visit(browser, `${server.url}/studio`, {
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const { page } = view
  await signIn(page, PASSWORD)
  const field = page.getByLabel('Stream key', { exact: true })
  await field.waitFor()
  assert.doesNotMatch(await page.content(), new RegExp(old))
  assert.match(await field.inputValue(), /^live_•+$/)

  await page.getByRole('button', { name: 'Copy stream key' }).click()
  await page.getByText('Copied').waitFor()
  assert.equal(await page.evaluate('navigator.clipboard.readText()'), old)
  assert.match(await field.inputValue(), /^live_•+$/, 'copying does not show it')

  await page.getByRole('button', { name: 'Show stream key' }).click()
  await page.getByRole('button', { name: 'Hide stream key' }).waitFor()
  assert.equal(await field.inputValue(), old)

  await page.getByRole('button', { name: 'Make a new key' }).click()
  await page.getByRole('button', { name: 'Cancel' }).waitFor()
  // Asked again in the very moment of the no, before the browser tells that the dialog was closed.
  await page.evaluate(`(async () => {
    document.querySelector('dialog .button:not(.danger)').click()
    for (let turn = 0; turn < 10; turn += 1) await null
    document.querySelector('.field-below button').click()
  })()`)
  await page.getByRole('dialog').waitFor()
  assert.equal(user.streamKey, old, 'no is no')
  await page.keyboard.press('Escape')
  await page.locator('dialog').waitFor({ state: 'detached' })
  assert.equal(user.streamKey, old, 'Escape is no')
  await page.getByRole('button', { name: 'Make a new key' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Make a new key' }).click()
  await page.getByText('Your new key is ready').waitFor()
  assert.notEqual(user.streamKey, old)
  assert.equal(await field.inputValue(), user.streamKey)
  assert.equal(
    await page.getByLabel('Server', { exact: true }).inputValue(),
    'rtmp://live.example.org:1935/live',
  )
  assert.deepEqual(view.faults, [])
})

test('an expired access cookie is renewed unseen; a session that is over asks to sign in', async () => {
  await using server = await startFakeWebServer({ media })
  server.api.addUser({ username: 'ada', password: PASSWORD })
  await using view = await visit(browser, `${server.url}/studio`)
  const { page } = view
  await signIn(page, PASSWORD)
  await page.getByRole('heading', { name: 'Connect your encoder' }).waitFor()
  server.api.isAccessExpired = true
  await page.getByRole('button', { name: 'Show stream key' }).click()
  await page.getByRole('button', { name: 'Hide stream key' }).waitFor()
  assert.equal(server.api.refreshes, 1)

  server.api.isSessionOver = true
  await page.getByLabel('Broadcast title').fill('Too late')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
})

test('the studio shows when the channel goes live, and saves its title', async () => {
  await using server = await startFakeWebServer({ media })
  const user = server.api.addUser({ username: 'ada', password: PASSWORD })
  await using view = await visit(browser, `${server.url}/studio`)
  const { page } = view
  await signIn(page, PASSWORD)
  await page.getByText('You are offline').waitFor()
  await page.getByLabel('Broadcast title').fill('  Notes on the engine ')
  server.api.goLive('ada', 2)
  await page.getByText('You are live').waitFor()
  await page.getByRole('region', { name: 'Live video of ada' }).waitFor()
  // A warning is a sentence with what to do; one of a newer server is at least told.
  await page.getByText('Your keyframes are too far apart.').waitFor()
  await page.getByText('The server reports: from.the-future').waitFor()
  const draft = await page.getByLabel('Broadcast title').inputValue()
  assert.equal(draft, '  Notes on the engine ', 'what is being typed is not overwritten')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByRole('button', { name: 'Saved' }).waitFor()
  assert.equal(user.title, 'Notes on the engine')
  await page.getByRole('link', { name: 'Open your channel page' }).click()
  await page.getByRole('heading', { name: 'Notes on the engine' }).waitFor()
  assert.deepEqual(view.faults, [])
})

async function signIn(page: Page, password: string): Promise<void> {
  await page.getByLabel('Email').fill('ada@example.org')
  await page.getByLabel('Password').fill(password)
  await page.locator('form').getByRole('button', { name: 'Sign in' }).click()
}
