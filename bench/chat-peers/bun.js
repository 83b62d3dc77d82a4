// Bun's own publish, in C++: the fastest there is in JavaScript's world. It stores nothing.
import { recordOf } from './record.js'

const server = globalThis.Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch: (request, bun) => (bun.upgrade(request) ? undefined : new Response('', { status: 400 })),
  websocket: {
    open: (socket) => socket.subscribe('channel-1'),
    message: (_, text) => server.publish('channel-1', recordOf(JSON.parse(text))),
  },
})
process.stdout.write(`${server.port}\n`)
