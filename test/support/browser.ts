import assert from 'node:assert/strict'
import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

const FLAGS = [
  '--no-sandbox',
  // No graphics card is needed: pictures are decoded and drawn by the processor.
  '--disable-gpu',
  '--disable-accelerated-video-decode',
  '--mute-audio',
  '--autoplay-policy=no-user-gesture-required',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Each window would render the suggestions of an address bar that nobody sees: a third of its
  // cost.
  '--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup',
]

/** Chromium as people use it, but without a window, and video may start with sound unasked. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: FLAGS })
}

/** `VIBLY_CHROMIUM`, else the first Chromium on the PATH. */
function findChromium(): string {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter)
  const onPath = NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)))
  const given = process.env['VIBLY_CHROMIUM']
  const found = given ?? onPath.find(isExecutable)
  assert(found !== undefined, 'Chromium is needed: put it on the PATH or name it in VIBLY_CHROMIUM')
  return found
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** A page and all that went wrong on it so far. */
export interface Visit extends AsyncDisposable {
  readonly page: Page
  /** Console errors, uncaught exceptions, violations of the content security policy. */
  readonly faults: readonly string[]
  /** Hosts other than the page's own that it asked for anything. */
  readonly strangers: readonly string[]
}

/**
 * Makes a page refuse sound until it is touched, as browsers do. Chromium's own rule cannot be
 * used: everything a test does to a page counts as a touch.
 */
export const REFUSE_SOUND = `{
  let isTouched = false
  addEventListener('pointerdown', () => { isTouched = true }, true)
  const play = HTMLMediaElement.prototype.play
  HTMLMediaElement.prototype.play = function () {
    return this.muted || isTouched
      ? play.call(this)
      : Promise.reject(new DOMException('No gesture yet', 'NotAllowedError'))
  }
}`

/** Opens `url` in a context of its own (no cookies, no storage of other visits). */
export async function visit(
  browser: Browser,
  url: string,
  options: BrowserContextOptions & { readonly initScript?: string } = {},
): Promise<Visit> {
  const { initScript = '', ...rest } = options
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...rest })
  const page = await context.newPage()
  const faults: string[] = []
  const strangers: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`${message.text()} (${message.location().url})`)
  })
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('request', (request) => {
    const asked = new URL(request.url())
    const isOwn = asked.host === new URL(url).host
    if (asked.protocol.startsWith('http') && !isOwn) strangers.push(asked.host)
  })
  await page.addInitScript(
    `addEventListener('securitypolicyviolation', (event) =>
      console.error('CSP violation: ' + event.violatedDirective + ' ' + event.blockedURI))`,
  )
  await page.addInitScript(initScript)
  await page.goto(url)
  return {
    page,
    faults,
    strangers,
    [Symbol.asyncDispose]: () => context.close(),
  }
}

const LOOK_AGAIN_MS = 100

/**
 * Waits until `expression`, run in the page, is true; `what` says in the failure what never came.
 * Asked from here, since the page's own policy rightly forbids to evaluate text inside of it.
 */
export async function waitFor(
  page: Page,
  expression: string,
  what: string,
  timeoutMs = 60_000,
): Promise<void> {
  const untilMs = performance.now() + timeoutMs
  while ((await page.evaluate(`Boolean(${expression})`)) !== true) {
    assert(performance.now() < untilMs, `${what}: did not happen within ${timeoutMs} ms`)
    await delay(LOOK_AGAIN_MS)
  }
}

/** A number computed in the page. */
export async function numberIn(page: Page, expression: string): Promise<number> {
  const value: unknown = await page.evaluate(expression)
  assert(typeof value === 'number', `${expression} is ${String(value)}, not a number`)
  return value
}
