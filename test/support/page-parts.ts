import type { Page } from 'playwright-core'
import { waitFor } from './browser.ts'

/** The video of a page, as an expression in it. */
export const VIDEO = 'document.querySelector("video")'

export async function awaitPlaying(page: Page): Promise<void> {
  await waitFor(
    page,
    `document.querySelector('.player')?.dataset.state === 'playing' && ${VIDEO}.currentTime > 0`,
    'playing',
    60_000,
  )
}

/** Writes into the chat of a page and sends it. */
export async function writeMessage(page: Page, content: string): Promise<void> {
  await page.getByLabel('Your message').fill(content)
  await page.keyboard.press('Enter')
}

/** Messages of the chat as they stand on the screen. */
export async function shownMessages(page: Page): Promise<readonly string[]> {
  return await page.locator('.chat-line .chat-text').allTextContents()
}

/** Waits until just these messages stand on the screen. */
export async function awaitMessages(page: Page, texts: readonly string[]): Promise<void> {
  const wanted = JSON.stringify(texts)
  const found = `JSON.stringify([...document.querySelectorAll('.chat-line .chat-text')].map((one) => one.textContent))`
  await waitFor(page, `${found} === ${JSON.stringify(wanted)}`, `showing ${wanted}`)
}
