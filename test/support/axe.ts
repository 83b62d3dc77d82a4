import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
/** What is not a matter of colours is the same in the dark. */
const LOOKS = [
  { colorScheme: 'light', rules: '{}', passesMin: 10 },
  {
    colorScheme: 'dark',
    rules: `{ runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } }`,
    passesMin: 1,
  },
] as const

/**
 * What axe finds to fix on a page as it stands, in the light and in the dark; empty is good. The
 * page must have been opened with `bypassCSP`; it is left in the light.
 */
export async function findByAxe(page: Page): Promise<readonly string[]> {
  await page.addScriptTag({ path: AXE })
  const faults: string[] = []
  for (const { colorScheme, rules, passesMin } of LOOKS) {
    await page.emulateMedia({ colorScheme })
    const found: readonly string[] = await page.evaluate(`(async () => {
      const colours = document.getAnimations().filter((each) => each instanceof CSSTransition)
      await Promise.allSettled(colours.map((each) => each.finished))
      const { passes, violations } = await axe.run(${rules})
      if (passes.length < ${passesMin}) return ['axe saw nothing']
      return violations.map(({ id, nodes }) => id + ': ' +
        nodes.map(({ html, failureSummary }) => html + ' ' + failureSummary).join(' | '))
    })()`)
    faults.push(...found.map((fault) => `${colorScheme}: ${fault}`))
  }
  await page.emulateMedia({ colorScheme: 'light' })
  return faults
}
