import assert from 'node:assert/strict'
import { test } from 'node:test'
import { escapeHtml, fillShell } from './page-shell.ts'

const HTML = `<!doctype html>
<html lang="en">
  <head>
    <title>Vibly</title>
    <meta name="description" content="old">
    <script type="module" src="/assets/index.js"></script>
  </head>
  <body><div id="app"></div></body>
</html>
`
const PLAIN = { title: 'T', description: 'D', url: null, imageUrl: null }

test('title and description are replaced, the rest stays', () => {
  const page = fillShell(HTML, { ...PLAIN, title: 'Alice: Chess', description: 'Every day' })
  assert.equal(page.match(/<title>/g)?.length, 1)
  assert.match(page, /<title>Alice: Chess<\/title>/)
  assert.equal(page.match(/name="description"/g)?.length, 1)
  assert.match(page, /<meta property="og:title" content="Alice: Chess">/)
  assert.match(page, /<script type="module" src="\/assets\/index.js"><\/script>/)
  assert.doesNotMatch(page, /og:url|og:image/)
})

test('addresses are given when they are known', () => {
  const known = { url: 'https://x.example/alice', imageUrl: 'https://x.example/thumb.jpg' }
  const page = fillShell(HTML, { ...PLAIN, ...known })
  assert.match(page, /<meta property="og:url" content="https:\/\/x.example\/alice">/)
  assert.match(page, /<meta property="og:image" content="https:\/\/x.example\/thumb.jpg">/)
})

test('[W24] nothing a user wrote becomes markup', () => {
  const payloads = [
    '<script>alert(1)</script>',
    '</title><script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '</head><body onload=alert(1)>',
    "$&$`$'$1<svg onload=alert(1)>",
    '<!--',
    '-->',
    ']]>',
    '&lt;script&gt;',
    '`<b>`',
    'a\0b\u0085c\nd',
  ]
  const structure = fillShell(HTML, PLAIN).replaceAll(/[^<>"]/g, '')
  for (const payload of payloads) {
    const page = fillShell(HTML, { ...PLAIN, title: payload, description: payload })
    assert.equal(page.replaceAll(/[^<>"]/g, ''), structure, payload)
    assert.doesNotMatch(page, /[\0\u0085]/, payload)
  }
  assert.equal(escapeHtml('<a href="x">\'&`'), '&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#96;')
})
