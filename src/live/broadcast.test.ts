import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { makeTs, picture } from '../../test/support/make-media.ts'
import { MemoryBlobs } from '../../test/support/memory-blobs.ts'
import { silentLogger } from '../../test/support/silent-logger.ts'
import { Library, readBlob } from '../archive/index.ts'
import { createId, ViblyError } from '../base/index.ts'
import { FlvReader } from '../media/index.ts'
import type { MediaMessage } from '../rtmp/index.ts'
import type { Plan, Transcode } from '../transcode/index.ts'
import { Broadcast } from './broadcast.ts'
import { Intake } from './intake/intake.ts'

const GRACE_MS = 60_000
const OPTIONS = {
  idleMsMax: 3_600_000,
  stallMsMax: 3_600_000,
  ingestKbpsMax: 20_000,
  segmentMs: 2000,
  partMs: 250,
  windowMs: 60_000,
  reconnectGraceMs: GRACE_MS,
  recording: 'on',
} as const

// One 320x180 picture with its header: enough for an FFmpeg to be started.
const AVC = '0142c01fffe100176742c01fda014016ec0440000003004000000f03c60ca801000468ce0fc8'
const OPENING = [`1700000000${AVC}`, '1701000000000000016588'].map((hex) => picturesOf(0, hex))
const LATER = picturesOf(1500, '2701000000000000014188')

/** Five seconds: two segments are listed while it runs, the third at its end. */
const MEDIA = makeTs([
  ...picture('320x180', '25', 5),
  ...['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '50', '-bf', '0'],
])

describe('a broadcast ends, whatever happens to it', () => {
  test('stopped in the moment in which its connection is lost, it does not wait for the grace', async () => {
    const stage = new Stage()
    await stage.until(() => stage.shown.includes('live'))
    const saving = stage.blobs.holdNext('broadcast.json')
    stage.intake.end('lost')
    await stage.until(() => saving.isHeld)
    stage.broadcast.stop(new ViblyError('live.server-stopping'))
    saving.release()
    await stage.until(() => stage.isOver)
    assert.equal(stage.broadcast.record().status, 'ended')
  })

  test('[R34] an encoder that is back in the moment in which its connection is lost is served at once', async () => {
    const stage = new Stage()
    await stage.until(() => stage.shown.includes('live'))
    const saving = stage.blobs.holdNext('broadcast.json')
    stage.intake.end('lost')
    await stage.until(() => saving.isHeld)
    const back = stage.broadcast.admit() ?? assert.fail('nobody was let in')
    saving.release()
    publish(back)
    await stage.until(() => stage.plans === 2)
    await stage.stop()
  })

  test('[R34] an encoder may come back until the last second of the grace, and no later', async () => {
    const intime = await Stage.interrupted()
    await intime.clock.advance(GRACE_MS - 1000)
    publish(intime.broadcast.admit() ?? assert.fail('nobody was let in'))
    await intime.until(() => intime.plans === 2)
    await intime.stop()

    const late = await Stage.interrupted()
    await late.clock.advance(GRACE_MS)
    await late.until(() => late.isOver)
    assert.equal(late.broadcast.admit(), null)
    assert.equal(late.broadcast.record().status, 'ended')
  })

  test('a record that cannot be stored when the connection is lost costs nobody the broadcast', async () => {
    const stage = await Stage.interrupted((blobs) => blobs.refuse('broadcast.json'))
    publish(stage.broadcast.admit() ?? assert.fail('nobody was let in'))
    await stage.until(() => stage.plans === 2)
    await stage.stop()
  })

  test('[X05] when nothing can be stored at its end, it is over all the same for everyone who asks, and is stored when there is room', async () => {
    const stage = new Stage()
    await stage.until(() => stage.shown.includes('live'))
    stage.blobs.refuse('')
    await stage.stop()
    const record = stage.library.get(stage.broadcast.id)
    assert.equal(record?.status, 'ended')
    assert.notEqual(record.endedAt, null)
    assert.ok(stage.broadcast.presentation.isEnded)
    assert.equal(stage.shown.at(-1), 'ended')

    assert.equal(stage.broadcast.isEndStored, false)
    stage.blobs.refuse(null)
    assert.equal(await stage.broadcast.storeEnd(), true)
    const key = `${stage.broadcast.id}/broadcast.json`
    const stored = JSON.parse(new TextDecoder().decode(await readBlob(stage.blobs, key)))
    assert.equal(stored.status, 'ended')
  })

  test('a first listing that could not be stored is made up for by the next', async () => {
    const stage = new Stage({ refused: '/index.m3u8' })
    await stage.until(() => stage.broadcast.presentation.lastMsn !== null)
    stage.blobs.refuse(null)
    publish(stage.intake)
    await stage.until(() => stage.shown.includes('live'))
    await stage.stop()
    const key = `${stage.broadcast.id}/720p/index.m3u8`
    const stored = new TextDecoder().decode(await readBlob(stage.blobs, key))
    assert.equal(
      stored,
      stage.broadcast.presentation.playlists.vod('720p', 'stored'),
      'nothing is missing in it',
    )
  })
})

test('[F19] what is fed again to an FFmpeg that replaces one is recorded once', async () => {
  const stage = new Stage()
  await stage.until(() => stage.shown.includes('live'))
  stage.killFfmpeg()
  void stage.intake.write(picturesOf(1540, '2701000000000000014188'))
  await stage.until(() => stage.plans === 2)
  void stage.intake.write(picturesOf(1580, '2701000000000000014188'))
  stage.intake.end('stopped')
  await stage.until(() => stage.isOver)
  const recorded = await readBlob(stage.blobs, `${stage.broadcast.id}/recording.flv`)
  assert.deepEqual(
    new FlvReader().push(recorded).map(({ timestampMs }) => timestampMs),
    [0, 0, 1500, 1540, 1580],
    'a header, and each picture',
  )
})

describe('a disk that takes nothing', () => {
  test("[F16] [H13] the broadcast goes live from memory, by one FFmpeg; its owner is told, and the recording's list has gaps", async () => {
    const stage = new Stage({ refused: '' })
    await stage.until(() => stage.shown.includes('live'))
    const { presentation, id } = stage.broadcast
    await stage.until(() => presentation.lastMsn === 1)
    assert.ok(stage.broadcast.health()?.warnings.includes('disk.full'))
    assert.equal(stage.refusals > 0, true)
    const live = presentation.playlists.media('720p') ?? ''
    const names = live.match(/^\d+-\d+\.ts$/gm) ?? []
    assert.ok(names.length >= 2, live)
    for (const name of names) {
      assert.ok((presentation.segmentBytes('720p', name)?.byteLength ?? 0) > 10_000, name)
    }
    stage.blobs.refuse(null)
    await stage.stop()
    assert.equal(stage.plans, 1)
    const key = `${id}/720p/index.m3u8`
    const stored = new TextDecoder().decode(await readBlob(stage.blobs, key))
    assert.equal(stored.match(/#EXT-X-GAP/g)?.length, 2, stored)
    assert.equal(stage.library.get(id)?.status, 'ended')
  })

  test('[F16] the owner is no longer warned when what is stored was stored for a while', async () => {
    const stage = new Stage({ refused: '.ts' })
    await stage.until(() => stage.broadcast.health()?.warnings.includes('disk.full') === true)
    stage.blobs.refuse(null)
    await stage.until(() => stage.broadcast.health()?.warnings.includes('disk.full') === false)
    await stage.stop()
  })
})

/** A broadcast that is live, with an FFmpeg that gives the same media to whoever starts it. */
class Stage {
  readonly clock = new FakeClock()
  readonly blobs = new HoldingBlobs()
  readonly library = new Library(this.blobs, [])
  readonly shown: string[] = []
  readonly intake = new Intake(this.clock, OPTIONS)
  readonly broadcast: Broadcast
  /** Ends the FFmpeg that runs, as a crash does. */
  killFfmpeg: () => void = () => assert.fail('none runs')
  plans = 0
  refusals = 0
  isOver: boolean = false

  constructor({ refused = null }: { readonly refused?: string | null } = {}) {
    this.blobs.refuse(refused)
    const deps = {
      blobs: this.blobs,
      library: this.library,
      clock: this.clock,
      logger: silentLogger,
      videoCodecs: ['h264' as const],
      slot: {
        leaveOut: () => 0,
        hasRoomFor: () => false,
        isFastest: true,
        whenBehind: 'drop' as const,
        run: (plan: Plan) => {
          this.plans += 1
          const { transcode, kill } = fakeTranscode(plan)
          this.killFfmpeg = kill
          return transcode
        },
      },
      space: {
        level: 'enough' as const,
        noteRefusal: () => {
          this.refusals += 1
        },
      },
      onStatus: (_broadcast: Broadcast, status: string) => this.shown.push(status),
    }
    this.broadcast = new Broadcast({ id: createId(), title: 'a title' }, deps, OPTIONS, this.intake)
    void this.broadcast.run().finally(() => {
      this.isOver = true
    })
    publish(this.intake)
  }

  /** One whose encoder lost its connection; `spoil` is done to its blobs before. */
  static async interrupted(spoil?: (blobs: HoldingBlobs) => void): Promise<Stage> {
    const stage = new Stage()
    await stage.until(() => stage.shown.includes('live'))
    spoil?.(stage.blobs)
    stage.intake.end('lost')
    await stage.until(() => stage.shown.includes('interrupted'))
    return stage
  }

  /** Lets time pass, but never the grace, until `isSo`. */
  async until(isSo: () => boolean): Promise<void> {
    for (let turn = 0; turn < 2000 && !isSo(); turn += 1) await this.clock.advance(10)
    assert.ok(isSo(), `it did not come to that: ${isSo}`)
  }

  async stop(): Promise<void> {
    this.broadcast.stop(new ViblyError('live.server-stopping'))
    await this.until(() => this.isOver)
  }
}

/** Blobs that can be told to keep a writer waiting, or to be full. */
class HoldingBlobs extends MemoryBlobs {
  #held: { name: string; isHeld: boolean; gate: PromiseWithResolvers<void> } | null = null
  #refused: string | null = null

  /** Whoever writes a key with this in it finds the disk full; empty: everyone, null: nobody. */
  refuse(name: string | null): void {
    this.#refused = name
  }

  /** The next put of a key with this name waits until it is released. */
  holdNext(name: string) {
    const held = { name, isHeld: false, gate: Promise.withResolvers<void>() }
    this.#held = held
    return {
      get isHeld() {
        return held.isHeld
      },
      release: () => held.gate.resolve(),
    }
  }

  override async put(key: string, bytes: Uint8Array): Promise<void> {
    if (this.#refused !== null && key.includes(this.#refused)) {
      throw new ViblyError('blobs.full', { key })
    }
    const held = this.#held
    if (held !== null && key.endsWith(held.name)) {
      this.#held = null
      held.isHeld = true
      await held.gate.promise
    }
    await super.put(key, bytes)
  }
}

function fakeTranscode(plan: Plan): { readonly transcode: Transcode; kill(): void } {
  const over = Promise.withResolvers<void>()
  async function* output() {
    yield MEDIA
    await over.promise
  }
  async function* nothing() {}
  const transcode: Transcode = {
    pid: 1,
    write: () => null,
    end: () => over.resolve(),
    outputs: new Map(plan.renditions.map(({ name }) => [name, output()])),
    thumbnails: nothing(),
    exit: over.promise,
    close: async () => over.resolve(),
  }
  const death = { exitCode: null, signal: 'SIGKILL', lastWords: '' }
  return { transcode, kill: () => over.reject(new ViblyError('transcode.died', death)) }
}

function publish(intake: Intake): void {
  for (const message of [...OPENING, LATER]) void intake.write(message)
}

function picturesOf(timestampMs: number, hex: string): MediaMessage {
  return { kind: 'video', timestampMs, payload: Uint8Array.from(Buffer.from(hex, 'hex')) }
}
