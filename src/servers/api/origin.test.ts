import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isForeignChange, isForeignOrigin } from './origin.ts'

const PUBLIC = 'https://live.example.org'

test('[W15] changes that a page of another site asked for are foreign', () => {
  const host = 'live.example.org'
  const foreign: readonly Record<string, string>[] = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'nonsense' },
    { 'sec-fetch-site': 'cross-site', origin: PUBLIC },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: '' },
    { origin: 'https://live.example.org.evil.example' },
    { origin: 'https://evil-live.example.org' },
    { origin: 'https://live.example.org:444' },
    { origin: 'http://live.example.org' },
    { origin: 'https://live.example.org/' },
    { origin: `${PUBLIC}, https://evil.example` },
    { 'sec-fetch-site': 'none', origin: 'https://evil.example' },
  ]
  const own: readonly Record<string, string>[] = [
    {},
    { origin: PUBLIC },
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'same-origin', origin: PUBLIC },
    { 'sec-fetch-site': 'none' },
  ]
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    for (const headers of foreign) {
      const request = { method, headers: { host, ...headers } }
      assert.equal(isForeignChange(request, PUBLIC), true, JSON.stringify(request))
    }
    for (const headers of own) {
      const request = { method, headers: { host, ...headers } }
      assert.equal(isForeignChange(request, PUBLIC), false, JSON.stringify(request))
    }
  }
  for (const method of ['GET', 'HEAD', 'OPTIONS']) {
    const request = { method, headers: { 'sec-fetch-site': 'cross-site' } }
    assert.equal(isForeignChange(request, PUBLIC), false, method)
  }
})

test('[W16] without a public address, ours is the host that was asked', () => {
  const rows = [
    ['http://127.0.0.1:8080', '127.0.0.1:8080', false],
    ['http://tv.local', 'tv.local', false],
    ['http://[::1]:8080', '[::1]:8080', false],
    ['http://tv.local:8080', 'tv.local', true],
    ['http://evil.example', '127.0.0.1:8080', true],
    ['null', 'tv.local', true],
    ['http://tv.local@evil.example', 'tv.local', true],
    ['http://evil.example', undefined, true],
  ] as const
  for (const [origin, host, isForeign] of rows) {
    const headers = host === undefined ? { origin } : { origin, host }
    assert.equal(isForeignOrigin(headers, null), isForeign, `${origin} at ${host}`)
  }
})
