import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { ChatClient } from '../../client/index.ts'
import { openBrowser, type Visit, visit, waitFor } from '../support/browser.ts'
import { HOSTILE_TEXTS } from '../support/hostile-texts.ts'
import { awaitMessages, shownMessages, writeMessage } from '../support/page-parts.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { dispose, signUp, startVibly, type Vibly } from '../support/vibly.ts'

/** As long as a train takes through a tunnel: longer than a client trusts a silent connection. */
const CUT_MS = 20_000
/** A picture of one dot. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

const held = new AsyncDisposableStack()
let browser: Browser
let vibly: Vibly

before(async () => {
  vibly = await startVibly()
  held.defer(() => dispose(vibly))
  browser = await openBrowser()
  held.defer(() => browser.close())
})

after(() => held.disposeAsync())

// They need nothing of each other, and the first mostly waits.
suite('the chat in real browsers with the real server', { concurrency: true }, () => {
  test('two talk, reply and moderate; the network is gone for 20 s: nothing lost, nothing twice', async () => {
    const proxy = await TcpProxy.open(Number(new URL(vibly.url).port))
    try {
      await using ada = await visitAs('ada_one', '/ada_one')
      await using bob = await visitAs('bob_two', '/ada_one', `http://127.0.0.1:${proxy.port}`)
      await writeMessage(ada.page, 'good evening')
      await awaitMessages(bob.page, ['good evening'])
      await bob.page.locator('.chat-line').hover()
      await bob.page.getByRole('button', { name: 'Reply to ada_one' }).click()
      await writeMessage(bob.page, 'and to you')
      await writeMessage(bob.page, 'rude')
      await awaitMessages(ada.page, ['good evening', 'and to you', 'rude'])
      await ada.page.locator('.chat-line').last().hover()
      await ada.page
        .getByRole('button', { name: 'More about the message of bob_two' })
        .last()
        .click()
      await ada.page.getByRole('button', { name: 'Delete message' }).click()
      await awaitMessages(bob.page, ['good evening', 'and to you'])

      const all = ['good evening', 'and to you']
      proxy.stall()
      const untilMs = performance.now() + CUT_MS
      await writeMessage(bob.page, 'from the dark')
      for (let n = 1; n <= 30; n += 1) await writeMessage(ada.page, `meanwhile ${n}`)
      all.push(...Array.from({ length: 30 }, (_, n) => `meanwhile ${n + 1}`))
      await awaitMessages(ada.page, all)
      await ada.page.locator('.chat-line').nth(5).hover()
      await ada.page.getByRole('button', { name: 'More about' }).click()
      await ada.page.getByRole('button', { name: 'Delete message' }).click()
      all.splice(5, 1)
      await awaitMessages(ada.page, all)
      assert.equal((await shownMessages(bob.page)).length, 2, 'nothing came through')
      await sleep(Math.max(0, untilMs - performance.now()))
      proxy.resume()
      await awaitMessages(bob.page, [...all, 'from the dark'])
      // Ada went back for the deletion, so what is new is counted until she asks for it.
      await ada.page.getByRole('button', { name: '1 new message' }).click()
      await awaitMessages(ada.page, [...all, 'from the dark'])
      await writeMessage(ada.page, 'welcome back')
      await awaitMessages(bob.page, [...all, 'from the dark', 'welcome back'])
      assert.deepEqual(ada.faults, [])
    } finally {
      await proxy.close()
    }
  })

  test('what moderators, writers and readers of a channel do in its page', async () => {
    await using mona = await visitAs('mona_mod', '/mona_mod/chat')
    await using vic = await visitAs('vic_view', '/mona_mod/chat')

    // What waits for a decision is there for a moderator who comes later, and appears once it is
    // let.
    await openSettings(mona.page)
    await mona.page.getByRole('textbox', { name: 'Blocked words' }).fill('darn')
    await mona.page.getByLabel('Let moderators decide').check()
    await mona.page.getByRole('button', { name: 'Save' }).click()
    await mona.page.getByText('The settings are saved.').waitFor()
    await writeMessage(vic.page, 'darn it')
    await vic.page.getByText('Your message waits for a moderator.').waitFor()
    await mona.page.reload()
    await mona.page.getByText('Waits for your decision: vic_view darn it').waitFor()
    await mona.page.getByRole('button', { name: 'Allow' }).click()
    await awaitMessages(vic.page, ['darn it'])

    await writeMessage(mona.page, '/announce Welcome, all of you')
    await vic.page.locator('.chat-notice[data-kind="announcement"]').waitFor()
    await writeMessage(mona.page, '/dance')
    await mona.page.getByText('Not understood.').waitFor()
    await mona.page.getByLabel('Your message').fill('')

    await openSettings(mona.page)
    await mona.page.getByRole('button', { name: 'Emotes of the channel' }).click()
    await mona.page.getByLabel('Name').fill('wavy')
    await mona.page
      .getByLabel('Picture')
      .setInputFiles({ name: 'wavy.png', mimeType: 'image/png', buffer: PNG })
    await mona.page.getByRole('button', { name: 'Add emote' }).click()
    await mona.page.getByRole('button', { name: 'Remove wavy' }).waitFor()
    await mona.page.getByRole('button', { name: 'Close' }).click()
    await vic.page.reload()
    await vic.page.getByLabel('Your message').pressSequentially('hi :wav')
    await vic.page.getByRole('option', { name: ':wavy:' }).waitFor()
    await vic.page.keyboard.press('Enter')
    await vic.page.keyboard.type('@mon')
    await vic.page.keyboard.press('Enter')
    await awaitMessages(mona.page, ['darn it', 'hi  @mon'])
    const emote = mona.page.locator('.chat-line img.chat-emote')
    assert.match((await emote.getAttribute('src')) ?? '', /^\/emotes\/.*\/wavy\.[0-9a-f]+\.png$/)
    await waitFor(
      mona.page,
      `document.querySelector('.chat-line img').naturalWidth === 1`,
      'a picture',
    )

    await vic.page.getByLabel('Your message').fill('in the middle of a')
    await writeMessage(mona.page, '/timeout vic_view 60 spam')
    await vic.page.getByText(/^You may not write here at the moment\. Again in 0:\d\d\.$/).waitFor()
    await openSettings(mona.page)
    await mona.page.getByRole('button', { name: 'Moderators and silenced people' }).click()
    await mona.page.getByText('· spam').waitFor()
    await mona.page.getByRole('button', { name: 'Let vic_view write again' }).click()
    await vic.page.getByText('You may not write here').waitFor({ state: 'detached' })
    assert.equal(await vic.page.getByLabel('Your message').inputValue(), 'in the middle of a')
    await mona.page.getByRole('button', { name: 'Close' }).click()
    await writeMessage(mona.page, '/mod vic_view')
    await vic.page.getByRole('button', { name: 'Chat settings' }).click()
    await vic.page.getByRole('button', { name: 'What moderators did' }).click()
    await vic.page.getByText('silenced somebody for a time').waitFor()
    await writeMessage(mona.page, '/unmod vic_view')
    await vic.page.getByRole('button', { name: 'Chat settings' }).waitFor({ state: 'detached' })
    assert.deepEqual([...mona.faults, ...vic.faults], [])
  })

  test('[W24] sixty texts that run script elsewhere are text, in messages, quotes, names and titles', async () => {
    const texts = HOSTILE_TEXTS
    assert.equal(new Set(texts).size, 60)
    const eva = await signUp(vibly, 'eva_evil')
    const change = { title: texts[0], description: texts[15] }
    const said = await fetch(`${vibly.url}/api/channels/${eva.id}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${eva.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(change),
    })
    assert.equal(said.status, 200)
    const client = new ChatClient({
      server: vibly.url,
      channelId: eva.id,
      token: async () => eva.token,
    })
    client.open()
    await client.say(texts[0] ?? '')
    await client.command({ type: 'announce', content: texts[1] ?? '' })
    let parentId: string | null = null
    for (const text of texts) {
      const receipt = await client.say(text, parentId)
      parentId = receipt?.id ?? null
    }
    client.close()
    const booms: unknown[] = []
    const context = await browser.newContext()
    try {
      await context.exposeFunction('boom', (what: unknown) => booms.push(what))
      const page = await context.newPage()
      page.on('dialog', (dialog) => booms.push(dialog.message()))
      for (const path of ['/eva_evil', '/eva_evil/chat']) {
        await page.goto(vibly.url + path)
        await waitFor(page, `document.querySelectorAll('.chat-line').length >= 50`, 'the last 50')
        const last = (await shownMessages(page)).at(-1)
        assert.equal(last, cleaned(texts.at(-1)), 'shown as it was written')
        await page.locator('.chat-line').last().hover()
        await page.locator('.chat-actions button').last().click()
        await page.getByRole('dialog').waitFor()
        const odd = '.chat :is(script, img, iframe, svg script, object, embed, base, [onerror])'
        assert.equal(await page.locator(odd).count(), 0)
      }
      assert.deepEqual(booms, [])
    } finally {
      await context.close()
    }
  })

  test('[W30] a page of another site gets no socket with the cookies of its visitor', async () => {
    await using victim = await visitAs('vera_vict', '/vera_vict')
    const { page } = victim
    // Another port is another origin, but the same site: the browser sends the cookies along.
    const foreign = createServer((_, response) => {
      response.setHeader('content-type', 'text/html')
      response.end('<title>another site</title>')
    })
    await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve))
    try {
      const address = foreign.address()
      assert.ok(typeof address === 'object' && address !== null)
      const socketUrl = `${vibly.url.replace('http', 'ws')}/ws/chat?channelID=channel_of_nobody`
      const tryIt = `new Promise((resolve) => {
        const socket = new WebSocket(${JSON.stringify(socketUrl)})
        socket.onopen = () => resolve('open')
        socket.onclose = () => resolve('refused')
      })`
      const other = await page.context().newPage()
      await other.goto(`http://127.0.0.1:${address.port}/`)
      assert.equal(await other.evaluate(tryIt), 'refused')
      assert.equal(await page.evaluate(tryIt), 'open', 'our own page gets one')
    } finally {
      foreign.close()
      foreign.closeAllConnections()
    }
  })

  test('a reader goes back to the first message and forth to the latest; a thread is read whole', async () => {
    const lena = await signUp(vibly, 'lena_log')
    const client = new ChatClient({
      server: vibly.url,
      channelId: lena.id,
      token: async () => lena.token,
    })
    client.open()
    const root = await client.say('line 0')
    assert.ok(root)
    for (let n = 1; n <= 180; n += 1) await client.say(`line ${n}`)
    await client.say('an answer', root.id)
    await using view = await visit(browser, `${vibly.url}/lena_log/chat`)
    const { page } = view
    await page.getByText('an answer').waitFor()
    const first = `document.querySelector('.chat-line .chat-text').textContent`
    await waitFor(page, `${first} === 'line 132'`, 'the last 50')
    await page.getByRole('log').hover()
    for (const before of [82, 32]) {
      await page.mouse.wheel(0, -4000)
      await waitFor(page, `${first} === 'line ${before}'`, `lines from ${before} on`)
      const top = await page.evaluate(`document.querySelector('.chat-list').scrollTop`)
      assert.ok(Number(top) > 200, 'what was read stays where it was')
    }
    await page.mouse.wheel(0, -4000)
    await waitFor(page, `${first} === 'line 0'`, 'the very first')
    await client.say('something new')
    await page.getByRole('button', { name: '1 new message' }).click()
    await page.getByText('something new').waitFor()

    await page.locator('.chat-quote').click()
    await awaitMessages(page, ['line 0', 'an answer'])
    await client.say('and another', root.id)
    await awaitMessages(page, ['line 0', 'an answer', 'and another'])
    client.close()
    assert.deepEqual(view.faults, [])
  })

  test('signing up over the chat, talking, replying, and a restart that loses nothing', async () => {
    let server = await startVibly()
    try {
      const { port } = new URL(server.url)
      const streamer = await signUp(server, 'talker')
      await using first = await visit(browser, `${server.url}/${streamer.username}`)
      await using second = await visit(browser, `${server.url}/${streamer.username}/chat`)
      await join(first.page, 'viewer_one')
      await join(second.page, 'viewer_two')
      await writeMessage(first.page, 'good evening :wave:')
      await awaitMessages(second.page, ['good evening 👋'])
      await second.page.locator('.chat-line').hover()
      await second.page.getByRole('button', { name: 'Reply to viewer_one' }).click()
      await writeMessage(second.page, 'and to you, @viewer_one')
      await awaitMessages(first.page, ['good evening 👋', 'and to you, @viewer_one'])
      assert.equal(await first.page.locator('.chat-line[data-me] .chat-quote').count(), 1)
      assert.deepEqual(first.faults, [])

      // Pauses of any length are right; short ones make the test short.
      for (const { page } of [first, second]) await page.evaluate('Math.random = () => 0.1')
      await server.stop()
      await first.page.getByText('Reconnecting to the chat').waitFor()
      await writeMessage(first.page, 'written in the dark')
      server = await startVibly({ VIBLY_DATA_DIR: server.dataDir, VIBLY_HTTP_PORT: port })
      const all = ['good evening 👋', 'and to you, @viewer_one', 'written in the dark']
      await awaitMessages(first.page, all)
      await awaitMessages(second.page, all)
      await first.page.reload()
      await awaitMessages(first.page, all)
    } finally {
      await dispose(server)
    }
  })
})

/** As the server keeps a line: without control characters, white space made one space. */
function cleaned(text = ''): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}

/** Opens a page as somebody with a new account. */
async function visitAs(username: string, path: string, origin = vibly.url): Promise<Visit> {
  const view = await visit(browser, origin)
  const { page } = view
  const answer = await page.request.post(`${origin}/api/auth/register`, {
    data: {
      email: `${username}@example.org`,
      username,
      password: `a long phrase of ${username}`,
    },
  })
  assert.equal(answer.status(), 201, await answer.text())
  // Pauses of any length are right; short ones make the test short.
  await page.addInitScript(`localStorage.setItem('vibly.signed-in', '1'); Math.random = () => 0.1`)
  await page.goto(origin + path)
  await page.getByLabel('Your message').waitFor()
  await page.getByRole('log').waitFor()
  return view
}

/** Creates an account in the dialog over the chat. */
async function join(page: Page, username: string): Promise<void> {
  await page.getByRole('button', { name: 'Sign in to chat' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Create a channel' }).click()
  await dialog.getByLabel('Email').fill(`${username}@example.org`)
  await dialog.getByLabel('Username').fill(username)
  await dialog.getByLabel('Password').fill(`a long phrase of ${username}`)
  await dialog.getByRole('button', { name: 'Create channel' }).click()
  await page.getByLabel('Your message').waitFor()
}

async function openSettings(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Chat settings' }).click()
  await page.getByLabel('Slow mode').waitFor()
}
