import { strToU8, zipSync } from 'fflate'

/** What OBS keeps of a profile: basic.ini, service.json and streamEncoder.json in one folder. */
const FOLDER = 'Vibly'

/** 1080p with 30 pictures a second as OBS's own wizard would set it, with key frames 2 s apart. */
const ENCODER = {
  rate_control: 'CBR',
  bitrate: 4500,
  keyint_sec: 2,
  preset: 'veryfast',
  profile: 'high',
  bf: 2,
} as const
const BASIC_INI = `[General]
Name=${FOLDER}

[Video]
BaseCX=1920
BaseCY=1080
OutputCX=1920
OutputCY=1080
FPSType=0
FPSCommon=30

[Audio]
SampleRate=48000
ChannelSetup=Stereo

[Output]
Mode=Advanced
Reconnect=true
RetryDelay=2
MaxRetries=25

[AdvOut]
TrackIndex=1
Encoder=obs_x264
AudioEncoder=ffmpeg_aac
Rescale=false
Track1Bitrate=160
`

/**
 * A profile that OBS imports (Profile, Import, after unpacking: OBS reads folders, not zips), as a
 * zip. The key stands in it as OBS itself keeps it.
 */
export function createObsProfile(server: string, key: string): Uint8Array<ArrayBuffer> {
  const service = { type: 'rtmp_custom', settings: { server, key, use_auth: false, bwtest: false } }
  const json = (value: object) => strToU8(`${JSON.stringify(value, null, 4)}\n`)
  return zipSync({
    [FOLDER]: {
      'basic.ini': strToU8(BASIC_INI),
      'service.json': json(service),
      'streamEncoder.json': json(ENCODER),
    },
  })
}
