import NodeMediaServer from 'node-media-server'

// node-media-server taking RTMP: `node-media-server.js PORT FOLDER`. It logs every publisher; only its
// ready line is wanted on standard output.
const [port, folder] = process.argv.slice(2)
const say = console.log
console.log = () => undefined
const server = new NodeMediaServer({
  bind: '127.0.0.1',
  rtmp: { port: Number(port) },
  auth: { play: false, publish: false },
  store: { path: folder },
  record: { auto: false, path: folder },
})
await server.run()
say('ready')
