import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type BroadcastId, createId, systemClock } from '../src/base/index.ts'
import { type Part, Presentation } from '../src/hls/index.ts'
import { Reloads } from '../src/live/reloads.ts'
import { MediaFront } from '../src/servers/delivery/media-front.ts'
import { LENGTHS } from '../test/support/hls-lengths.ts'
import { listSegment } from '../test/support/list-segment.ts'
import { MemoryBlobs } from '../test/support/memory-blobs.ts'
import { silentLogger } from '../test/support/silent-logger.ts'

/**
 * The server of the delivery benchmark, in a process of its own: Vibly's media front with one
 * made-up broadcast of three renditions, a part of 150 kB each 250 ms. Writes its port and where to
 * look as one line of JSON, then one line per part: its name and when it was listed, ms since 1970.
 */

const NAMES = ['1080p', '720p', '480p']
const PART_MS = 250
const PART_BYTES = 150_000
const PARTS_PER_SEGMENT = 7
const SEGMENT_BYTES = PART_BYTES * PARTS_PER_SEGMENT

const id: BroadcastId = createId()
const presentation = new Presentation({ ...LENGTHS, windowMs: 1_800_000 })
presentation.partTarget.decide([PART_MS * 90])
const reloads = new Reloads(presentation, systemClock)
const front = new MediaFront(
  {
    source: {
      playlist: async (_, path, directives) => {
        const answer = await reloads.playlist(path.split('/')[0] ?? '', directives)
        return answer.kind === 'playlist' ? { ...answer, isFinal: false } : answer
      },
      liveMaster: () => null,
      segment: (_, rendition, fileName) => presentation.segmentBytes(rendition, fileName),
      ownerIfPrivate: () => null,
      downloadName: () => null,
      part: (_, rendition, fileName) => reloads.part(rendition, fileName),
      noteViewer: () => undefined,
    },
    blobs: new MemoryBlobs(),
    logger: silentLogger,
    mayWatch: async () => true,
  },
  { targetDurationMs: 2000, playlistsMax: 100, isTls: false, trustedProxies: [] },
)
const server = createServer((request, response) => void front.answer(request, response))

presentation.startRun({
  renditions: NAMES.map((name) => ({ name, peakBps: 1, averageBps: 1 })),
  wallClockMs: Date.now(),
})
let segmentCount = 0
let partCount = 0
for (let count = 0; count < 900; count += 1) completeSegment()
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
// A listening server has an address with a port.
const { port } = server.address() as AddressInfo
const folder = `/media/${id}/720p`
console.log(JSON.stringify({ port, folder, segment: `${folder}/0-${segmentCount - 1}.ts` }))
setInterval(addPart, PART_MS)

function addPart(): void {
  if (partCount === PARTS_PER_SEGMENT - 1) completeSegment()
  else {
    for (const name of NAMES) presentation.placePart(name, createPart(), head())
    partCount += 1
  }
  const listed = presentation.hintedPart('720p')
  console.log(JSON.stringify({ next: listed, atMs: performance.timeOrigin + performance.now() }))
}

function completeSegment(): void {
  const bytes = new Uint8Array(SEGMENT_BYTES)
  const parts = Array.from({ length: PARTS_PER_SEGMENT }, (_, index) => ({
    ...createPart(),
    bytes: bytes.subarray(index * PART_BYTES, (index + 1) * PART_BYTES),
  }))
  const durationTicks = PARTS_PER_SEGMENT * PART_MS * 90
  const segment = { ...head(), durationTicks, bytes, parts, frameCount: 50 }
  for (const name of NAMES) listSegment(presentation, name, presentation.place(name, segment))
  segmentCount += 1
  partCount = 0
}

function head() {
  const startTicks = segmentCount * PARTS_PER_SEGMENT * PART_MS * 90
  return { startTicks, isAfterHole: false, video: null, audio: null }
}

function createPart(): Part {
  const bytes = new Uint8Array(PART_BYTES)
  return { bytes, durationTicks: PART_MS * 90, isIndependent: partCount === 0, frameCount: 7 }
}
