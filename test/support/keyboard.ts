import assert from 'node:assert/strict'
import type { Locator, Page } from 'playwright-core'
import { numberIn } from './browser.ts'

/** More presses than any page needs. */
const PRESSES_MAX = 200

/**
 * Runs in the page. Knows everything that can be operated, in the open dialog if there is one, and
 * how it looks without the focus; of a group of radio buttons the one that Tab comes by. What is
 * operated by other keys from there has a tabindex of -1.
 */
const WALK = `{
  const looks = (stop) =>
    [stop, stop.parentElement, stop.parentElement?.parentElement ?? stop].map((each) => {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(each)
      return (outlineStyle === 'none' ? '' : outlineStyle + outlineWidth) + boxShadow
    }).join()
  const isStop = (each) =>
    each.tabIndex >= 0 && !each.disabled && each.checkVisibility({ visibilityProperty: true }) &&
    (each.type !== 'radio' || each.checked)
  document.activeElement?.blur()
  const root = document.querySelector('dialog:modal') ?? document
  const all = 'a[href], button, input, select, textarea, summary, [tabindex]'
  const left = new Map(
    [...root.querySelectorAll(all)].filter(isStop).map((each) => [each, looks(each)]),
  )
  const say = (what, stop) => what + ': ' + stop.outerHTML.slice(0, 200)
  const faults = []
  let last = null
  window.walk = {
    stops: left.size,
    /** How many are left. */
    step: () => {
      const stop = document.activeElement
      if (stop === last && stop !== document.body) faults.push(say('holds the focus', stop))
      if (left.get(stop) === looks(stop)) faults.push(say('does not show the focus', stop))
      last = stop
      left.delete(stop)
      return left.size
    },
    faults: () => [
      ...faults,
      ...[...left.keys()].filter((each) => isStop(each)).map((each) => say('is not reached', each)),
    ],
  }
}`

/**
 * Goes through a page by Tab alone; what cannot be reached, is reached unseen, or holds the focus.
 */
export async function walkByTab(page: Page): Promise<unknown> {
  await page.evaluate(WALK)
  assert.ok((await numberIn(page, 'walk.stops')) > 0, 'nothing to reach')
  for (let presses = 0; presses < PRESSES_MAX; presses += 1) {
    await page.keyboard.press('Tab')
    if ((await numberIn(page, 'walk.step()')) === 0) break
  }
  return await page.evaluate('walk.faults()')
}

/** Presses a key, Tab if no other, until `target` has the focus. */
export async function goTo(page: Page, target: Locator, key = 'Tab'): Promise<void> {
  await target.waitFor()
  const focused = target.and(page.locator(':focus'))
  for (let presses = 0; presses < PRESSES_MAX; presses += 1) {
    if ((await focused.count()) > 0) return
    await page.keyboard.press(key)
  }
  assert.fail(`${key} does not lead to ${target}`)
}

/** Waits until `target` has the focus without any press. */
export async function awaitFocus(page: Page, target: Locator): Promise<void> {
  await target.and(page.locator(':focus')).waitFor()
}
