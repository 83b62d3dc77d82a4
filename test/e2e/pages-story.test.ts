import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { numberIn, openBrowser, visit, waitFor } from '../support/browser.ts'
import { HOSTILE_TEXTS } from '../support/hostile-texts.ts'
import { awaitPlaying, VIDEO } from '../support/page-parts.ts'
import { makeClip, type Publisher, publishFile } from '../support/publisher.ts'
import {
  dispose,
  eventually,
  type Streamer,
  signUp,
  startVibly,
  type Vibly,
} from '../support/vibly.ts'

const held = new AsyncDisposableStack()
let vibly: Vibly
let browser: Browser
let streamer: Streamer
let publisher: Publisher

before(async () => {
  vibly = await startVibly()
  held.defer(() => dispose(vibly))
  browser = await openBrowser()
  held.defer(() => browser.close())
  // Two renditions: the source itself, and one of 480 lines.
  const clip = await makeClip({
    ...{ name: 'story', width: 1280, height: 720, frameRate: '15', keyframeFrames: 15 },
  })
  streamer = await signUp(vibly, 'streamer')
  await setChannel(streamer, { title: 'An evening of chess', description: 'Every Thursday.' })
  publisher = publishFile(clip, `${vibly.rtmpUrl}/${streamer.streamKey}`)
  held.defer(() => publisher.stop())
  await eventually('the channel is live', async () => {
    const response = await fetch(`${vibly.url}/api/channels/streamer`)
    return JSON.parse(await response.text()).live === true ? true : null
  })
})

after(() => held.disposeAsync())

test('a viewer: home, watch, quality, rewind, live, refused as guest, sign up, reply, reload, history', async () => {
  await using view = await visit(browser, vibly.url)
  const { page } = view
  await page.getByRole('link', { name: /An evening of chess/ }).click()
  await awaitPlaying(page)
  assert.equal(await page.title(), 'streamer: An evening of chess · Vibly')
  await page.getByText('Every Thursday.').waitFor()

  // A machine busy with other things makes one rendition less; then there is nothing to choose.
  const quality = page.getByRole('button', { name: 'Quality' })
  if ((await renditionNames()).includes('480p')) {
    await quality.click()
    await page.getByRole('menuitemradio', { name: '480p', exact: true }).click()
    await waitFor(page, `${VIDEO}.videoHeight === 480`, 'showing 480p', 60_000)
  } else assert.equal(await quality.count(), 0)

  const live = page.getByRole('button', { name: /^Live/i })
  await waitFor(
    page,
    `${VIDEO}.seekable.length > 0 && ${VIDEO}.currentTime > 12`,
    'ten seconds to go back',
    60_000,
  )
  await page.keyboard.press('j')
  await live.and(page.locator(':not([data-live])')).waitFor()
  await page.keyboard.press('.')
  await live.and(page.locator('[data-live]')).waitFor()
  assert.ok((await numberIn(page, `${VIDEO}.playbackRate`)) < 1.2)

  await say(streamer, 'welcome, everyone')
  await page.getByText('welcome, everyone').waitFor()
  await page.getByRole('button', { name: 'Sign in to chat' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Create a channel' }).click()
  await dialog.getByLabel('Email').fill('viewer@example.org')
  await dialog.getByLabel('Username').fill('viewer')
  await dialog.getByLabel('Password').fill('a long phrase of a viewer')
  await dialog.getByRole('button', { name: 'Create channel' }).click()
  await page.getByLabel('Your message').waitFor()
  await page.locator('.chat-line', { hasText: 'welcome, everyone' }).hover()
  await page.getByRole('button', { name: 'Reply to streamer' }).click()
  await page.getByLabel('Your message').fill('thank you for having us')
  await page.keyboard.press('Enter')
  await page.getByText('thank you for having us').waitFor()
  await page.getByRole('button', { name: 'Follow', exact: true }).click()
  await page.getByText('1 follower', { exact: true }).waitFor()

  await page.reload()
  await awaitPlaying(page)
  await page.getByText('welcome, everyone').first().waitFor()
  await page.getByText('thank you for having us').waitFor()
  await page.locator('.chat-quote', { hasText: 'welcome, everyone' }).waitFor()
  await page.getByRole('button', { name: 'Following' }).waitFor()
  assert.deepEqual(view.faults, [])
  assert.deepEqual(view.strangers, [])
})

test('[W24] sixty hostile titles, names and messages run nothing, on any page and in none of its parts', async () => {
  const names = ['mallory_a', 'mallory_b', 'mallory_c', 'mallory_d']
  const people: Streamer[] = []
  for (const name of names) people.push(await signUp(vibly, name))
  for (const person of people) await setChannel(person, { title: 'plain', description: 'plain' })
  const initScript = 'window.boom = () => { window.hasRun = true }'
  await using view = await visit(browser, vibly.url, { initScript })
  const { page } = view
  const plain = await markupOf('/mallory_a')
  for (let from = 0; from < HOSTILE_TEXTS.length; from += people.length) {
    const batch = HOSTILE_TEXTS.slice(from, from + people.length)
    for (const [at, text] of batch.entries()) {
      const person = people[at]
      assert(person !== undefined)
      await setChannel(person, { title: text, description: text })
      await say(streamer, text)
      // In <title>, OpenGraph and the data of the page: nothing opens or closes but what we wrote.
      assert.deepEqual(await markupOf(`/${person.username}`), plain, text)
    }
    await page.goto(`${vibly.url}/?q=mallory`)
    await waitFor(
      page,
      `document.querySelectorAll('.chip').length === ${people.length}`,
      'all four',
    )
  }
  await setChannel(streamer, { title: HOSTILE_TEXTS[0] ?? '' })
  await page.goto(`${vibly.url}/streamer`)
  await awaitPlaying(page)
  await waitFor(page, `document.querySelectorAll('.chat-line').length >= 40`, 'what was said')
  assert.equal(await page.evaluate('window.hasRun'), undefined)
  assert.equal(await page.locator('main script, main style, main iframe, img[src="x"]').count(), 0)
  assert.equal(await page.title(), `streamer: ${HOSTILE_TEXTS[0]} · Vibly`)
  assert.deepEqual(view.faults, [])
  assert.deepEqual(view.strangers, [])
})

/** What the broadcast is made in at this moment. */
async function renditionNames(): Promise<readonly string[]> {
  const master = await (await fetch(`${vibly.url}/live/${streamer.id}/index.m3u8`)).text()
  return [...master.matchAll(/^\/media\/[^/]+\/([^/]+)\//gm)].map(([, name = '']) => name)
}

/** The tags of a page in their order, without what is in them. */
async function markupOf(path: string): Promise<readonly string[]> {
  const headers = { accept: 'text/html' }
  const html = await (await fetch(vibly.url + path, { headers })).text()
  const [, json = ''] = /id="answers">(.*)<\/script>/.exec(html) ?? []
  assert.doesNotThrow(() => JSON.parse(json))
  return [...html.matchAll(/<\/?[a-z]+|<!--/gi)].map(([tag]) => tag)
}

async function setChannel(
  { username, token }: Streamer,
  change: { readonly title?: string; readonly description?: string },
): Promise<void> {
  const response = await fetch(`${vibly.url}/api/channels/${username}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(change),
  })
  assert.equal(response.status, 200, await response.text())
}

/** Says something in the streamer's chat as the streamer; resolves with its id. */
function say({ id, token }: Streamer, content: string): Promise<string> {
  const address = `${vibly.url.replace('http', 'ws')}/ws/chat?channelID=${id}`
  const socket = new WebSocket(address, {
    headers: { authorization: `Bearer ${token}` },
  } as unknown as string[])
  return new Promise<string>((resolve, reject) => {
    socket.onopen = () =>
      socket.send(JSON.stringify({ type: 'message', content, nonce: crypto.randomUUID() }))
    socket.onerror = () => reject(new TypeError('the chat socket failed'))
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(String(data))
      if (frame.type === 'ack') resolve(String(frame.id))
      if (frame.type === 'error') reject(new TypeError(String(data)))
    }
  }).finally(() => socket.close())
}
