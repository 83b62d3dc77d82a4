import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { numberIn, REFUSE_SOUND, visit, waitFor } from '../support/browser.ts'
import { startFakeWebServer } from '../support/fake-web-server.ts'
import { VIDEO } from '../support/page-parts.ts'
import { openPageStage } from '../support/page-stage.ts'

const { browser, media } = await openPageStage()

const FRAMES = `${VIDEO}.getVideoPlaybackQuality().totalVideoFrames`

test('[W17] [W18] the player plays under the strict policy, from this server alone', async () => {
  await using server = await startFakeWebServer({ media })
  server.api.addUser({ username: 'ada', displayName: 'Ada', title: 'Notes' })
  server.api.goLive('ada', 3)
  await using view = await visit(browser, `${server.url}/ada`)
  await playOn(view.page, 5)
  assert.ok((await numberIn(view.page, FRAMES)) > 60, 'frames were decoded')
  assert.equal(await view.page.locator('.player').getAttribute('data-state'), 'playing')
  await view.page.getByRole('heading', { name: 'Notes' }).waitFor()
  assert.match((await view.page.locator('.watch-figures').textContent()) ?? '', /3 viewers/)
  assert.equal(await view.page.title(), 'Ada: Notes · Vibly')
  assert.equal(view.page.workers().length, 1, 'decoding has its own thread')
  assert.deepEqual(view.faults, [])
  assert.deepEqual(view.strangers, [])
})

test('a page opened early starts by itself, says when it is over, and starts again', async () => {
  await using server = await startFakeWebServer({ media })
  server.api.addUser({ username: 'ada', displayName: 'Ada' })
  await using view = await visit(browser, `${server.url}/ada`)
  const { page } = view
  await page.getByRole('heading', { name: 'Ada is offline' }).waitFor()
  assert.equal(await page.locator('.player').getAttribute('data-state'), 'offline')

  server.api.goLive('ada')
  await playOn(page, 1)
  server.api.end('ada')
  await page.getByRole('heading', { name: 'The broadcast has ended' }).waitFor({ timeout: 30_000 })
  assert.equal(await page.locator('.player').getAttribute('data-state'), 'offline')

  const broadcastId = server.api.goLive('ada')
  await playOn(page, 1)
  assert.ok(server.asked.some((asked) => asked.startsWith(`/media/${broadcastId}/`)))
  assert.deepEqual(view.faults, [])
})

test('a new broadcast on the channel replaces the one that plays', async () => {
  await using server = await startFakeWebServer({ media })
  server.api.goLive('ada')
  await using view = await visit(browser, `${server.url}/ada`)
  await playOn(view.page, 1)
  server.api.end('ada')
  const broadcastId = server.api.goLive('ada')
  await waitFor(
    view.page,
    `performance.getEntriesByType('resource').some(({ name }) => name.includes('${broadcastId}'))`,
    'loading the new broadcast',
  )
  await playOn(view.page, 1)
})

test('playback comes back after the network was gone for longer than the buffer', async () => {
  await using server = await startFakeWebServer({ media })
  server.api.goLive('ada')
  await using view = await visit(browser, `${server.url}/ada`)
  await playOn(view.page, 1)
  server.isCut = true
  await waitFor(view.page, stateIs('waiting'), 'running dry', 40_000)
  await view.page.getByText('The server does not answer.').waitFor()
  server.isCut = false
  await waitFor(view.page, stateIs('playing'), 'playing again', 40_000)
  await playOn(view.page, 2)
})

test('playback comes back after seconds of segments that are noise', async () => {
  await using server = await startFakeWebServer({ media })
  server.api.goLive('ada')
  await using view = await visit(browser, `${server.url}/ada`)
  await playOn(view.page, 1)
  server.isGarbled = true
  await waitFor(view.page, `!(${stateIs('playing')})`, 'running dry', 40_000)
  server.isGarbled = false
  await playOn(view.page, 2)
})

test('a browser without Media Source plays by its own HLS, or says that it cannot', async () => {
  await using server = await startFakeWebServer({ media })
  server.api.goLive('ada')
  const initScript = 'delete window.MediaSource; delete window.ManagedMediaSource'
  await using able = await visit(browser, `${server.url}/ada`, { initScript })
  const isAble = await able.page.evaluate(
    `document.createElement('video').canPlayType('application/vnd.apple.mpegurl') !== ''`,
  )
  if (isAble === true) await playOn(able.page, 2)
  const refuse = `${initScript}; HTMLMediaElement.prototype.canPlayType = () => ''`
  await using unable = await visit(browser, `${server.url}/ada`, { initScript: refuse })
  await unable.page.getByRole('heading', { name: 'The video cannot be played' }).waitFor()
  assert.equal(await unable.page.locator('.player').getAttribute('data-state'), 'error')
})

test('quality is chosen by keyboard alone', async () => {
  await using server = await startFakeWebServer({ media })
  server.api.goLive('ada')
  await using view = await visit(browser, `${server.url}/ada`)
  const { page } = view
  await playOn(page, 1)
  const button = page.getByRole('button', { name: 'Quality' })
  await button.focus()
  await page.keyboard.press('Enter')
  const items = page.getByRole('menuitemradio')
  const names = await items.allTextContents()
  assert.deepEqual(names.slice(0, 2), ['360p', '180p'])
  assert.match(names[2] ?? '', /^Auto/)
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Enter')
  assert.equal(await items.count(), 0, 'the menu closes')
  await waitFor(page, `${VIDEO}.videoHeight === 180`, 'showing 180p')
  await page.reload()
  await playOn(page, 1)
  assert.equal(await numberIn(page, `${VIDEO}.videoHeight`), 180, 'remembered')
  assert.deepEqual(view.faults, [])
})

test('keys and buttons: pause, mute, full screen', async () => {
  await using server = await startFakeWebServer({ media })
  server.api.goLive('ada')
  await using view = await visit(browser, `${server.url}/ada`)
  const { page } = view
  await playOn(page, 1)
  await page.keyboard.press('k')
  await waitFor(page, `${VIDEO}.paused`, 'k pauses')
  await page.keyboard.press(' ')
  await waitFor(page, `!${VIDEO}.paused`, 'space plays')
  await page.keyboard.press('m')
  await waitFor(page, `${VIDEO}.muted`, 'm mutes')
  await page.getByRole('button', { name: 'Unmute' }).click()
  await waitFor(page, `!${VIDEO}.muted`, 'the button unmutes')
  await page.keyboard.press('f')
  await waitFor(page, `document.fullscreenElement?.className === 'watch'`, 'f fills the screen')
  await page.keyboard.press('f')
  await waitFor(page, 'document.fullscreenElement === null', 'f leaves full screen')
})

test('the controls leave the picture at rest and come back with the pointer or the focus', async () => {
  await using server = await startFakeWebServer({ media })
  server.api.goLive('ada')
  await using view = await visit(browser, `${server.url}/ada`)
  const { page } = view
  const opacity = `getComputedStyle(document.querySelector('.player-bar')).opacity`
  await playOn(page, 1)
  await waitFor(page, `${opacity} === '0'`, 'hiding without any movement')
  await page.locator('.player').hover({ position: { x: 200, y: 100 } })
  await waitFor(page, `${opacity} === '1'`, 'coming back with the pointer')
  await waitFor(page, `${opacity} === '0'`, 'hiding again')
  await page.keyboard.press('Tab')
  await page.getByRole('button', { name: 'Mute' }).focus()
  await waitFor(page, `${opacity} === '1'`, 'coming back with the focus')
})

test('where sound needs a gesture, the video starts muted and one tap brings the sound', async () => {
  await using server = await startFakeWebServer({ media })
  server.api.goLive('ada')
  await using view = await visit(browser, `${server.url}/ada`, { initScript: REFUSE_SOUND })
  const tap = view.page.getByRole('button', { name: 'Tap for sound' })
  await tap.waitFor()
  await playOn(view.page, 1)
  assert.equal(await view.page.evaluate(`${VIDEO}.muted`), true)
  await tap.click()
  await waitFor(view.page, `!${VIDEO}.muted && !${VIDEO}.paused`, 'sound')
  await tap.waitFor({ state: 'detached' })
  assert.deepEqual(view.faults, [])
})

test('an unknown channel is said to be unknown', async () => {
  await using server = await startFakeWebServer({ media })
  await using view = await visit(browser, `${server.url}/nobody`)
  await view.page.getByRole('heading', { name: 'There is no such channel' }).waitFor()
})

function stateIs(state: string): string {
  return `document.querySelector('.player')?.dataset.state === '${state}'`
}

/** Waits until the video has played `seconds` from now. */
async function playOn(page: Page, seconds: number): Promise<void> {
  await waitFor(page, stateIs('playing'), 'playing', 60_000)
  const from = await numberIn(page, `${VIDEO}.currentTime`)
  await waitFor(page, `${VIDEO}.currentTime > ${from + seconds}`, `playing ${seconds} s`, 60_000)
}
