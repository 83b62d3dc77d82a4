import assert from 'node:assert/strict'
import { test } from 'node:test'
import { escapeHtml } from './escape-html.ts'
import { fillShell, type PageFacts, type PageLook } from './page-shell.ts'

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
const PLAIN: PageFacts = {
  title: 'T',
  description: 'D',
  path: null,
  imagePath: null,
  kind: 'website',
  video: null,
  body: '',
  answers: {},
}
const LOOK: PageLook = { language: 'en', theme: null, origin: 'https://x.example', links: [] }

test('title and description are replaced, the rest stays', () => {
  const page = fillShell(HTML, { ...PLAIN, title: 'Alice: Chess', description: 'Every day' }, LOOK)
  assert.equal(page.match(/<title>/g)?.length, 1)
  assert.match(page, /<title>Alice: Chess<\/title>/)
  assert.equal(page.match(/name="description"/g)?.length, 1)
  assert.match(page, /<meta property="og:title" content="Alice: Chess">/)
  assert.match(page, /<script type="module" src="\/assets\/index.js"><\/script>/)
  assert.doesNotMatch(page, /og:url|og:image/)
})

test('addresses are given when they are known', () => {
  const known = { path: '/alice', imagePath: '/thumb.jpg' }
  const page = fillShell(HTML, { ...PLAIN, ...known }, LOOK)
  assert.match(page, /<meta property="og:url" content="https:\/\/x.example\/alice">/)
  assert.match(page, /<meta property="og:image" content="https:\/\/x.example\/thumb.jpg">/)
  assert.match(page, /<link rel="canonical" href="https:\/\/x.example\/alice">/)
  const unknown = fillShell(HTML, { ...PLAIN, ...known }, { ...LOOK, origin: null })
  assert.match(unknown, /<link rel="canonical" href="\/alice">/)
  assert.doesNotMatch(unknown, /og:url|og:image/)
})

test('[W24] a video is told as JSON-LD, live or with its length, with nothing in it that is markup', () => {
  const name = '</script><script>alert(1)</script>'
  const startedAt = '2026-01-01T00:00:00.000Z'
  const video = { name, author: 'Alice', startedAt, duration: null, contentPath: '/live/a.m3u8' }
  const page = fillShell(HTML, { ...PLAIN, imagePath: '/thumb.jpg', video }, LOOK)
  assert.equal(page.match(/<script /g)?.length, 2)
  const jsonLd = (html: string): unknown =>
    JSON.parse(/<script type="application\/ld\+json">(.*)<\/script>/.exec(html)?.[1] ?? 'null')
  const told = {
    '@context': 'https://schema.org',
    '@type': 'VideoObject',
    name,
    description: 'D',
    thumbnailUrl: 'https://x.example/thumb.jpg',
    uploadDate: startedAt,
    author: { '@type': 'Person', name: 'Alice' },
    contentUrl: 'https://x.example/live/a.m3u8',
  }
  const publication = {
    '@type': 'BroadcastEvent',
    isLiveBroadcast: true,
    startDate: startedAt,
  }
  assert.deepEqual(jsonLd(page), { ...told, publication })
  const over = { ...video, duration: { seconds: 61.4 } }
  const { thumbnailUrl: _, ...plain } = told
  const later = fillShell(HTML, { ...PLAIN, video: over }, LOOK)
  assert.deepEqual(jsonLd(later), { ...plain, duration: 'PT61S' })
  assert.equal(jsonLd(fillShell(HTML, { ...PLAIN, video }, { ...LOOK, origin: null })), null)
})

test('language, colours and what is to be fetched at once are written into the page', () => {
  const links = ['<link rel="modulepreload" href="/assets/home.js">']
  const page = fillShell(HTML, PLAIN, { ...LOOK, language: 'de', theme: 'dark', links })
  assert.match(page, /<html lang="de" data-theme="dark">/)
  assert.match(page, /<link rel="modulepreload" href="\/assets\/home.js">\s+<\/head>/)
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
  const structure = fillShell(HTML, { ...PLAIN, answers: { a: '' } }, LOOK).replaceAll(
    /[^<>"]/g,
    '',
  )
  for (const payload of payloads) {
    const page = fillShell(
      HTML,
      { ...PLAIN, title: payload, description: payload, answers: { a: payload } },
      LOOK,
    )
    const [, json = ''] = /id="answers">(.*)<\/script>/.exec(page) ?? []
    assert.deepEqual(JSON.parse(json), { a: payload })
    const markup = page.replace(json, () => '{"a":""}')
    assert.equal(markup.replaceAll(/[^<>"]/g, ''), structure, payload)
    assert.doesNotMatch(markup, /[\0\u0085]/, payload)
  }
  assert.equal(escapeHtml('<a href="x">\'&`'), '&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#96;')
})
