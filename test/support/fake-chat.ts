import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'

/** Who sends, as the fake API knows them. */
export interface FakeSpeaker {
  readonly id: string
  readonly username: string
  readonly displayName: string
}

interface Member {
  readonly socket: WebSocket
  readonly channelId: string
  readonly speaker: FakeSpeaker | null
}

interface FakeRecord {
  readonly type: 'message' | 'notice' | 'delete'
  readonly id: string
  readonly seq: number
  readonly nonce?: string
  readonly target_id?: string
  readonly user_id?: string
  readonly [name: string]: unknown
}

/** What the log adds its number to. */
interface Fields {
  readonly type: FakeRecord['type']
  readonly [name: string]: unknown
}

const frameSchema = z.object({
  type: z.string(),
  nonce: z.string().optional(),
  content: z.string().default(''),
  parent_id: z.string().optional(),
  id: z.string().optional(),
  user_id: z.string().optional(),
})
type Frame = z.infer<typeof frameSchema>

const SHOWN = 50

/**
 * The chat socket from memory, one log per channel: history, messages, replies, deletions, bans.
 * Tests turn its public fields and say things in others' names.
 */
export class FakeChat {
  /** The next so many acknowledgements are lost, with the connection. */
  acksToLose = 0
  /** What the next message is refused with. */
  refusal: {
    readonly code: string
    readonly message: string
    readonly retry_after_ms?: number
  } | null = null
  /** Upgrades are refused, as if the server were gone. */
  isDown = false
  /** Every message frame that came in. */
  readonly received: Frame[] = []
  moderatorIds: readonly string[] = []
  readonly #members = new Set<Member>()
  readonly #logs = new Map<string, FakeRecord[]>()
  readonly #server = new WebSocketServer({ noServer: true })
  #epoch = 1

  /** Takes the upgrades of `/ws/chat`; `identify` says who asks. */
  attach(server: Server, identify: (request: IncomingMessage) => FakeSpeaker | null): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const url = new URL(request.url ?? '/', 'http://fake')
      if (url.pathname !== '/ws/chat' || this.isDown) {
        socket.destroy()
        return
      }
      this.#server.handleUpgrade(request, socket, head, (ws) => {
        const channelId = url.searchParams.get('channelID') ?? ''
        this.#join({ socket: ws, channelId, speaker: identify(request) }, url.searchParams)
      })
    })
  }

  get size(): number {
    return this.#members.size
  }

  /** Says something in somebody's name; returns its id. */
  say(
    channelId: string,
    speaker: FakeSpeaker,
    content: string,
    facts: {
      readonly parentId?: string
      readonly nonce?: string
      readonly roles?: readonly string[]
    } = {},
  ): string {
    const log = this.#log(channelId)
    const parent = log.find(({ id }) => id === facts.parentId)
    const mentions = [...content.matchAll(/@(\w{3,25})/g)].map(([, name]) => name?.toLowerCase())
    return this.#append(channelId, {
      type: 'message',
      channel_id: channelId,
      parent_id: parent?.id ?? null,
      thread_id: parent === undefined ? null : (parent['thread_id'] ?? parent.id),
      parent:
        parent === undefined
          ? null
          : { id: parent.id, content: parent['content'], ...authorOf(parent) },
      content: content.replace(/^\/me /, ''),
      ...(content.startsWith('/me ') && { kind: 'action' }),
      ...(mentions.length > 0 && { mentions }),
      ...(facts.nonce !== undefined && { nonce: facts.nonce }),
      user: {
        id: speaker.id,
        username: speaker.username,
        display_name: speaker.displayName,
        roles: facts.roles ?? this.#rolesOf(channelId, speaker),
      },
    })
  }

  notice(channelId: string, kind: string, content: string): void {
    this.#append(channelId, { type: 'notice', kind, content })
  }

  remove(channelId: string, target: { target_id: string } | { user_id: string }): void {
    this.#append(channelId, { type: 'delete', by: channelId, ...target })
  }

  /** A frame that is no record, to everyone in the channel: `stream`, `presence`, `held`. */
  tell(channelId: string, frame: object): void {
    for (const member of this.#members) {
      if (member.channelId === channelId) member.socket.send(JSON.stringify(frame))
    }
  }

  /** Ends every connection. */
  drop(code: number): void {
    for (const { socket } of this.#members) socket.close(code)
  }

  /** Everything said is forgotten: another log, so nobody can resume. */
  forget(): void {
    this.#epoch += 1
    this.#logs.clear()
  }

  close(): void {
    for (const { socket } of this.#members) socket.terminate()
  }

  #join(member: Member, query: URLSearchParams): void {
    const { socket, channelId } = member
    const log = this.#log(channelId)
    const epoch = `epoch_${this.#epoch}`
    const recovered = query.get('epoch') === epoch
    const since = Number(query.get('since'))
    const messages = recovered
      ? log.filter(({ seq }) => seq > since)
      : log.filter(({ type }) => type !== 'delete').slice(-SHOWN)
    const last_seq = log.at(-1)?.seq ?? 0
    const send = (frame: object): void => socket.send(JSON.stringify(frame))
    send({ type: 'history', channel_id: channelId, epoch, last_seq, recovered, messages })
    if (member.speaker !== null) {
      const { id, username, displayName: display_name } = member.speaker
      const roles = this.#rolesOf(channelId, member.speaker)
      const user = { id, username, display_name, roles }
      send({ type: 'you', user, may_moderate: roles.length > 0, may_write: true })
    }
    this.#members.add(member)
    socket.on('close', () => this.#members.delete(member))
    socket.on('message', (data) => {
      const frame = frameSchema.parse(JSON.parse(data.toString()))
      this.#answer(member, frame, send)
    })
  }

  #answer(member: Member, frame: Frame, send: (frame: object) => void): void {
    const { channelId, speaker } = member
    const nonce = frame.nonce ?? null
    if (speaker === null) {
      send({ type: 'error', code: 'chat.not-signed-in', message: 'Sign in to write.', nonce })
      return
    }
    if (frame.type === 'message') this.received.push(frame)
    if (frame.type === 'message' && this.refusal !== null) {
      send({ type: 'error', ...this.refusal, nonce })
      this.refusal = null
      return
    }
    const receipt = this.#obey(channelId, speaker, frame)
    if (this.acksToLose > 0) {
      this.acksToLose -= 1
      member.socket.terminate()
    } else send({ type: 'ack', nonce, ...receipt, durable: true })
  }

  #obey(channelId: string, speaker: FakeSpeaker, frame: Frame): object {
    const { nonce, parent_id: parentId } = frame
    if (frame.type === 'message') {
      const known = this.#log(channelId).find((record) => record.nonce === nonce)
      const facts = {
        ...(nonce !== undefined && { nonce }),
        ...(parentId !== undefined && { parentId }),
      }
      const id = known?.id ?? this.say(channelId, speaker, frame.content, facts)
      return { id, seq: this.#log(channelId).find((record) => record.id === id)?.seq }
    }
    if (frame.type === 'delete') this.remove(channelId, { target_id: frame.id ?? '' })
    if (frame.type === 'ban') this.remove(channelId, { user_id: frame.user_id ?? '' })
    if (frame.type === 'settings') this.notice(channelId, 'slow_mode_on', 'Slow mode is on.')
    return {}
  }

  #append(channelId: string, record: Fields): string {
    const log = this.#log(channelId)
    const seq = (log.at(-1)?.seq ?? 0) + 1
    const id = `record_${seq}`
    const stored = { ...record, id, seq, created_at: new Date().toISOString() }
    log.push(stored)
    this.tell(channelId, stored)
    return id
  }

  #rolesOf(channelId: string, { id }: FakeSpeaker): readonly string[] {
    if (id === channelId) return ['owner']
    return this.moderatorIds.includes(id) ? ['moderator'] : []
  }

  #log(channelId: string): FakeRecord[] {
    const log = this.#logs.get(channelId) ?? []
    this.#logs.set(channelId, log)
    return log
  }
}

function authorOf(record: FakeRecord): { user_id: string; username: string } {
  const { id, username } = z.object({ id: z.string(), username: z.string() }).parse(record['user'])
  return { user_id: id, username }
}
