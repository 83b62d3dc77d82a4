import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { numberIn, visit, waitFor } from '../support/browser.ts'
import { type FakeWebServer, startFakeWebServer } from '../support/fake-web-server.ts'
import { awaitPlaying, VIDEO } from '../support/page-parts.ts'
import { openPageStage } from '../support/page-stage.ts'

const { browser, media } = await openPageStage()
const held = new AsyncDisposableStack()
let server: FakeWebServer
let pastId: string

before(async () => {
  server = held.use(await startFakeWebServer({ media }))
  server.api.addUser({ username: 'ada', displayName: 'Ada', title: 'Notes' })
  server.api.addUser({ username: 'grace', displayName: 'Grace' })
  server.api.replay.push([1_000, 'first words'], [5_000, 'later words'])
  pastId = server.api.goLive('ada')
  server.api.end('ada')
})

after(() => held.disposeAsync())

test('a past broadcast plays whole, with its chat in step, and can be taken along', async () => {
  await using view = await visit(browser, `${server.url}/ada/${pastId}`)
  const { page } = view
  await awaitPlaying(page)
  assert.equal(await page.title(), 'Ada: Notes · Vibly')
  await page.getByText('first words').waitFor()
  assert.equal(await page.getByText('later words').count(), 0, 'nobody has said that yet')
  await page.getByText('later words').waitFor()
  await page.keyboard.press('Home')
  await waitFor(
    page,
    `!document.body.innerText.includes('later words')`,
    'going back in the chat too',
  )
  const download = page.getByRole('link', { name: 'Download' })
  assert.equal(await download.getAttribute('href'), `/media/${pastId}/recording.mp4?download=1`)

  const picture = page.locator('.seek-picture')
  const bar = await page.getByRole('slider', { name: 'Seek' }).boundingBox()
  assert(bar !== null)
  await page.mouse.move(bar.x + bar.width * 0.1, bar.y + bar.height / 2)
  await picture.waitFor()
  const left = await picture.evaluate('(it) => it.style.backgroundPosition')
  await page.mouse.move(bar.x + bar.width * 0.9, bar.y + bar.height / 2)
  await waitFor(
    page,
    `document.querySelector('.seek-picture').style.backgroundPosition !== '${left}'`,
    'another picture further on',
  )

  await page.setViewportSize({ width: 320, height: 640 })
  await page.locator('.seek').hover()
  const top = (selector: string): string =>
    `document.querySelector('${selector}').getBoundingClientRect().top`
  await waitFor(page, `${top('.seek-picture')} > ${top('.player')}`, 'the whole picture on a phone')
  await page.setViewportSize({ width: 1280, height: 800 })

  await page.keyboard.press('End')
  const again = page.getByRole('button', { name: 'Watch again' })
  await again.waitFor()
  await again.click()
  await waitFor(page, `!${VIDEO}.paused && ${VIDEO}.currentTime < 4`, 'beginning again')
  assert.deepEqual(view.faults, [])
  assert.deepEqual(view.strangers, [])
})

test('a link leads to its moment, speed is chosen, and keys move as on YouTube', async () => {
  await using view = await visit(browser, `${server.url}/ada/${pastId}?t=4s`)
  const { page } = view
  await awaitPlaying(page)
  assert.ok((await numberIn(page, `${VIDEO}.currentTime`)) >= 3.9, 'begins where the link says')
  await page.keyboard.press('k')
  await waitFor(page, `${VIDEO}.paused`, 'pausing')
  await page.keyboard.press('ArrowLeft')
  await waitFor(page, `${VIDEO}.currentTime < 3`, 'five seconds back')
  await page.keyboard.press('5')
  await waitFor(page, `Math.abs(${VIDEO}.currentTime - 4) < 0.6`, 'to the middle')
  await page.keyboard.press('>')
  await waitFor(page, `${VIDEO}.playbackRate === 1.25`, 'faster')
  await page.getByRole('button', { name: 'Speed' }).click()
  await page.getByRole('menuitemradio', { name: '2×' }).click()
  await waitFor(page, `${VIDEO}.playbackRate === 2`, 'twice as fast')
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.getByRole('button', { name: 'Link at this moment' }).click()
  await page.getByText('Link copied').waitFor()
  const link = await page.evaluate('navigator.clipboard.readText()')
  assert.match(String(link), new RegExp(`/ada/${pastId}\\?t=[345]s$`))
  // As after a recovery, which opens the recording anew.
  await page.evaluate(`${VIDEO}.playbackRate = 1`)
  await page.keyboard.press('j')
  await waitFor(page, `${VIDEO}.playbackRate === 2`, 'keeping the chosen speed')
  assert.deepEqual(view.faults, [])
})

test('a broadcast that is gone says so and leads to its channel', async () => {
  await using view = await visit(browser, `${server.url}/ada/broadcast_gone`)
  await view.page.getByRole('heading', { name: 'This broadcast is not here any more' }).waitFor()
  await view.page.getByRole('link', { name: 'Go to the channel of ada' }).click()
  await view.page.getByRole('heading', { name: 'Ada is offline' }).waitFor()
  await view.page.getByRole('link', { name: /Notes/ }).click()
  await awaitPlaying(view.page)
})

test('theatre and chat are switched by key and remembered; full screen takes the chat along', async () => {
  await using view = await visit(browser, `${server.url}/ada/${pastId}`)
  const { page } = view
  await awaitPlaying(page)
  const width = `document.querySelector('.player').getBoundingClientRect().width`
  const before = await numberIn(page, width)
  await page.keyboard.press('t')
  await waitFor(page, `${width} > ${before}`, 'a wider picture')
  const chat = page.getByRole('log', { name: 'Chat of the broadcast' })
  await page.keyboard.press('c')
  await chat.waitFor({ state: 'hidden' })
  await waitFor(page, `${width} === innerWidth`, 'the picture over the whole width')
  await page.reload()
  await awaitPlaying(page)
  await waitFor(page, `${width} === innerWidth`, 'still so after a reload')
  await page.keyboard.press('f')
  await waitFor(page, 'document.fullscreenElement !== null', 'full screen')
  await page.getByRole('button', { name: 'Show chat (c)' }).click()
  await chat.waitFor()
  assert.equal(await numberIn(page, width), await numberIn(page, 'innerWidth'), 'over the picture')
  await chat.locator('.chat-empty, .replay-time').first().waitFor()
  const ink = `getComputedStyle(document.querySelector('.chat-empty, .replay-time')).color`
  const red = await numberIn(page, `Number(/\\d+/.exec(${ink})[0])`)
  assert.ok(red > 128, 'light words on the dark shade, though the page is light')
  assert.deepEqual(view.faults, [])
})

test('the player works in a frame of another site, with the chat if asked for', async () => {
  server.api.goLive('grace')
  const frame = `<iframe width="900" height="500" allow="autoplay; fullscreen" src="${server.url}/embed/grace?chat=1"></iframe>`
  const other = createServer((_, response) => {
    response.setHeader('content-type', 'text/html')
    response.end(`<!doctype html><title>Elsewhere</title>${frame}`)
  })
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  held.defer(() => new Promise((resolve) => other.close(() => resolve())))
  const address = other.address()
  assert(typeof address === 'object' && address !== null)
  await using view = await visit(browser, `http://localhost:${address.port}/`)
  const inside = view.page.frameLocator('iframe')
  await inside.locator('.player[data-state="playing"]').waitFor()
  await inside.getByRole('log').waitFor()
  assert.match((await inside.locator('.embed-link').getAttribute('href')) ?? '', /^\/grace$/)
  assert.deepEqual(
    view.faults.filter((fault) => !fault.includes('favicon')),
    [],
  )
})
