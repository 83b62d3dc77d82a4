// How `npm test` shows tests: a line for each file that is slow or has failed, the failures in
// full, and the counts in the file named by VIBLY_TEST_COUNTS. Everything else is in
// .cache/tests/*.log. CommonJS, since node:test takes a reporter only as the whole export of a
// file.
const { writeFileSync } = require('node:fs')
const { relative } = require('node:path')
const { inspect } = require('node:util')

/** Files faster than this pass without a word. */
const SLOW_FILE_MS = 2_000

/**
 * Without any event for so long, a file hangs after its last test (something it opened is not
 * closed): the run is ended there, since node:test itself would wait for ever.
 */
const SILENCE_MS_MAX = Number(process.env.VIBLY_TEST_SILENCE_MS ?? 180_000)

/** @param {AsyncIterable<{type: string, data: any}>} events of node:test */
async function* report(events) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const open = new Set()
  const watchdog = setTimeout(() => endHungRun(open, counts), SILENCE_MS_MAX)
  for await (const { type, data } of events) {
    watchdog.refresh()
    if (data?.file !== undefined && type === 'test:start') open.add(data.file)
    if (data?.file !== undefined && type === 'test:summary') open.delete(data.file)
    if (type === 'test:pass') counts.passed += 1
    if (type === 'test:fail' && isOwnFailure(data)) yield formatFailure(data)
    if (type === 'test:stderr') yield data.message
    if (type !== 'test:summary') continue
    if (data.file === undefined) {
      counts.passed = data.counts.passed
      counts.failed =
        data.counts.tests - data.counts.passed - data.counts.skipped - data.counts.todo
      counts.skipped = data.counts.skipped + data.counts.todo
    } else if (data.duration_ms >= SLOW_FILE_MS || !data.success) {
      const mark = data.success ? '✓' : '✗'
      const seconds = (data.duration_ms / 1000).toFixed(1)
      yield `  ${mark} ${relative(process.cwd(), data.file)}  ${data.counts.passed} of ${data.counts.tests}  ${seconds} s\n`
    }
  }
  clearTimeout(watchdog)
  writeCounts(counts)
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''
  yield `  ${counts.passed} passed, ${counts.failed} failed${skipped}\n`
}

function endHungRun(open, counts) {
  const names = [...open].map((file) => relative(process.cwd(), file))
  process.stdout.write(
    `  ✗ no sign of life for ${SILENCE_MS_MAX / 1000} s, ended; not finished: ${names.join(', ')}\n`,
  )
  writeCounts({ ...counts, failed: counts.failed + 1 })
  process.exit(1)
}

function writeCounts(counts) {
  const path = process.env.VIBLY_TEST_COUNTS
  if (path !== undefined) writeFileSync(path, JSON.stringify(counts))
}

/** A suite or file that fails because something in it failed has nothing of its own to say. */
function isOwnFailure(data) {
  return data.details?.error?.failureType !== 'subtestsFailed' && data.todo === undefined
}

function formatFailure(data) {
  const error = data.details.error?.cause ?? data.details.error
  const place =
    data.file === undefined ? '' : `  ${relative(process.cwd(), data.file)}:${data.line}`
  const text = typeof error === 'string' ? error : inspect(error, { colors: false, depth: 4 })
  const indented = text.split('\n').map((line) => `      ${line}`)
  return `  ✗ ${data.name}${place}\n${indented.join('\n')}\n`
}

module.exports = report
