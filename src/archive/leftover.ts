import { formatTime, type Logger } from '../base/index.ts'
import {
  type Journal,
  type JournaledRendition,
  joinJournals,
  markLost,
  type Past,
  type PlayedSegment,
  parseJournal,
  playedSegments,
  recoverPlaylist,
  targetSeconds,
} from '../hls/index.ts'
import type { Blobs } from '../ports/index.ts'
import type { BroadcastRecord } from './broadcast-record.ts'
import { type Library, readBlob } from './library.ts'
import { nextRecordingIndex } from './recorder.ts'

/** A broadcast that was live when an earlier server was killed, as its files tell. */
export interface Leftover {
  readonly record: BroadcastRecord
  readonly past: Past
  /** How much longer its encoder may take to come back, ms. */
  readonly graceMs: number
  /** Of the file in which its recording goes on. */
  readonly recordingIndex: number
}

export interface LeftoverOptions {
  readonly segmentMs: number
  readonly reconnectGraceMs: number
}

/** Segments are not synced: a power cut may empty those of the last minute or so. */
const SEGMENTS_DOUBTED = 64
const PLAYLIST = /\/([a-z0-9]+)\/index\.m3u8$/

/**
 * Reads what is needed to go on with a broadcast; null when its encoder has been away for longer
 * than the grace, or when segments have another length now: a playlist's target never changes.
 * [H02] [R34]
 *
 * @throws ViblyError when its files cannot be read.
 */
export async function readLeftover(
  record: BroadcastRecord,
  blobs: Blobs,
  nowMs: number,
  options: LeftoverOptions,
): Promise<Leftover | null> {
  const keys = await blobs.list(record.id)
  const journals = await readJournals(blobs, keys)
  const journaled: readonly JournaledRendition[] = [...journals]
    .map(([name, { journal }]) => ({ name, journal, ...shownOf(record, name) }))
    // Tallest first, as the record has them.
    .toSorted((a, b) => placeOf(record, a.name) - placeOf(record, b.name))
  const isSameTarget = journaled.every(
    ({ journal }) => journal.targetSeconds === targetSeconds(options.segmentMs),
  )
  if (journaled.length === 0 || !isSameTarget) return null
  const past = joinJournals(journaled, record.partTargetMs)
  const lastMediaMs = past.moments.at(-1)?.dateMs ?? 0
  // Never longer than the grace, wherever the clock was set to meanwhile.
  const graceMs = Math.min(options.reconnectGraceMs, lastMediaMs + options.reconnectGraceMs - nowMs)
  if (graceMs <= 0) return null
  return { record, past, graceMs, recordingIndex: nextRecordingIndex(keys) }
}

/** Gives every playlist of it an end, so that it can be watched. [H09] */
export async function closeLeftover(
  record: BroadcastRecord,
  blobs: Blobs,
  library: Library,
  logger: Logger,
): Promise<void> {
  let durationMs = 0
  const journals = await readJournals(blobs, await blobs.list(record.id))
  for (const [name, { key, text, journal }] of journals) {
    const playedMs = playedSegments(journal).reduce((sum, one) => sum + one.durationMs, 0)
    durationMs = Math.max(durationMs, playedMs)
    await blobs.put(key, new TextEncoder().encode(recoverPlaylist(text, name)))
  }
  const endedAt = formatTime(Date.parse(record.startedAt) + Math.round(durationMs))
  await library.save({ ...record, status: 'ended', endedAt, durationMs })
  logger.warn('a broadcast that an earlier server left live was closed', {
    broadcast_id: record.id,
    duration_s: durationMs / 1000,
  })
}

/** The stored playlists by rendition. */
async function readJournals(
  blobs: Blobs,
  keys: readonly string[],
): Promise<ReadonlyMap<string, { key: string; text: string; journal: Journal }>> {
  const journals = new Map<string, { key: string; text: string; journal: Journal }>()
  for (const key of keys) {
    const name = PLAYLIST.exec(key)?.[1]
    if (name === undefined) continue
    const stored = new TextDecoder().decode(await readBlob(blobs, key))
    const newest = playedSegments(parseJournal(stored, name)).slice(-SEGMENTS_DOUBTED)
    const text = markLost(stored, await findLost(blobs, key, newest))
    journals.set(name, { key, text, journal: parseJournal(text, name) })
  }
  return journals
}

/** Those of the segments of a playlist that have no bytes. [X07] */
export async function findLost(
  blobs: Blobs,
  playlist: string,
  segments: readonly PlayedSegment[],
): Promise<ReadonlySet<string>> {
  const folder = playlist.slice(0, playlist.lastIndexOf('/'))
  const lost = new Set<string>()
  for (const { fileName } of segments) {
    const found = await blobs.open(`${folder}/${fileName}`, null)
    found?.body.destroy()
    if (found === null || found.head.bytes === 0) lost.add(fileName)
  }
  return lost
}

/** Where a rendition stands in its record, from 0; behind all where it is not in there. */
export function placeOf({ renditions }: BroadcastRecord, name: string): number {
  const place = renditions.findIndex((rendition) => rendition.name === name)
  return place < 0 ? renditions.length : place
}

/** What its master playlist said of a rendition; nothing of one that was not made any more. */
export function shownOf(record: BroadcastRecord, name: string) {
  const made = record.renditions.find((rendition) => rendition.name === name)
  const codecs = made?.codecs.split(',') ?? []
  const { width = null, height = null, frameRate = null } = made ?? {}
  const video = width === null || height === null ? null : { width, height }
  const [videoCodec = '', audioCodec] = video === null ? ['', ...codecs] : codecs
  return {
    video: video && { ...video, codecString: videoCodec },
    audio: audioCodec === undefined ? null : { codecString: audioCodec },
    frameRate,
  }
}
