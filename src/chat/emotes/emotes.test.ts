import { deepEqual, equal, notEqual, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryBlobs } from '../../../test/support/memory-blobs.ts'
import type { ChannelId } from '../../base/index.ts'
import { decodeEmoteImage } from './emote-image.ts'
import { EMOTE_BYTES_MAX, Emotes } from './emotes.ts'

const CHANNEL = 'channel-1' as ChannelId

/** Heads of pictures, as their formats write them; what follows is not looked at. */
const HEADS = [
  [
    'PNG',
    '89504e470d0a1a0a 0000000d 49484452 00000070 00000038',
    { extension: 'png', width: 112, height: 56 },
  ],
  ['GIF 87a', '474946383761 7000 3800', { extension: 'gif', width: 112, height: 56 }],
  ['GIF 89a', '474946383961 0001 2c01', { extension: 'gif', width: 256, height: 300 }],
  [
    'WebP, extended',
    '52494646 00000000 57454250 56503858 0a000000 10000000 6f0000 370000',
    { extension: 'webp', width: 112, height: 56 },
  ],
  [
    'WebP, lossy',
    '52494646 00000000 57454250 56503820 00000000 300100 9d012a 7000 3840',
    { extension: 'webp', width: 112, height: 56 },
  ],
  [
    'WebP, lossless',
    '52494646 00000000 57454250 5650384c 00000000 2f 6fc00d00',
    { extension: 'webp', width: 112, height: 56 },
  ],
] as const

for (const [name, hex, expected] of HEADS) {
  test(`[W25] a picture is known by its bytes: ${name}`, () => {
    const bytes = picture(hex)
    deepEqual(decodeEmoteImage(bytes), expected)
    for (let cut = 0; cut < 30; cut += 1) equal(decodeEmoteImage(bytes.subarray(0, cut)), null)
    // Another first byte is another format, or none.
    equal(decodeEmoteImage(Buffer.concat([Buffer.from('<'), bytes.subarray(1)])), null)
  })
}

for (const [name, bytes] of [
  ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>')],
  ['HTML', Buffer.from(`<!doctype html>${' '.repeat(100)}`)],
  ['a JPEG', Buffer.from('ffd8ffe000104a464946'.padEnd(200, '0'), 'hex')],
  ['a PNG without its header', picture('89504e470d0a1a0a 0000000d 58484452')],
  ['a RIFF that is a sound', picture('52494646 00000000 57415645')],
  ['a WebP of nothing known', picture('52494646 00000000 57454250 58585858')],
  ['a lossy WebP without its start code', picture('52494646 00000000 57454250 56503820')],
  ['a PNG of no size', picture('89504e470d0a1a0a 0000000d 49484452 00000000 00000038')],
  ['a PNG too wide', picture('89504e470d0a1a0a 0000000d 49484452 00000201 00000038')],
  ['a PNG that claims everything', picture('89504e470d0a1a0a 0000000d 49484452 ffffffff ffffffff')],
  ['a PNG too large', Buffer.concat([png(1), Buffer.alloc(EMOTE_BYTES_MAX)])],
  ['nothing', Buffer.alloc(0)],
] as const) {
  test(`[W25] no emote is made of ${name}`, async () => {
    const blobs = new MemoryBlobs()
    await rejects(new Emotes(blobs).put(CHANNEL, 'wave', bytes), { code: 'chat.emote-invalid' })
    deepEqual(await blobs.list(''), [])
  })
}

test('an emote is listed by name, replaced by name, and served under a name of its own bytes', async () => {
  const emotes = new Emotes(new MemoryBlobs())
  const wave = await emotes.put(CHANNEL, 'wave', png(1))
  await emotes.put(CHANNEL, 'clap', png(2))
  const other = await emotes.put(CHANNEL, 'wave', png(3))
  notEqual(other.file, wave.file)
  deepEqual(
    (await emotes.list(CHANNEL)).map(({ name }) => name),
    ['clap', 'wave'],
  )
  equal(await emotes.open(CHANNEL, wave.file), null)
  const opened = await emotes.open(CHANNEL, other.file)
  equal(opened?.type, 'image/png')
  ok(Buffer.concat(await (opened?.body.toArray() ?? [])).equals(png(3)))
  deepEqual(await emotes.put(CHANNEL, 'wave', png(3)), other)
  equal((await emotes.list(CHANNEL)).length, 2)
  await emotes.remove(CHANNEL, 'wave')
  await rejects(emotes.remove(CHANNEL, 'wave'), { code: 'chat.emote-missing' })
  equal(await emotes.open(CHANNEL, other.file), null)
  deepEqual(await emotes.list('channel-2' as ChannelId), [])
})

test('[W23] names of emotes are names and nothing else', async () => {
  const blobs = new MemoryBlobs()
  const emotes = new Emotes(blobs)
  const names = ['', 'a', 'A1', 'a.b', '../x', 'a/b', 'a b', 'ü'.repeat(3), 'x'.repeat(33), 'a\0b']
  for (const name of names) {
    await rejects(emotes.put(CHANNEL, name, png(1)), { code: 'chat.emote-invalid' }, name)
  }
  const { file } = await emotes.put(CHANNEL, 'wave', png(1))
  blobs.asked.length = 0
  for (const [channel, asked] of [
    ['..', 'users.json'],
    [CHANNEL, '../../users.json'],
    [CHANNEL, 'wave.png'],
    [CHANNEL, `${file}/..`],
    ['../channel-1', file],
    ['', file],
  ] as const) {
    equal(await emotes.open(channel, asked), null)
  }
  deepEqual(blobs.asked, [], 'nothing was even looked for')
})

test('a channel has at most a hundred emotes', async () => {
  const emotes = new Emotes(new MemoryBlobs())
  for (let n = 0; n < 100; n += 1) await emotes.put(CHANNEL, `emote_${n}`, png(n))
  await rejects(emotes.put(CHANNEL, 'one_more', png(1)), { code: 'chat.emotes-full' })
  await emotes.put(CHANNEL, 'emote_5', png(7))
  equal((await emotes.list(CHANNEL)).length, 100)
})

function picture(hex: string): Buffer {
  return Buffer.concat([Buffer.from(hex.replaceAll(' ', ''), 'hex'), Buffer.alloc(40)])
}

/** A PNG of 112 x 112, each number another one. */
function png(number: number): Buffer {
  const head = picture('89504e470d0a1a0a 0000000d 49484452 00000070 00000070')
  return Buffer.concat([head, Buffer.from([number])])
}
