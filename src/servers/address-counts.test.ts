import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AddressCounts } from './address-counts.ts'

test('[W26] one visitor has only so many connections, others have theirs, and what closes makes room', () => {
  const counts = new AddressCounts({ perAddressMax: 2 })
  assert.deepEqual(
    ['192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.2'].map((address) => counts.enter(address)),
    [true, true, false, true],
  )
  counts.leave('192.0.2.1')
  assert.equal(counts.enter('::ffff:192.0.2.1'), true)
  assert.equal(counts.enter('192.0.2.1'), false)
})

test('[W26] addresses of one IPv6 network are one visitor', () => {
  const counts = new AddressCounts({ perAddressMax: 1 })
  assert.equal(counts.enter('2001:db8:1:2::1'), true)
  assert.equal(counts.enter('2001:db8:1:2:ffff::9'), false)
  assert.equal(counts.enter('2001:db8:1:3::1'), true)
})

test('who is gone leaves nothing behind', () => {
  const counts = new AddressCounts({ perAddressMax: 5 })
  for (let at = 0; at < 200; at += 1) counts.enter(`192.0.2.${at}`)
  for (let at = 0; at < 200; at += 1) counts.leave(`192.0.2.${at}`)
  assert.equal(counts.size, 0)
})
