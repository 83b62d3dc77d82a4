import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { createAddressOf } from './client-address.ts'

const PROXY = '10.0.0.1'
const TRUSTED = [PROXY, '192.168.0.0/16', 'fd00::/8']

for (const [name, trusted, socket, forwarded, expected] of [
  ['nobody is trusted', [], '203.0.113.5', '198.51.100.1', '203.0.113.5'],
  ['a stranger claims to be another', TRUSTED, '203.0.113.5', '198.51.100.1', '203.0.113.5'],
  ['behind a proxy', TRUSTED, PROXY, '198.51.100.1', '198.51.100.1'],
  ['behind a proxy, as IPv6 writes it', TRUSTED, `::ffff:${PROXY}`, '198.51.100.1', '198.51.100.1'],
  ['behind two proxies', TRUSTED, PROXY, '198.51.100.1, 192.168.7.7', '198.51.100.1'],
  ['behind an IPv6 proxy', TRUSTED, 'fd00::1', '2001:db8::5', '2001:db8::5'],
  ['what a client wrote before', TRUSTED, PROXY, '127.0.0.1, 198.51.100.1', '198.51.100.1'],
  ['a proxy that says nothing', TRUSTED, PROXY, undefined, PROXY],
  ['rubbish instead of an address', TRUSTED, PROXY, '198.51.100.1, <script>', PROXY],
  ['an empty header', TRUSTED, PROXY, '', PROXY],
  ['proxies alone', TRUSTED, PROXY, '192.168.1.1, 192.168.1.2', '192.168.1.1'],
] as const) {
  test(`[W29] whose request it is: ${name}`, () => {
    const addressOf = createAddressOf(trusted)
    const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
    equal(addressOf({ headers, socket: { remoteAddress: socket } as never }), expected)
  })
}
