import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { asViblyError, faultCodes, faultOf, ViblyError } from './errors.ts'
import { createId, isId, Secret } from './ids.ts'
import { createLogger } from './log.ts'

test('every fault has a code of its module, a sentence, and close codes from the open range', () => {
  for (const code of faultCodes()) {
    assert.match(code, /^[a-z-]+\.[a-z0-9-]+$/)
    const { help, ws, http } = faultOf(code)
    assert.match(help, /^[A-Z{"“][^\n]{15,}$/, `${code} needs a sentence`)
    assert.ok(ws === null || (ws >= 4000 && ws <= 4999) || ws === 1012, `${code} closes with ${ws}`)
    assert.ok(http === null || (http >= 400 && http <= 599), `${code} answers ${http}`)
  }
})

test('the message of an error has its facts filled in', () => {
  assert.match(new ViblyError('config.invalid', { faults: 'port is 0' }).message, /port is 0/)
  for (const [retryAfterMs, shown] of [
    [250, '250 ms'],
    [1540, '1.5 s'],
    [600_000, '10 min'],
    [7_200_000, '2 h'],
  ] as const) {
    const { message } = new ViblyError('http.rate-limited', { retryAfterMs })
    assert.match(message, new RegExp(`Wait ${shown} and`))
  }
})

test('what nobody foresaw becomes a bug of ours and keeps its cause', () => {
  const cause = new TypeError('x')
  const error = asViblyError(cause)
  assert.equal(error.code, 'base.bug')
  assert.equal(error.cause, cause)
  assert.equal(asViblyError(error), error)
})

test('a secret never turns into text by itself', () => {
  const secret = new Secret('live_abc')
  for (const text of [`${secret}`, JSON.stringify({ secret }), inspect({ secret })]) {
    assert.ok(!text.includes('live_abc'), text)
    assert.ok(text.includes('***'), text)
  }
  assert.equal(secret.reveal(), 'live_abc')
})

test('ids fit file names and URLs, and differ', () => {
  const ids = new Set(Array.from({ length: 1000 }, () => createId()))
  assert.equal(ids.size, 1000)
  for (const id of ids) assert.ok(isId(id))
  for (const text of ['', 'short', '../users.json', 'a'.repeat(41), 'with space1']) {
    assert.ok(!isId(text), text)
  }
})

test('[W33] a hostile name cannot forge a second log line or reach the terminal raw', () => {
  const lines: string[] = []
  const log = createLogger('info', { write: (line) => lines.push(line) })
  log.info('signed in', { name: 'x\n{"level":"error","msg":"forged"}\u001b[2J' })
  log.error('failed', new ViblyError('config.invalid', { faults: 'y' }, new Error('inner')))
  assert.equal(lines.length, 2)
  for (const line of lines) assert.equal(line.trimEnd().split('\n').length, 1)
  assert.ok(!lines.join('').includes('\u001b'))
  const [first, second] = lines.map((line) => JSON.parse(line))
  assert.equal(first.msg, 'signed in')
  assert.equal(second.code, 'config.invalid')
  assert.equal(second.cause.reason, 'inner')
})

test('facts are named in the log as on the wire, those of a fault too', () => {
  const lines: string[] = []
  const log = createLogger('info', { write: (line) => lines.push(line) }).child({ userId: 'u' })
  log.info('signed in', { address: '::1', retry_ms: 5 })
  log.error('refused', new ViblyError('base.bug', { bytesMax: 7 }), { requestId: 'r' })
  const [first, second] = lines.map((line) => JSON.parse(line))
  assert.deepEqual([first.user_id, first.address, first.retry_ms], ['u', '::1', 5])
  assert.deepEqual([second.user_id, second.bytes_max, second.request_id], ['u', 7, 'r'])
})
