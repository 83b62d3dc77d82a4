import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32Mpeg } from './crc.ts'

test('the MPEG CRC gives the check value of its catalogue entry', () => {
  assert.equal(crc32Mpeg(new TextEncoder().encode('123456789')), 0x0376e6e7)
})

test('the MPEG CRC is zero over data that ends with it', () => {
  assert.equal(crc32Mpeg(Uint8Array.from([...Buffer.from('123456789'), 0x03, 0x76, 0xe6, 0xe7])), 0)
})
