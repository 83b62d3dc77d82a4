import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { recordOf } from './record.js'

const http = createServer()
const io = new Server(http, { transports: ['websocket'], pingInterval: 120_000 })
io.on('connection', (socket) => {
  socket.on('message', (message) => io.emit('message', recordOf(message)))
})
http.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  process.stdout.write(`${http.address().port}\n`)
})
