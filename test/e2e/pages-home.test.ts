import assert from 'node:assert/strict'
import { test } from 'node:test'
import { visit } from '../support/browser.ts'
import { startFakeWebServer, WEB_DIST } from '../support/fake-web-server.ts'
import { openPageStage } from '../support/page-stage.ts'
import { PAGE_SOURCES, scriptBytes } from '../support/script-bytes.ts'

const { browser, media } = await openPageStage()

test('home shows who is live, and follows who comes and goes', async () => {
  await using server = await startFakeWebServer({ media })
  server.api.addUser({ username: 'ada', displayName: 'Ada Lovelace', title: 'Notes on the engine' })
  await using view = await visit(browser, server.url)
  const { page } = view

  await page.getByRole('heading', { name: 'Nobody is live right now' }).waitFor()
  assert.equal(
    await page.getByRole('link', { name: 'Open the studio' }).getAttribute('href'),
    '/studio',
  )

  const broadcastId = server.api.goLive('ada', 1_234)
  const card = page.getByRole('link', { name: /Notes on the engine/ })
  await card.waitFor()
  const words = (await card.textContent()) ?? ''
  assert.match(words, /Ada Lovelace/)
  assert.match(words, /1\.2K/)
  assert.equal(await card.getAttribute('href'), '/ada')
  const picture = card.locator('img')
  await picture.waitFor()
  const source = (await picture.getAttribute('src')) ?? ''
  assert.ok(source.startsWith(`/media/${broadcastId}/thumb.jpg?`), source)

  server.api.end('ada')
  await page.getByRole('heading', { name: 'Nobody is live right now' }).waitFor()

  // Whoever watches a broadcast that has just begun is not counted yet; after a while nobody is
  // nobody.
  server.api.addUser({ username: 'grace', displayName: 'Grace', title: 'Unseen' })
  server.api.goLive('grace', 0, Date.now() - 60_000)
  server.api.goLive('ada')
  await page.getByRole('link', { name: /0 viewers Unseen/ }).waitFor()
  assert.doesNotMatch((await card.textContent()) ?? '', /viewers/)
  assert.deepEqual(view.faults, [])
  assert.deepEqual(view.strangers, [])
})

test('home says that the server is gone, and comes back with it', async () => {
  await using server = await startFakeWebServer({ media })
  server.isCut = true
  await using view = await visit(browser, server.url)
  await view.page.getByRole('heading', { name: 'The server does not answer' }).waitFor()
  server.isCut = false
  await view.page.getByRole('heading', { name: 'Nobody is live right now' }).waitFor()
})

test('[W24] names and titles are text, whatever they contain', async () => {
  await using server = await startFakeWebServer({ media })
  const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
  server.api.addUser({ username: 'mallory', displayName: hostile, title: hostile })
  server.api.goLive('mallory')
  await using view = await visit(browser, server.url)
  await view.page.getByText(hostile).first().waitFor()
  await view.page.getByRole('link', { name: /onerror/ }).click()
  await view.page.getByRole('heading', { name: hostile, exact: true }).waitFor()
  assert.equal(await view.page.locator('img[src="x"], main script').count(), 0)
  assert.equal(await view.page.title(), `${hostile}: ${hostile} · Vibly`)
  assert.deepEqual(view.faults, [])
})

test('home needs at most 40 KB of script, the watch page 180 KB with the player library', async () => {
  const home = await scriptBytes(WEB_DIST, PAGE_SOURCES.home)
  const watch = await scriptBytes(WEB_DIST, PAGE_SOURCES.watch)
  assert.ok(home > 10_000 && home <= 40_960, `home: ${home} bytes`)
  assert.ok(watch > 100_000 && watch <= 184_320, `watch: ${watch} bytes`)
})
