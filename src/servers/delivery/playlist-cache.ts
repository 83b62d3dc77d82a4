import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

const compress = promisify(gzip)

/**
 * Text of all playlists kept, in UTF-16 units. Their bytes, both codings, are about as much again.
 */
const TEXT_UNITS_MAX = 32 * 1024 * 1024

/** A playlist as bytes, ready to be written to any number of sockets. */
export interface EncodedPlaylist {
  readonly plain: Buffer
  /** A byte in each character (latin1): see `Answer`. */
  readonly gzipped: string
  /** Weak, since both codings share it. Same text, same tag, after a restart too. */
  readonly etag: string
}

/**
 * Playlists encoded once per version, however many viewers ask: the bytes are shared. [D01] Whoever
 * asks while a version is being compressed waits for that one piece of work.
 *
 * At most `playlistsMax` addresses and a bounded amount of text; the one not asked for the longest
 * goes first.
 */
export class PlaylistCache {
  readonly #playlistsMax: number
  readonly #entries = new Map<string, { text: string; encoded: Promise<EncodedPlaylist> }>()
  #textUnits = 0

  constructor(options: { readonly playlistsMax: number }) {
    this.#playlistsMax = options.playlistsMax
  }

  get size(): number {
    return this.#entries.size
  }

  /**
   * The bytes of `text` at `address`. The text itself decides whether the entry is current, not a
   * version number: numbers start anew with a new broadcast under the same address, and comparing a
   * string with itself costs nothing.
   */
  encode(address: string, text: string): Promise<EncodedPlaylist> {
    const known = this.#entries.get(address)
    this.#forget(address)
    const entry = known?.text === text ? known : { text, encoded: encodePlaylist(text) }
    this.#entries.set(address, entry)
    this.#textUnits += text.length
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#playlistsMax && this.#textUnits <= TEXT_UNITS_MAX) break
      this.#forget(oldest)
    }
    return entry.encoded
  }

  #forget(address: string): void {
    this.#textUnits -= this.#entries.get(address)?.text.length ?? 0
    this.#entries.delete(address)
  }
}

async function encodePlaylist(text: string): Promise<EncodedPlaylist> {
  const plain = Buffer.from(text, 'utf8')
  const digest = createHash('sha256').update(plain).digest('base64url').slice(0, 22)
  const gzipped = (await compress(plain)).toString('latin1')
  return { plain, gzipped, etag: `W/"${digest}"` }
}
