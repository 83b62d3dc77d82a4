import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressBlock, isLoopback, plainAddress } from './address.ts'

test('[W05] one IPv4 address or one IPv6 /64 counts as one visitor', () => {
  const rows = [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['2001:0DB8:0001:0002::9', '2001:db8:1:2'],
    ['1:2::4:5:6:7:8', '1:2:0:4'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['', ''],
    ['not an address', 'not an address'],
  ] as const
  for (const [address, block] of rows) assert.equal(addressBlock(address), block, address)
})

test('loopback is 127.0.0.0/8 and ::1, in every spelling a socket gives', () => {
  for (const address of ['127.0.0.1', '127.9.8.7', '::1', '::ffff:127.0.0.1']) {
    assert.equal(isLoopback(address), true, address)
  }
  for (const address of ['', '128.0.0.1', '192.0.2.127', '::2', '127.0.0.1.example.org']) {
    assert.equal(isLoopback(address), false, address)
  }
})

test('an IPv4 address within an IPv6 one is told as IPv4, all others as they are', () => {
  assert.equal(plainAddress('::FFFF:192.0.2.7'), '192.0.2.7')
  for (const address of ['192.0.2.7', '2001:db8::1', '::ffff:c000:207', '']) {
    assert.equal(plainAddress(address), address)
  }
})
