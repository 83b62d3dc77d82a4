import {
  type BroadcastChange,
  type BroadcastQuery,
  type BroadcastRecord,
  closeLeftover,
  type Leftover,
  type Recordings,
  readBlob,
  readLeftover,
  type Space,
  type Visibility,
} from '../archive/index.ts'
import {
  type BroadcastId,
  type ChannelId,
  type Logger,
  pause,
  type Secret,
  ViblyError,
} from '../base/index.ts'
import type { Slot, Slots } from '../transcode/index.ts'
import {
  Broadcast,
  type BroadcastDeps,
  type BroadcastOptions,
  type ShownStatus,
} from './broadcast.ts'
import type { Health } from './health.ts'
import { Intake } from './intake/index.ts'
import type { Directives, ReloadAnswer } from './reloads.ts'
import { Viewers } from './viewers.ts'

export interface LiveDeps extends Omit<BroadcastDeps, 'slot'> {
  readonly slots: Pick<Slots, 'isFull' | 'acquire'>
  readonly recordings: Recordings
  readonly space: Pick<Space, 'level' | 'noteRefusal' | 'enough'>
  readonly logger: Logger
  /** The channel that a stream key belongs to; null: no such key. */
  authorise(key: Secret): Promise<{ readonly id: ChannelId; readonly title: string } | null>
  /** How many have the channel's chat open: who watches in a page does. */
  chatterCount(channelId: ChannelId): number
}

/** A channel with a broadcast that can be watched now. */
export interface LiveChannel {
  readonly channelId: ChannelId
  readonly broadcastId: BroadcastId
  /** ISO 8601 UTC. */
  readonly startedAt: string
  /** Who asks for its playlists, or has its chat open, whichever are more. */
  readonly viewers: number
  readonly hasThumb: boolean
  /** Whether it may stand in lists; its own page has it either way. */
  readonly isListed: boolean
}

/** As `ReloadAnswer`; `isFinal`: the text will not change any more. */
export type PlaylistAnswer =
  | (Extract<ReloadAnswer, { kind: 'playlist' }> & { readonly isFinal: boolean })
  | Exclude<ReloadAnswer, { kind: 'playlist' }>

/**
 * How long an ended broadcast, whose live list had lost its beginning, still shows that list:
 * players ask at least once in a segment's length. Then the whole one is shown, which begins at
 * zero.
 */
const LINGER_MS = 10_000
const NO_PLAYLIST = { kind: 'none' } as const

/**
 * Who is live: lets publishers in, one broadcast a channel and one slot a broadcast, and answers
 * for what can be watched, now or later. A broadcast that fails ends itself and nothing else.
 */
export class Live {
  readonly #deps: LiveDeps
  readonly #options: BroadcastOptions
  readonly #viewers: Viewers
  /** The newest broadcast of each channel that has one running. */
  readonly #byChannel = new Map<ChannelId, Broadcast>()
  /** All that run, those that are just being closed included. */
  readonly #running = new Map<BroadcastId, { broadcast: Broadcast; done: Promise<void> }>()
  /**
   * Those that ended a moment ago: whoever watched them finds the list they know, with its end, and
   * not yet the recording's, which begins at zero again. [H04] [H09]
   */
  readonly #lingering = new Map<BroadcastId, Broadcast>()
  readonly #stop = new AbortController()

  constructor(deps: LiveDeps, options: BroadcastOptions) {
    this.#deps = deps
    this.#options = options
    this.#viewers = new Viewers(deps.clock)
  }

  /** Broadcasts that run now, watchable or not. */
  get broadcastCount(): number {
    return this.#running.size
  }

  get viewerCount(): number {
    const onAir = [...this.#byChannel.values()].filter((broadcast) => broadcast.isOnAir)
    return onAir.reduce((sum, broadcast) => sum + this.#countViewers(broadcast), 0)
  }

  /**
   * Goes on with what was live when an earlier server was killed, if its encoder may still come
   * back, and closes the rest. To be called once, before anyone can publish or watch. [X02] [R36]
   */
  async resume(): Promise<void> {
    const left = this.#deps.library.all().filter(({ endedAt }) => endedAt === null)
    const newestFirst = left.toSorted((a, b) => b.startedAt.localeCompare(a.startedAt))
    for (const record of newestFirst) {
      try {
        await this.#resume(record)
      } catch (thrown) {
        this.#deps.library.leaveOut(record.id)
        this.#deps.logger.error('a broadcast cannot be read and is left out', thrown, {
          broadcast_id: record.id,
        })
      }
    }
  }

  /**
   * Lets a publisher in: resumes or takes over the channel's broadcast, or begins one.
   *
   * @throws ViblyError `live.stream-key-unknown`, `transcode.no-capacity`,
   *   `live.takeovers-too-many`, `live.server-stopping`.
   */
  async publish(request: { readonly streamKey: Secret }): Promise<Intake> {
    const channel = await this.#deps.authorise(request.streamKey)
    if (channel === null) throw new ViblyError('live.stream-key-unknown')
    if (this.#stop.signal.aborted) throw new ViblyError('live.server-stopping')
    const before = this.#byChannel.get(channel.id)
    const resumed = before?.admit() ?? null
    if (resumed !== null) return resumed
    // One's own last broadcast may still be storing its end, in the only slot there is. [R33]
    if (this.#deps.slots.isFull && before !== undefined) await this.#running.get(before.id)?.done
    const mine = this.#byChannel.get(channel.id)?.admit() ?? null
    if (mine !== null) return mine
    // Who is live goes on, from memory if need be; nobody is let in to fill the disk. [F16]
    if (this.#deps.space.level === 'full') throw new ViblyError('live.disk-full')
    return this.#begin(channel)
  }

  /** Ends the channel's broadcast, if there is one; its encoder is told why. */
  stopChannel(channelId: ChannelId, reason: ViblyError): void {
    this.#byChannel.get(channelId)?.stop(reason)
  }

  /** Private broadcasts are nobody's to watch: their channels are offline. [W38] */
  liveChannels(): readonly LiveChannel[] {
    return [...this.#byChannel.values()]
      .filter((broadcast) => broadcast.isOnAir && broadcast.visibility !== 'private')
      .map((broadcast) => ({
        channelId: broadcast.channelId,
        broadcastId: broadcast.id,
        startedAt: broadcast.startedAt,
        viewers: this.#countViewers(broadcast),
        hasThumb: broadcast.record().hasThumb,
        isListed: broadcast.visibility === 'public',
      }))
  }

  /** How the channel's broadcast is doing, watchable or not yet; null: it is offline. */
  health(channelId: ChannelId): Health | null {
    return this.#byChannel.get(channelId)?.health() ?? null
  }

  /** Channels with a broadcast that runs, watchable or not yet. */
  onAir(): readonly ChannelId[] {
    return [...this.#byChannel.keys()]
  }

  /** Live or over; null: there is none. */
  async broadcast(id: BroadcastId): Promise<BroadcastRecord | null> {
    return this.#running.get(id)?.broadcast.record() ?? this.#deps.library.get(id)
  }

  /** Newest first. */
  async listBroadcasts(query: BroadcastQuery): Promise<readonly BroadcastRecord[]> {
    return this.#deps.library
      .list(query)
      .map((record) => this.#running.get(record.id)?.broadcast.record() ?? record)
  }

  /**
   * Renames a broadcast or sets who may see it; both hold at once, also while it is live. null:
   * there is none.
   */
  async changeBroadcast(id: BroadcastId, change: BroadcastChange): Promise<BroadcastRecord | null> {
    const broadcast = this.#running.get(id)?.broadcast
    if (broadcast === undefined) {
      const before = this.#deps.library.get(id)
      if (before === null) return null
      const { title = before.title, visibility = before.visibility } = change
      await this.#deps.library.save({ ...before, title, visibility })
      return this.#deps.library.get(id)
    }
    const before = broadcast.visibility
    await broadcast.change(change)
    if (broadcast.isOnAir) this.#tellOfChange(broadcast, before)
    return broadcast.record()
  }

  /** Removes a broadcast with all its media; one that runs is ended first. */
  async deleteBroadcast(id: BroadcastId): Promise<void> {
    const running = this.#running.get(id)
    running?.broadcast.stop(new ViblyError('live.ended-by-owner'))
    await running?.done
    this.#lingering.delete(id)
    await this.#deps.recordings.forget(id)
    await this.#deps.library.remove(id)
  }

  /**
   * Whose broadcast it is, when nobody else may see it; null: anyone may, or there is none. [W38]
   */
  ownerIfPrivate(id: BroadcastId): ChannelId | null {
    const found = this.#running.get(id)?.broadcast ?? this.#deps.library.get(id)
    return found?.visibility === 'private' ? found.channelId : null
  }

  /** Its title; null: there is no such broadcast. */
  downloadName(id: BroadcastId): string | null {
    return (this.#running.get(id)?.broadcast ?? this.#deps.library.get(id))?.title ?? null
  }

  /**
   * The master for `/live/{channel_id}/index.m3u8`; null: the channel is offline, or as good as.
   */
  liveMaster(channelId: ChannelId): string | null {
    const broadcast = this.#byChannel.get(channelId)
    if (!broadcast?.isOnAir || broadcast.visibility === 'private') return null
    return broadcast.presentation.playlists.master(`/media/${broadcast.id}/`)
  }

  /**
   * A playlist by its path below `/media/{broadcast_id}/`. Live ones may be waited for; the
   * directives count for nothing once the broadcast is over. [LL11]
   */
  async playlist(id: BroadcastId, path: string, directives: Directives): Promise<PlaylistAnswer> {
    const broadcast = this.#inMemory(id)
    if (broadcast !== null) {
      const rendition = /^([a-z0-9]+)\/index\.m3u8$/.exec(path)?.[1]
      const { presentation } = broadcast
      if (rendition !== undefined) {
        const answer = await broadcast.reloads.playlist(rendition, directives)
        return answer.kind === 'playlist' ? { ...answer, isFinal: presentation.isEnded } : answer
      }
      const master = path === 'index.m3u8' ? presentation.playlists.master('') : null
      if (master === null) return NO_PLAYLIST
      return { kind: 'playlist', text: master, isMet: true, isFinal: presentation.isEnded }
    }
    const record = this.#deps.library.get(id)
    if (record === null || record.endedAt === null) return NO_PLAYLIST
    const paths = ['index.m3u8', ...record.renditions.map(({ name }) => `${name}/index.m3u8`)]
    if (!paths.includes(path)) return NO_PLAYLIST
    const bytes = await readBlob(this.#deps.blobs, `${id}/${path}`)
    const text = new TextDecoder().decode(bytes)
    return { kind: 'playlist', text, isMet: true, isFinal: true }
  }

  /** A part's bytes; waits for one that is hinted at. null: there is none. [LL13] */
  async part(id: BroadcastId, rendition: string, fileName: string): Promise<Uint8Array | null> {
    return (await this.#inMemory(id)?.reloads.part(rendition, fileName)) ?? null
  }

  /** A segment's bytes when they are still in memory; null: ask the blobs. */
  segment(id: BroadcastId, rendition: string, fileName: string): Uint8Array | null {
    return this.#inMemory(id)?.presentation.segmentBytes(rendition, fileName) ?? null
  }

  /** Notes that somebody (by any stable name) is watching. */
  noteViewer(id: BroadcastId, viewer: string): void {
    if (this.#running.has(id)) this.#viewers.note(id, viewer)
  }

  /** Takes nobody any more, ends every broadcast, and resolves when all of them are stored. */
  async close(): Promise<void> {
    this.#stop.abort()
    for (const { broadcast } of this.#running.values()) {
      broadcast.stop(new ViblyError('live.server-stopping'))
    }
    await Promise.all([...this.#running.values()].map(({ done }) => done))
  }

  /** Players that are no pages have no chat, and people behind one address are one player to us. */
  #countViewers({ id, channelId }: Broadcast): number {
    return Math.max(this.#viewers.count(id), this.#deps.chatterCount(channelId))
  }

  async #resume(record: BroadcastRecord): Promise<void> {
    const { blobs, library, clock, logger, slots } = this.#deps
    const left = await readLeftover(record, blobs, clock.nowMs(), this.#options)
    // There may be fewer slots than before.
    const hasRoom = !slots.isFull && !this.#byChannel.has(record.channelId)
    if (left === null || !hasRoom) return await closeLeftover(record, blobs, library, logger)
    this.#start({ id: record.channelId, title: record.title }, slots.acquire(), left)
  }

  #begin(channel: { readonly id: ChannelId; readonly title: string }): Intake {
    const slot = this.#deps.slots.acquire()
    const intake = new Intake(this.#deps.clock, this.#options)
    this.#start(channel, slot, intake)
    return intake
  }

  #start(
    channel: { readonly id: ChannelId; readonly title: string },
    slot: Slot,
    begun: Intake | Leftover,
  ): void {
    const onStatus = (broadcast: Broadcast, status: ShownStatus): void => {
      // To viewers a private broadcast is none.
      if (broadcast.visibility !== 'private') this.#deps.onStatus(broadcast, status)
    }
    const deps = { ...this.#deps, onStatus, slot }
    const broadcast = new Broadcast(channel, deps, this.#options, begun)
    const done = this.#carry(broadcast).then(() => {
      slot.release()
      this.#viewers.forget(broadcast.id)
      this.#running.delete(broadcast.id)
      this.#deps.recordings.add(broadcast.id)
      if (this.#byChannel.get(channel.id) === broadcast) this.#byChannel.delete(channel.id)
      if (!broadcast.isEndStored) void this.#storeLater(broadcast)
      else if (broadcast.presentation.playlists.isTrimmed) void this.#linger(broadcast)
    })
    this.#running.set(broadcast.id, { broadcast, done })
    this.#byChannel.set(channel.id, broadcast)
  }

  /** To viewers a broadcast that becomes private is over, and one that was begins. */
  #tellOfChange(broadcast: Broadcast, before: Visibility): void {
    const [was, is] = [before, broadcast.visibility].map((each) => each !== 'private')
    if (was || is) this.#deps.onStatus(broadcast, was ? (is ? 'renamed' : 'ended') : 'live')
  }

  /** One broadcast ends here, however it does: nobody else is to notice. */
  async #carry(broadcast: Broadcast): Promise<void> {
    try {
      await broadcast.run()
    } catch (thrown) {
      this.#deps.logger.error('a broadcast could not be closed in order', thrown, {
        broadcast_id: broadcast.id,
      })
    }
  }

  /** For as long as a player that is playing may take to ask again. */
  async #linger(broadcast: Broadcast): Promise<void> {
    this.#lingering.set(broadcast.id, broadcast)
    await pause(this.#deps.clock, LINGER_MS, this.#stop.signal)
    this.#lingering.delete(broadcast.id)
  }

  /**
   * What a full disk refused at the end is stored when there is room; it is shown from memory until
   * then.
   */
  async #storeLater(broadcast: Broadcast): Promise<void> {
    const { signal } = this.#stop
    this.#lingering.set(broadcast.id, broadcast)
    try {
      for (let isStored = false; !isStored && this.#lingering.has(broadcast.id); ) {
        await this.#deps.clock.sleep(LINGER_MS, signal)
        await this.#deps.space.enough(signal)
        isStored = !this.#lingering.has(broadcast.id) || (await broadcast.storeEnd())
      }
    } catch (thrown) {
      if (!signal.aborted) throw thrown
    }
    this.#lingering.delete(broadcast.id)
  }

  #inMemory(id: BroadcastId): Broadcast | null {
    return this.#running.get(id)?.broadcast ?? this.#lingering.get(id) ?? null
  }
}
