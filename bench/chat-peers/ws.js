// The chat that everyone writes first: parse, make a record, send it to each client in a loop.
import { WebSocketServer } from 'ws'
import { recordOf } from './record.js'

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', backlog: 4096 })
server.on('connection', (client) => {
  client.on('message', (data) => {
    const record = recordOf(JSON.parse(data.toString()))
    for (const other of server.clients) other.send(record)
  })
})
server.on('listening', () => process.stdout.write(`${server.address().port}\n`))
