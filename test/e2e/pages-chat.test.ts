import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { findByAxe } from '../support/axe.ts'
import { numberIn, type Visit, visit, waitFor } from '../support/browser.ts'
import type { FakeSpeaker } from '../support/fake-chat.ts'
import { type FakeWebServer, startFakeWebServer } from '../support/fake-web-server.ts'
import { awaitMessages, shownMessages, writeMessage } from '../support/page-parts.ts'
import { openPageStage } from '../support/page-stage.ts'

const PASSWORD = 'correct horse battery'
const ADA = 'id_ada_0000'
/** A page whose chat tells it how the channel is asks by itself every 15 s only. */
const TOLD_MS = 10_000

const { browser, media } = await openPageStage()
let server: FakeWebServer
let ada: FakeSpeaker
let grace: FakeSpeaker

beforeEach(async () => {
  server = await startFakeWebServer({ media })
  ada = server.api.addUser({
    username: 'ada',
    displayName: 'Ada',
    title: 'Notes',
    password: PASSWORD,
  })
  grace = server.api.addUser({ username: 'grace', displayName: 'Grace', password: PASSWORD })
})

afterEach(() => server[Symbol.asyncDispose]())

/** Opens a page as somebody who signed in before. */
async function visitAs(user: FakeSpeaker, path: string): Promise<Visit> {
  const view = await visit(browser, `${server.url}/favicon.svg`, { bypassCSP: true })
  const { host } = new URL(server.url)
  const domain = host.slice(0, host.indexOf(':'))
  await view.page.context().addCookies([
    { name: 'access', value: user.id, domain, path: '/', httpOnly: true },
    { name: 'refresh', value: user.id, domain, path: '/', httpOnly: true },
  ])
  await view.page.addInitScript(`localStorage.setItem('vibly.signed-in', '1')`)
  await view.page.goto(server.url + path)
  return view
}

test('a guest reads along, is asked to sign in to write, and writes without leaving the page', async () => {
  server.chat.say(ADA, grace, 'hello there')
  server.chat.notice(ADA, 'live', 'Ada went live.')
  await using view = await visit(browser, `${server.url}/ada`)
  const { page } = view
  await awaitMessages(page, ['hello there'])
  await page.getByText('Ada went live.').waitFor()
  server.chat.say(ADA, ada, 'hello grace', { roles: ['owner'] })
  await awaitMessages(page, ['hello there', 'hello grace'])
  assert.equal(await page.locator('.chat-badge').textContent(), 'Host')

  await page.getByRole('button', { name: 'Sign in to chat' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Email').fill('grace@example.org')
  await dialog.getByLabel('Password').fill(PASSWORD)
  await dialog.getByRole('button', { name: 'Sign in', exact: true }).click()
  await writeMessage(page, 'now I write')
  await awaitMessages(page, ['hello there', 'hello grace', 'now I write'])
  assert.equal(server.chat.received.length, 1)
  assert.equal(new URL(page.url()).pathname, '/ada')
  assert.deepEqual(view.faults, [])
  assert.deepEqual(view.strangers, [])
})

test('two people talk, reply, and read the thread; what is deleted is gone for both', async () => {
  await using first = await visitAs(ada, '/ada')
  await using second = await visitAs(grace, '/ada')
  await writeMessage(first.page, 'what do you think?')
  await awaitMessages(second.page, ['what do you think?'])
  await second.page.locator('.chat-line').hover()
  await second.page.getByRole('button', { name: 'Reply to Ada' }).click()
  await second.page.getByText('Replying to Ada').waitFor()
  await writeMessage(second.page, 'I like it')
  await awaitMessages(first.page, ['what do you think?', 'I like it'])
  const quote = first.page.locator('.chat-quote')
  assert.match((await quote.textContent()) ?? '', /@ada what do you think\?/)
  await writeMessage(first.page, 'beside the thread')
  await quote.click()
  await awaitMessages(first.page, ['what do you think?', 'I like it'])
  await writeMessage(first.page, 'within the thread')
  await awaitMessages(first.page, ['what do you think?', 'I like it', 'within the thread'])
  assert.equal(server.chat.received.at(-1)?.parent_id, 'record_1')
  await first.page.getByRole('button', { name: 'Back to chat' }).click()

  await first.page.locator('.chat-line').first().hover()
  await first.page.getByRole('button', { name: 'More about the message of Ada' }).first().click()
  await first.page.getByRole('button', { name: 'Delete message' }).click()
  await awaitMessages(second.page, ['I like it', 'beside the thread', 'within the thread'])
  assert.match(
    (await second.page.locator('.chat-quote').first().textContent()) ?? '',
    /@ada message deleted/,
  )
  assert.deepEqual([...first.faults, ...second.faults], [])
})

test('the connection breaks at the worst moment: nothing lost, nothing twice', async () => {
  await using view = await visitAs(grace, '/ada')
  const { page } = view
  await page.evaluate('Math.random = () => 0')
  await writeMessage(page, 'one')
  await awaitMessages(page, ['one'])
  server.chat.acksToLose = 1
  await writeMessage(page, 'two')
  await awaitMessages(page, ['one', 'two'])
  await writeMessage(page, 'three')
  await awaitMessages(page, ['one', 'two', 'three'])

  server.chat.isDown = true
  server.chat.drop(1012)
  await page.getByText('Reconnecting to the chat').waitFor()
  await writeMessage(page, 'five')
  await page.getByText('1 message waits for the connection.').waitFor()
  server.chat.say(ADA, ada, 'four')
  server.chat.remove(ADA, { target_id: 'record_1' })
  server.chat.isDown = false
  await awaitMessages(page, ['two', 'three', 'four', 'five'])
  assert.equal(await page.getByText('Reconnecting to the chat').count(), 0)

  server.chat.forget()
  server.chat.say(ADA, ada, 'a new age')
  server.chat.drop(1012)
  await awaitMessages(page, ['a new age'])
  await page.getByText('some messages in between are not shown').waitFor()
})

test('[X18] a server that answers the page again is not kept waiting for', async () => {
  await using view = await visitAs(grace, '/ada')
  const { page } = view
  await page.evaluate('Math.random = () => 100')
  server.chat.say(ADA, ada, 'before')
  await awaitMessages(page, ['before'])
  server.isCut = true
  server.chat.isDown = true
  server.chat.drop(1012)
  await page.getByText('Reconnecting to the chat').waitFor()
  const isRefused = page.waitForEvent('requestfailed', (request) => /channels/.test(request.url()))
  await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`)
  await isRefused
  const lost = page.getByText('The connection to the server is lost.')
  await lost.waitFor()
  server.isCut = false
  server.chat.isDown = false
  server.chat.say(ADA, ada, 'after')
  await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`)
  await awaitMessages(page, ['before', 'after'])
  await lost.waitFor({ state: 'detached' })
})

test('a machine that slept connects anew: the other end may have given up long ago', async () => {
  await using view = await visitAs(grace, '/ada')
  const { page } = view
  server.chat.say(ADA, ada, 'before')
  await awaitMessages(page, ['before'])
  await page.evaluate(`{
    const Real = WebSocket
    window.opened = 0
    window.WebSocket = function (url) { window.opened += 1; return new Real(url) }
    const { now } = Date
    Date.now = () => now() + 120_000
  }`)
  await waitFor(page, 'window.opened === 1', 'connecting anew')
  server.chat.say(ADA, ada, 'after')
  await awaitMessages(page, ['before', 'after'])
})

test('a refusal is told in words, counts down, and gives back what was written', async () => {
  await using view = await visitAs(grace, '/ada')
  const { page } = view
  server.chat.refusal = {
    code: 'chat.slow-mode',
    message: 'Slow mode: one message in 3 seconds.',
    retry_after_ms: 3_000,
  }
  await writeMessage(page, 'too fast')
  await page.getByText(/Slow mode: one message in 3 seconds\. Again in 0:0[123]\./).waitFor()
  assert.equal(await page.getByLabel('Your message').inputValue(), 'too fast')
  assert.equal(await page.getByRole('button', { name: 'Send' }).isDisabled(), true)
  await page.getByText('Slow mode').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Send' }).click()
  await awaitMessages(page, ['too fast'])

  await page.getByLabel('Your message').fill('x'.repeat(450))
  assert.match((await page.locator('.chat-counter').textContent()) ?? '', /50$/)
  await page.getByLabel('Your message').fill('x'.repeat(501))
  assert.match((await page.locator('.chat-counter').textContent()) ?? '', /-1$/)
  assert.equal(await page.getByRole('button', { name: 'Send' }).isDisabled(), true)
})

test('where only followers write, one click follows, and what was written is sent', async () => {
  await using view = await visitAs(grace, '/ada')
  const { page } = view
  server.chat.refusal = { code: 'chat.followers-only', message: 'Only followers speak here.' }
  await writeMessage(page, 'let me in')
  await page.getByText('Only followers speak here.').waitFor()
  const chat = page.getByRole('region', { name: 'Chat' })
  await chat.getByRole('button', { name: 'Follow' }).click()
  await page.getByText('Only followers').waitFor({ state: 'detached' })
  assert.deepEqual([...server.api.follows], ['grace ada'])
  await page.getByRole('button', { name: 'Send' }).click()
  await awaitMessages(page, ['let me in'])
})

test('an access cookie that ran out is renewed unseen, for the chat too', async () => {
  await using view = await visitAs(grace, '/ada')
  const { page } = view
  await page.evaluate('Math.random = () => 0')
  await writeMessage(page, 'before')
  await awaitMessages(page, ['before'])
  server.api.isAccessExpired = true
  const renewal = Promise.withResolvers<void>()
  server.api.refreshHold = renewal.promise
  server.chat.drop(1012)
  await writeMessage(page, 'after')
  await page.getByText('Sign in to write.').waitFor()
  renewal.resolve()
  await waitFor(page, `!document.querySelector('.chat-told')`, 'being renewed')
  await page.getByRole('button', { name: 'Send' }).click()
  await awaitMessages(page, ['before', 'after'])
  assert.equal(server.api.refreshes, 1)
})

test('a moderator silences somebody with two clicks and may take it back; others cannot', async () => {
  const eve = server.api.addUser({ username: 'eve', displayName: 'Eve' })
  server.chat.say(ADA, eve, 'spam')
  server.chat.say(ADA, grace, 'not spam')
  await using owner = await visitAs(ada, '/ada')
  await using other = await visitAs(grace, '/ada')
  await awaitMessages(owner.page, ['spam', 'not spam'])
  await awaitMessages(other.page, ['spam', 'not spam'])
  await other.page.locator('.chat-line').first().hover()
  await other.page.getByRole('button', { name: 'More about the message of Eve' }).click()
  await other.page.getByRole('button', { name: 'Thread' }).waitFor()
  assert.equal(await other.page.getByRole('button', { name: 'Ban Eve' }).count(), 0)

  await owner.page.locator('.chat-line').first().hover()
  await owner.page.getByRole('button', { name: 'More about the message of Eve' }).click()
  await owner.page.getByRole('button', { name: 'Silence for 10 min' }).click()
  await awaitMessages(other.page, ['not spam'])
  await owner.page.getByText('Eve is silenced').waitFor()
  await owner.page.getByRole('button', { name: 'Undo' }).click()
  await owner.page.getByText('they can write again').waitFor()
})

test('the owner sets slow mode; the settings start from what is in force', async () => {
  await using view = await visitAs(ada, '/ada')
  const { page } = view
  await page.getByRole('button', { name: 'Chat settings' }).click()
  await page.getByLabel('Slow mode').selectOption('10')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Slow mode is on.').waitFor()
  assert.deepEqual(view.faults, [])
})

test('emoji by shortcode and by the picker, /me, mentions and links', async () => {
  await using view = await visitAs(grace, '/ada')
  const { page } = view
  await writeMessage(page, 'nice :fire: :no_such: :tada:')
  await awaitMessages(page, ['nice 🔥 :no_such: 🎉'])
  await page.getByRole('button', { name: 'Emoji' }).click()
  await page.getByRole('button', { name: 'heart', exact: true }).click()
  await page.keyboard.press('Enter')
  await awaitMessages(page, ['nice 🔥 :no_such: 🎉', '❤️'])
  server.chat.say(ADA, ada, '/me looks at @grace and https://example.org/a?b=1.')
  const line = page.locator('.chat-line[data-kind="action"]')
  await line.waitFor()
  assert.notEqual(await line.getAttribute('data-me'), null, 'a message to me stands out')
  assert.equal(await line.locator('.chat-mention').textContent(), '@grace')
  const link = line.locator('.chat-text a')
  assert.equal(await link.getAttribute('href'), 'https://example.org/a?b=1')
  assert.match((await link.getAttribute('rel')) ?? '', /noopener/)
  assert.deepEqual(view.faults, [])
})

test('reading back: nothing moves, a pill counts, deletions still count, and a click or speaking goes back', async () => {
  for (let n = 1; n <= 50; n += 1) server.chat.say(ADA, grace, `line ${n}`)
  await using view = await visit(browser, `${server.url}/ada`)
  const { page } = view
  const list = page.getByRole('log')
  const top = `document.querySelector('.chat-list').scrollTop`
  const isAtEnd = `(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight < 2)(document.querySelector('.chat-list'))`
  await page.getByText('line 50').waitFor()
  await waitFor(page, isAtEnd, 'standing at the end')
  await list.hover()
  await page.mouse.wheel(0, -400)
  await waitFor(page, `!(${isAtEnd})`, 'scrolling back')
  const before = await numberIn(page, top)
  for (let n = 51; n <= 350; n += 1) server.chat.say(ADA, grace, `line ${n}`)
  await page.getByRole('button', { name: '300 new messages' }).waitFor()
  assert.equal(await numberIn(page, top), before)
  server.chat.remove(ADA, { target_id: 'record_1' })
  await waitFor(page, `!document.querySelector('[data-seq="1"]')`, 'deleting while reading back')
  await page.getByRole('button', { name: '300 new messages' }).click()
  await page.getByText('line 350').waitFor()
  await waitFor(page, isAtEnd, 'standing at the end again')
  assert.equal((await shownMessages(page)).length, 200)

  await using speaker = await visitAs(grace, '/ada')
  await speaker.page.getByText('line 350').waitFor()
  await speaker.page.getByRole('log').hover()
  await speaker.page.mouse.wheel(0, -400)
  await waitFor(speaker.page, `!(${isAtEnd})`, 'scrolling back')
  await writeMessage(speaker.page, 'who speaks sees it said')
  await waitFor(speaker.page, isAtEnd, 'back at the end by speaking')
})

test('a flood: at most 200 lines, drawn a frame at a time, and a screen reader is told a number', async () => {
  await using view = await visit(browser, `${server.url}/ada`)
  const { page } = view
  await page.getByText('Nothing said yet').waitFor()
  await page.evaluate(`{
    window.most = 0
    window.changes = 0
    window.spoken = []
    const list = document.querySelector('.chat-list')
    new MutationObserver(() => {
      window.changes += 1
      window.most = Math.max(window.most, list.children.length)
    }).observe(list, { childList: true })
    const voice = document.querySelector('.chat [aria-live="polite"]')
    new MutationObserver(() => window.spoken.push(voice.textContent))
      .observe(voice, { childList: true, characterData: true, subtree: true })
  }`)
  for (let n = 1; n <= 600; n += 1) server.chat.say(ADA, grace, `flood ${n}`)
  await page.getByText('flood 600', { exact: true }).waitFor()
  assert.equal(await numberIn(page, 'window.most'), 200)
  assert.ok((await numberIn(page, 'window.changes')) <= 60, 'not once per message')
  await waitFor(page, 'window.spoken.length > 0', 'telling the number')
  assert.match(String(await page.evaluate('window.spoken.join()')), /^\d+ new messages$/)
  assert.equal(await page.getByRole('log').getAttribute('aria-live'), 'off')
})

test('[W24] names, messages, quotes and links run nothing', async () => {
  const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
  const mallory = server.api.addUser({ username: 'mallory', displayName: hostile })
  const id = server.chat.say(ADA, mallory, hostile)
  server.chat.say(ADA, mallory, 'javascript:alert(1) data:text/html,x https://x"onclick=alert(1)', {
    parentId: id,
  })
  server.chat.notice(ADA, hostile, hostile)
  await using view = await visitAs(ada, '/ada')
  const { page } = view
  await page.getByText(hostile).first().waitFor()
  await page.locator('.chat-line').first().hover()
  await page.locator('.chat-actions button').nth(1).click()
  await page.getByRole('button', { name: `Ban ${hostile}` }).waitFor()
  assert.equal(await page.locator('.chat img, .chat script, .chat [onclick]').count(), 0)
  const links = await page.evaluate(
    `[...document.querySelectorAll('.chat-text a')].map((one) => one.href)`,
  )
  assert.deepEqual(links, ['https://x/'])
  assert.equal(await page.title(), 'Ada: Notes · Vibly')
  assert.deepEqual(view.faults, [])
})

test('the chat tells the page what happens: live at once, reconnecting, over, viewers', async () => {
  await using view = await visit(browser, `${server.url}/ada`)
  const { page } = view
  await page.getByRole('heading', { name: 'Ada is offline' }).waitFor()
  await page.getByText('Nothing said yet').waitFor()
  const broadcast_id = server.api.goLive('ada')
  const stream = {
    type: 'stream',
    title: 'A new title',
    broadcast_id,
    started_at: new Date().toISOString(),
  }
  server.chat.tell(ADA, { ...stream, status: 'live' })
  await page.locator('.badge.live').waitFor({ timeout: TOLD_MS })
  server.chat.tell(ADA, { type: 'presence', viewers: 42 })
  await page.getByText('42 viewers').waitFor()
  server.chat.tell(ADA, { ...stream, status: 'interrupted' })
  await page.getByText('Reconnecting…', { exact: true }).waitFor()
  server.api.end('ada')
  server.chat.tell(ADA, { ...stream, status: 'ended' })
  await page.locator('.watch-figures').getByText('Offline').waitFor({ timeout: TOLD_MS })
})

test('the chat in a window of its own, from the watch page', async () => {
  server.chat.say(ADA, grace, 'hello')
  await using view = await visit(browser, `${server.url}/ada`)
  const opened = view.page.context().waitForEvent('page')
  await view.page.getByRole('link', { name: 'Open the chat in its own window' }).click()
  const page = await opened
  await awaitMessages(page, ['hello'])
  assert.equal(new URL(page.url()).pathname, '/ada/chat')
  assert.equal(await page.title(), 'Chat of Ada · Vibly')
  assert.equal(await page.locator('.header, video').count(), 0)
})

test('everything by keyboard: through the lines, reply, give up, send', async () => {
  server.chat.say(ADA, ada, 'first')
  server.chat.say(ADA, ada, 'second')
  await using view = await visitAs(grace, '/ada')
  const { page } = view
  await awaitMessages(page, ['first', 'second'])
  await page.getByRole('log').focus()
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await page.getByText('Replying to Ada first').waitFor()
  await page.keyboard.press('Escape')
  await page.getByText('Replying to').waitFor({ state: 'detached' })
  await page.keyboard.type('by hand')
  await page.keyboard.press('Enter')
  await awaitMessages(page, ['first', 'second', 'by hand'])
  await page.getByRole('button', { name: 'Emoji' }).press('Enter')
  await page.getByRole('dialog', { name: 'Emoji' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  const focused = await page.evaluate(`document.activeElement.getAttribute('aria-label')`)
  assert.equal(focused, 'Emoji', 'the focus is where it was')
})

test('axe finds nothing to fix: chat, menu, settings, emoji, sign-in, thread, window of its own', async () => {
  const id = server.chat.say(ADA, grace, 'hello @ada, see https://example.org', {
    roles: ['moderator'],
  })
  for (let n = 0; n < 12; n += 1) {
    const speaker = { id: `id_${n}`, username: `user_${n}`, displayName: `User ${n}` }
    server.chat.say(ADA, speaker, 'every author has a colour', { parentId: id })
  }
  server.chat.notice(ADA, 'announcement', 'Soon: a break.')
  const steps: readonly (readonly [string, FakeSpeaker | null, (page: Page) => Promise<void>])[] = [
    ['/ada', null, async () => undefined],
    ['/ada/chat', ada, async () => undefined],
    ['/ada', null, (page) => page.getByRole('button', { name: 'Sign in to chat' }).click()],
    ['/ada', ada, (page) => page.getByRole('button', { name: 'Chat settings' }).click()],
    ['/ada', ada, (page) => page.getByRole('button', { name: 'Emoji' }).click()],
    ['/ada', ada, (page) => page.locator('.chat-quote').first().click()],
    [
      '/ada',
      ada,
      async (page) => {
        await page.locator('.chat-line').first().hover()
        await page.locator('.chat-actions button').nth(1).click()
        await page.getByRole('dialog').waitFor()
      },
    ],
  ]
  for (const [path, user, reach] of steps) {
    await using view =
      user === null
        ? await visit(browser, server.url + path, { bypassCSP: true })
        : await visitAs(user, path)
    const { page } = view
    await page.getByText('Soon: a break.').waitFor()
    await reach(page)
    await waitFor(page, `!document.querySelector('.chat .spinner')`, 'loading')
    assert.deepEqual(await findByAxe(page), [], `${path} ${reach.toString()}`)
  }
})

test('with the chat the watch page still needs at most 180 KB of script, and writing 4 KB more', async () => {
  server.api.goLive('ada')
  await using view = await visit(browser, `${server.url}/ada`)
  await view.page.getByRole('button', { name: 'Sign in to chat' }).waitFor()
  await waitFor(
    view.page,
    `document.querySelector('.player')?.dataset.state === 'playing'`,
    'playing',
    30_000,
  )
  const scripts = scriptsAsked()
  assert.ok(
    scripts.some((path) => path.includes('hls.')),
    scripts.join(),
  )
  const bytes = await gzippedBytes(scripts)
  assert.ok(bytes <= 184_320, `${bytes} bytes: ${scripts.join()}`)

  await using other = await visitAs(grace, '/ada')
  await other.page.getByLabel('Your message').waitFor()
  const more = (await gzippedBytes(scriptsAsked())) - bytes
  assert.ok(more > 0 && more <= 4096, `${more} bytes more`)
})

function scriptsAsked(): readonly string[] {
  return [...new Set(server.asked.filter((path) => path.endsWith('.js')))]
}

async function gzippedBytes(paths: readonly string[]): Promise<number> {
  let bytes = 0
  for (const path of paths) {
    const response = await fetch(server.url + path)
    bytes += gzipSync(await response.bytes()).byteLength
  }
  return bytes
}
