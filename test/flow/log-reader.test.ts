import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { temporaryFolder } from '../support/temporary-folder.ts'

test('[W34] a server whose log nobody reads any more serves on, and ends when it is told to', async (context) => {
  const dataDir = await temporaryFolder()
  const server = spawn(process.execPath, ['src/main.ts', 'serve'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      VIBLY_HOST: '127.0.0.1',
      VIBLY_HTTP_PORT: '0',
      VIBLY_RTMP_PORT: '0',
      VIBLY_DATA_DIR: dataDir,
    },
  })
  context.after(() => server.kill('SIGKILL'))
  const gone = once(server, 'exit')
  const url = await readUrl(server.stdout)
  server.stdout.destroy()
  server.stderr.destroy()
  for (let attempt = 0; attempt < 3; attempt += 1) {
    // Each of these is worth a line.
    const answer = await fetch(`${url}/api/auth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        email: `reader${attempt}@example.org`,
        username: `reader${attempt}`,
        password: `a long phrase of reader ${attempt}`,
      }),
    })
    assert.equal(answer.status, 201, await answer.text())
  }
  server.kill('SIGTERM')
  assert.deepEqual(await gone, [0, null])
})

async function readUrl(log: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: log })) {
    const { msg, http_port: port } = JSON.parse(line)
    if (msg === 'ready') return `http://127.0.0.1:${port}`
  }
  assert.fail('the server ended before it was ready')
}
