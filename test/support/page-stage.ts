import { after } from 'node:test'
import type { Browser } from 'playwright-core'
import { openBrowser } from './browser.ts'
import { makeFakeMedia } from './fake-broadcast.ts'

/**
 * A browser, and media for fake servers, for all tests of the file that asks; closed behind its
 * last.
 */
export async function openPageStage(): Promise<{ browser: Browser; media: string }> {
  const held = new AsyncDisposableStack()
  after(() => held.disposeAsync())
  const media = held.use(await makeFakeMedia()).folder
  const browser = await openBrowser()
  held.defer(() => browser.close())
  return { browser, media }
}
