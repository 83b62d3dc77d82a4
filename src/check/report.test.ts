import assert from 'node:assert/strict'
import { test } from 'node:test'
import { liveEdited, liveSeen, withRenditions } from '../../test/support/check/observations.ts'
import { judge } from './judge.ts'
import { encodeReport, formatReport } from './report.ts'

const COLUMNS = 100

test('the table fits 100 columns, whatever the addresses are', () => {
  const long = withRenditions(liveSeen(), ({ name, segments }) => ({
    name: `${name}${'-very-long-name'.repeat(20)}`,
    segments: segments.map((one) => ({ ...one, uri: `${'x'.repeat(300)}.ts`, facts: null })),
  }))
  for (const seen of [liveSeen(), long, { ...long, url: `https://a.example/${'y'.repeat(400)}` }]) {
    for (const line of formatReport(seen, judge(seen)).split('\n')) {
      assert.ok(line.length <= COLUMNS, line)
    }
  }
})

test('a broken rule stands there with its sentence, its evidence and in the summary', () => {
  const seen = liveEdited((text, _, step) =>
    step > 9 ? text.replace('DURATION:2\n', 'DURATION:3\n') : text,
  )
  const text = formatReport(seen, judge(seen))
  assert.match(text, /^H02 {3}MUST {3}BROKEN {3}EXT-X-TARGETDURATION never changes\.$/m)
  assert.match(text, /^ +- 720p: target durations 2, 3 in one run$/m)
  assert.match(text, /^\d+ ok, \d+ broken \(\d+ of them MUST\), \d+ not seen$/m)
  const healthy = liveSeen()
  assert.match(formatReport(healthy, judge(healthy)), /^H02 {3}MUST {3}ok {7}50 answers/m)
})

test('no text from outside reaches the terminal as a command', () => {
  const seen = liveEdited((text) => text.replaceAll('\n15.ts', '\n15\u001b[2J.ts\u0007'))
  const controls = /[^\P{Cc}\n]/u
  assert.doesNotMatch(formatReport(seen, judge(seen)), controls)
})

test('JSON holds every rule once, in the order of the table', () => {
  const seen = liveSeen()
  const verdicts = judge(seen)
  const report: unknown = JSON.parse(encodeReport(seen, verdicts))
  assert.ok(typeof report === 'object' && report !== null && 'rules' in report)
  assert.ok(Array.isArray(report.rules) && 'conformant' in report)
  assert.equal(report.conformant, true)
  assert.deepEqual(
    report.rules.map((rule: { readonly id: string }) => rule.id),
    verdicts.map(({ id }) => id),
  )
})
