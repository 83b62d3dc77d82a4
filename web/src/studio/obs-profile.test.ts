import assert from 'node:assert/strict'
import { test } from 'node:test'
import { strFromU8, unzipSync } from 'fflate'
import { createObsProfile } from './obs-profile.ts'

test('the OBS profile is one folder with server, key and key frames 2 s apart', () => {
  const files = unzipSync(createObsProfile('rtmp://live.example.org/live', 'live_KEY'))
  const read = (name: string) => strFromU8(files[`Vibly/${name}`] ?? assert.fail(name))
  assert.match(read('basic.ini'), /^\[General\]\nName=Vibly\n[\s\S]*\nMode=Advanced\n/)
  assert.equal(JSON.parse(read('streamEncoder.json')).keyint_sec, 2)
  assert.deepEqual(JSON.parse(read('service.json')), {
    type: 'rtmp_custom',
    settings: {
      ...{ server: 'rtmp://live.example.org/live', key: 'live_KEY' },
      ...{ use_auth: false, bwtest: false },
    },
  })
})
