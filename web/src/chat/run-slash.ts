import { api } from '../api/session.ts'
import { chatText } from '../strings-chat.ts'
import type { ChatRoom } from './chat-room.ts'
import { parseSlash, type SlashCommand } from './commands.ts'
import type { Person } from './moderation-api.ts'
import { setModerator } from './set-moderator.ts'

/**
 * Does what a moderator wrote after a slash.
 *
 * @returns null when it is an ordinary message; else whether it was done, and if not, `told` says
 *   why
 */
export async function runSlash(room: ChatRoom, written: string): Promise<boolean | null> {
  const command = parseSlash(written)
  if (command === null) return null
  try {
    return await run(room, command)
  } catch (thrown) {
    room.tellFault(thrown)
    return false
  }
}

async function run(room: ChatRoom, command: SlashCommand): Promise<boolean> {
  switch (command.kind) {
    case 'frame':
      return await room.act(command.frame, chatText.done)
    case 'wrong':
      return tell(room, chatText.usage(command.usage), false)
    case 'ban': {
      const user = await find(room, command.name)
      if (user === null) return false
      const { durationS, reason } = command
      const terms = { ...(durationS !== null && { duration_s: durationS }), reason }
      const name = user.display_name
      const done = durationS === null ? chatText.banned(name) : chatText.timedOut(name)
      const undo = { type: 'unban', user_id: user.id } as const
      return await room.act({ type: 'ban', user_id: user.id, ...terms }, done, undo)
    }
    case 'unban': {
      const user = await find(room, command.name)
      if (user === null) return false
      const done = chatText.unbanned(user.display_name)
      return await room.act({ type: 'unban', user_id: user.id }, done)
    }
    case 'mod':
    case 'unmod': {
      const user = await find(room, command.name)
      if (user === null) return false
      return await setModerator(room, user, command.kind === 'mod' ? 'add' : 'remove')
    }
  }
}

/** Somebody by username; null: there is nobody, and it is told. A channel has its user's id. */
async function find(room: ChatRoom, name: string): Promise<Person | null> {
  const found = await api.channel(name, new AbortController().signal)
  if (found === null) tell(room, chatText.nobody(name), false)
  return found
}

function tell(room: ChatRoom, message: string, isDone: boolean): boolean {
  room.told.value = { message, untilMs: null, way: null }
  return isDone
}
