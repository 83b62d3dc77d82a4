import { ChatClient, type ChatMessage, type StreamFrame } from '../../client/index.ts'

// A chat bot that answers `!uptime`. Everything it must know is in its environment; see README.md.
const server = needed('VIBLY_URL')
const channel = needed('VIBLY_CHANNEL')
const token = needed('VIBLY_BOT_TOKEN')

const channelId = await findChannel(server, channel)
const chat = new ChatClient({ server, channelId, token: async () => token })
let stream: StreamFrame | null = null

chat.on('stream', (frame) => {
  stream = frame
})
chat.on('record', (record) => {
  if (record.type === 'message') answer(record)
})
chat.on('state', (state) => {
  console.log(`chat: ${state.phase}`)
  // Coming back would not help: the token is wrong, or the channel is gone.
  if (state.phase !== 'refused') return
  console.error(state.error?.message ?? `refused with ${state.code}`)
  process.exitCode = 1
})
chat.open()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => chat.close())

function answer({ id, content, user }: ChatMessage): void {
  // Two bots that answer each other never stop.
  if (user.roles.includes('bot') || content.trim().toLowerCase() !== '!uptime') return
  chat.say(uptime(stream), id).catch((reason: unknown) => {
    console.error('not said:', reason instanceof Error ? reason.message : reason)
  })
}

/** How long the channel has been live, in words. */
function uptime(frame: StreamFrame | null): string {
  if (frame === null || frame.status === 'offline' || frame.status === 'ended') {
    return 'Nothing is live right now.'
  }
  const minutes = Math.trunc((Date.now() - Date.parse(frame.started_at ?? '')) / 60_000)
  return minutes < 60
    ? `Live for ${minutes} min.`
    : `Live for ${Math.trunc(minutes / 60)} h ${minutes % 60} min.`
}

/** The id of a channel by its user's name. */
async function findChannel(url: string, name: string): Promise<string> {
  const response = await fetch(new URL(`/api/channels/${encodeURIComponent(name)}`, url))
  const body: unknown = await response.json()
  if (response.ok && typeof body === 'object' && body !== null && 'id' in body) {
    return String(body.id)
  }
  console.error(`There is no channel "${name}" at ${url}.`)
  process.exit(1)
}

function needed(name: string): string {
  const value = process.env[name]
  if (value !== undefined && value !== '') return value
  console.error(`Set ${name}; examples/bot/README.md says to what.`)
  process.exit(1)
}
