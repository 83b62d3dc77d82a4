/** Pictures of a channel that stand in messages by name. */
export { EMOTE_BYTES_MAX, Emotes } from './emotes.ts'
