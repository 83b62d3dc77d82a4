import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { after, test } from 'node:test'
import { makeDirectory, writeScript } from '../../../test/support/fake-ffmpegs.ts'
import { probeFfmpeg, probeTools } from './probe.ts'

const directory = makeDirectory()
after(() => rmSync(directory, { recursive: true }))

const SYSTEM_PATH = '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin'
const ALL_CODECS = ' V....D libx264 x\n A....D aac x\n V....D mjpeg x\n VFS..D h264 x'

function fakeFfmpeg(name: string, version: string, codecs: string): string {
  const body = `case "$*" in *version*) echo "ffmpeg version ${version} Copyright";; *) echo "${codecs}";; esac`
  return writeScript(directory, name, body)
}

test('[F17] the real FFmpeg is found by search and by path', async () => {
  const found = await probeFfmpeg({ path: null, searchPath: SYSTEM_PATH })
  assert.match(found.path, /^\/.*ffmpeg$/)
  assert.deepEqual(await probeFfmpeg({ path: found.path, searchPath: '' }), found)
})

const VERSIONS: readonly (readonly [version: string, fault: string | null])[] = [
  ['5.1.9-0+deb12u1', null],
  ['n7.1', null],
  ['10.0', null],
  ['N-113007-g8d24a28d06-20231206', null],
  ['5.0.3', 'transcode.ffmpeg-too-old'],
  ['4.4.2-0ubuntu0.22.04.1', 'transcode.ffmpeg-too-old'],
]

for (const [version, code] of VERSIONS) {
  test(`[F17] version ${version}: ${code ?? 'taken'}`, async () => {
    const path = fakeFfmpeg('ffmpeg-of-version', version, ALL_CODECS)
    const probed = probeFfmpeg({ path, searchPath: '' })
    if (code === null) assert.equal((await probed).version, version)
    else await assert.rejects(probed, { code })
  })
}

const TAKEN: readonly (readonly [version: string, more: string, taken: string])[] = [
  ['5.1.9-0+deb12u1', ' VFS..D hevc x\n V..... libdav1d x', 'h264'],
  ['6.0.1', ' VFS..D hevc x\n V..... libdav1d x', 'h264'],
  ['6.1', ' VFS..D hevc x\n V..... libdav1d x', 'h264 hevc av1'],
  ['7.0.2-static', ' V..... libdav1d x', 'h264 av1'],
  // This decoder only drives hardware.
  ['7.0.2-static', ' V....D av1 x', 'h264'],
  ['N-113007-g8d24a28d06', ' VFS..D hevc x', 'h264 hevc'],
]

for (const [version, more, taken] of TAKEN) {
  test(`[R17] version ${version} with${more.replaceAll(/\s+/g, ' ')} takes ${taken}`, async () => {
    const path = fakeFfmpeg('ffmpeg-taking', version, `${ALL_CODECS}\n${more}`)
    const { videoCodecs } = await probeFfmpeg({ path, searchPath: '' })
    assert.equal(videoCodecs.join(' '), taken)
  })
}

test('[F17] an FFmpeg without x264 is refused, and the fault says what to run', async () => {
  const path = fakeFfmpeg('ffmpeg-lacking', '6.0', ALL_CODECS.replace('libx264', 'libopenh264'))
  writeScript(directory, 'apt-get', '')
  await assert.rejects(probeFfmpeg({ path, searchPath: directory }), {
    code: 'transcode.ffmpeg-incomplete',
    message: /lacks encoder libx264\. .*apt-get install -y ffmpeg/,
  })
})

test('[F17] no FFmpeg, or something else of that name', async () => {
  const other = writeScript(directory, 'other', 'echo hello')
  const broken = writeScript(directory, 'broken', 'exit 3')
  for (const path of ['/nonexistent/ffmpeg', other, broken]) {
    const probed = probeFfmpeg({ path, searchPath: directory })
    await assert.rejects(probed, { code: 'transcode.ffmpeg-missing' })
  }
  await assert.rejects(probeFfmpeg({ path: null, searchPath: '/nonexistent' }), {
    code: 'transcode.ffmpeg-missing',
    message: /not found \(ffmpeg, in the search path\)/,
  })
})

test('[F17] an FFmpeg that is ended before it answers is not called missing or incomplete', async () => {
  const path = writeScript(directory, 'ended', 'kill -TERM $$')
  await assert.rejects(probeFfmpeg({ path, searchPath: directory }), {
    code: 'transcode.ffmpeg-silent',
    message: /ended before it could say/,
  })
})

test('tools that are absent or refuse are left out, the others stay in order', async () => {
  const ffmpeg = { path: fakeFfmpeg('ffmpeg', '6.0', ALL_CODECS), version: '6.0' }
  writeScript(directory, 'nice', 'shift 2; exec "$@"')
  writeScript(directory, 'ionice', 'echo not permitted >&2; exit 1')
  writeScript(directory, 'setpriv', 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"')
  const wrapper = await probeTools(ffmpeg, { searchPath: directory, isRoot: false })
  assert.deepEqual(wrapper.missing, ['ionice', 'choom', 'prlimit'])
  assert.deepEqual(wrapper.prefix, [
    ...[`${directory}/nice`, '-n', '10'],
    ...[`${directory}/setpriv`, '--no-new-privs', '--pdeathsig', 'KILL', '--'],
  ])
})
