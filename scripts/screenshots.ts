// Makes the pictures of the README from a running product: `npm run screenshots`.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openBrowser, visit, waitFor } from '../test/support/browser.ts'
import { dispose, eventually, signUp, startVibly, type Vibly } from '../test/support/vibly.ts'

const FOLDER = join(import.meta.dirname, '..', 'docs', 'screenshots')
const SIZES = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const

await mkdir(FOLDER, { recursive: true })
const vibly = await startVibly({ VIBLY_DEMO: 'on' })
const browser = await openBrowser()
try {
  const channelId = await eventually('the demo is live', async () => {
    const response = await fetch(`${vibly.url}/api/channels/demo`)
    const channel = JSON.parse(await response.text())
    return channel.live === true ? String(channel.id) : null
  })
  await talk(vibly, channelId)
  for (const [page, path] of [
    ['home', '/'],
    ['watch', '/demo'],
    ['studio', '/studio'],
  ] as const) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      for (const colorScheme of ['light', 'dark'] as const) {
        await using opened = await visit(browser, `${vibly.url}${path}`, { viewport, colorScheme })
        const shown =
          page === 'watch'
            ? 'document.querySelector("video")?.currentTime > 2 && document.body.innerText.includes("tower")'
            : page === 'home'
              ? 'document.body.innerText.includes("Demo channel")'
              : 'document.querySelector("main form") !== null'
        await waitFor(opened.page, shown, `${page} is shown`)
        const name =
          colorScheme === 'light' && size === 'wide' ? page : `${page}-${size}-${colorScheme}`
        await opened.page.screenshot({ path: join(FOLDER, `${name}.png`) })
      }
    }
  }
} finally {
  await browser.close()
  await dispose(vibly)
}

/** A few lines of chat, so that the picture shows what it is for. */
async function talk(site: Vibly, channelId: string): Promise<void> {
  const lines = [
    ['first_row', 'good evening, everyone'],
    ['camera_two', 'picture and sound are fine here'],
    ['first_row', 'is that the new camera on the tower?'],
    ['camera_two', 'yes, since today'],
  ] as const
  const tokens = new Map<string, string>()
  for (const [username, content] of lines) {
    const token = tokens.get(username) ?? (await signUp(site, username)).token
    tokens.set(username, token)
    const socket = new WebSocket(
      `${site.url.replace('http', 'ws')}/ws/chat?channelID=${channelId}`,
      { headers: { authorization: `Bearer ${token}` } } as unknown as string[],
    )
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () =>
        socket.send(JSON.stringify({ type: 'message', content, nonce: crypto.randomUUID() }))
      socket.onerror = () => reject(new TypeError('the chat socket failed'))
      socket.onclose = ({ reason }) => reject(new TypeError(`the chat closed: ${reason}`))
      socket.onmessage = ({ data }) => {
        if (String(data).includes('"type":"ack"')) resolve()
        if (String(data).includes('"type":"error"')) reject(new TypeError(String(data)))
      }
    })
    socket.close()
  }
}
