import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { type ChannelId, isId, ViblyError } from '../../base/index.ts'
import type { Blobs } from '../../ports/index.ts'
import { decodeEmoteImage } from './emote-image.ts'

export const EMOTE_BYTES_MAX = 256 * 1024
/** Of one channel. */
const EMOTES_MAX = 100
const PIXELS_MAX = 512
const DIGEST_CHARACTERS = 16

/** A picture of a channel, written `:name:` in a message. */
export interface Emote {
  readonly name: string
  /** The name under which it is served: it tells the picture, so what it names never changes. */
  readonly file: string
}

const NAME = /^[a-z0-9_]{2,32}$/
const FILE = /^([a-z0-9_]{2,32})\.[0-9a-f]{16}\.(png|gif|webp)$/

/**
 * The emotes of all channels: pictures that their owners put there, found by name. Messages hold
 * the name alone, and whoever shows them puts the picture in.
 */
export class Emotes {
  readonly #blobs: Blobs

  /** @param blobs of emotes alone: `{channel_id}/{file}` */
  constructor(blobs: Blobs) {
    this.#blobs = blobs
  }

  /** By name. */
  async list(channelId: ChannelId): Promise<readonly Emote[]> {
    const keys = await this.#blobs.list(channelId)
    const emotes = keys.flatMap((key) => {
      const file = key.slice(channelId.length + 1)
      const name = FILE.exec(file)?.[1]
      return name === undefined ? [] : [{ name, file }]
    })
    return emotes.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }

  /**
   * Puts a picture under a name, in the place of what was there.
   *
   * @throws ViblyError `chat.emote-invalid`, `chat.emotes-full`
   */
  async put(channelId: ChannelId, name: string, bytes: Uint8Array): Promise<Emote> {
    if (!NAME.test(name)) {
      const reason = 'a name has 2 to 32 of the characters a to z, 0 to 9 and _'
      throw new ViblyError('chat.emote-invalid', { reason })
    }
    const extension = checkImage(bytes)
    const others = (await this.list(channelId)).filter((emote) => emote.name !== name)
    if (others.length >= EMOTES_MAX) {
      throw new ViblyError('chat.emotes-full', { countMax: EMOTES_MAX })
    }
    const digest = createHash('sha256').update(bytes).digest('hex').slice(0, DIGEST_CHARACTERS)
    const file = `${name}.${digest}.${extension}`
    await this.#blobs.put(`${channelId}/${file}`, bytes)
    await this.#removeNamed(channelId, name, file)
    return { name, file }
  }

  /** @throws ViblyError `chat.emote-missing` */
  async remove(channelId: ChannelId, name: string): Promise<void> {
    const count = await this.#removeNamed(channelId, name, null)
    if (count === 0) throw new ViblyError('chat.emote-missing')
  }

  /** A picture as it is served; null: there is none. The caller reads or destroys `body`. */
  async open(
    channelId: string,
    file: string,
  ): Promise<{ readonly type: string; readonly bytes: number; readonly body: Readable } | null> {
    const extension = FILE.exec(file)?.[2]
    if (extension === undefined || !isId<ChannelId>(channelId)) return null
    const found = await this.#blobs.open(`${channelId}/${file}`, null)
    if (found === null) return null
    return { type: `image/${extension}`, bytes: found.head.bytes, body: found.body }
  }

  async #removeNamed(channelId: ChannelId, name: string, kept: string | null): Promise<number> {
    const named = (await this.list(channelId)).filter((emote) => emote.name === name)
    const gone = named.filter(({ file }) => file !== kept)
    await Promise.all(gone.map(({ file }) => this.#blobs.removeAll(`${channelId}/${file}`)))
    return gone.length
  }
}

/** The file name extension of a picture that may be an emote. */
function checkImage(bytes: Uint8Array): string {
  const image = decodeEmoteImage(bytes)
  if (image === null) {
    throw new ViblyError('chat.emote-invalid', { reason: 'it is no PNG, WebP or GIF' })
  }
  const { width, height, extension } = image
  const isFit = Math.min(width, height) >= 1 && Math.max(width, height) <= PIXELS_MAX
  if (!isFit || bytes.byteLength > EMOTE_BYTES_MAX) {
    const reason = `it has more than ${PIXELS_MAX} pixels a side or ${EMOTE_BYTES_MAX / 1024} KiB`
    throw new ViblyError('chat.emote-invalid', { reason })
  }
  return extension
}
