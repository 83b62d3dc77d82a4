import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { cpus } from 'node:os'
import { codeOf, ViblyError } from './base/index.ts'

/**
 * Every setting: its default, unit, range and one sentence. The only reader of the environment.
 * docs/CONFIG.md is held equal to this table. A setting `a.bC` is `VIBLY_A_B_C` in the environment,
 * `{"a": {"bC": …}}` in vibly.config.json and `--a-b-c` on the command line.
 */
export const SETTINGS = {
  dataDir: text('./data', 'The folder that holds everything Vibly keeps.'),
  host: text('0.0.0.0', 'The address that HTTP and RTMP listen on.'),
  httpPort: integer(
    8080,
    'port',
    0,
    65_535,
    'The port of pages, API, HLS and chat; 0 picks a free one.',
  ),
  rtmpPort: integer(
    1935,
    'port',
    0,
    65_535,
    'The port that encoders publish to; 0 picks a free one.',
  ),
  publicUrl: optionalText(
    'The address that people open, such as https://live.example.org; https there makes cookies secure.',
    { range: 'http(s) URL', isValid: isWebAddress },
  ),
  trustedProxies: optionalText(
    'Addresses or networks, separated by commas, whose X-Forwarded-For and -Proto are believed.',
    {
      range: 'IP addresses or networks, separated by commas',
      isValid: (list) => list.split(',').every((one) => isNetwork(one.trim())),
    },
  ),
  embedOrigins: text(
    '*',
    "Which sites may show /embed/{username} in a frame: sources of CSP's frame-ancestors, separated by spaces; 'none' for none.",
    {
      range: "*, 'self', 'none' or origins, separated by spaces",
      isValid: (list) => list.split(' ').every(isFrameSource),
    },
  ),
  secret: optionalText(
    'What seals stream keys and signs tokens, at least 32 characters; without it one is made and kept in the data folder.',
  ),
  registration: choice(
    'open',
    ['open', 'invite', 'closed'],
    'Who may sign up: everyone, whoever has an invitation, nobody; until an administrator chooses otherwise on their page.',
  ),
  demo: toggle(false, 'Whether a demo channel with a test picture is live.'),
  limits: choice(
    'on',
    ['on', 'off'],
    'off lifts the rates per address and per user, for load tests on loopback; nothing else.',
  ),
  ffmpeg: optionalText('The FFmpeg to use; without it the one on the PATH.'),
  'log.level': choice(
    'info',
    ['debug', 'info', 'warn', 'error', 'silent'],
    'The least level logged.',
  ),
  'metrics.token': optionalText(
    'The Bearer token that opens /metrics to other machines; without it only loopback may read it.',
  ),
  'live.reconnectGraceMs': integer(
    60_000,
    'ms',
    0,
    1_800_000,
    'How long a broadcast waits for an encoder that lost its connection.',
  ),
  'live.idleMsMax': integer(
    10_000,
    'ms',
    1_000,
    600_000,
    'How long a publisher may send no media before its connection counts as lost.',
  ),
  'live.stallMsMax': integer(
    10_000,
    'ms',
    1_000,
    120_000,
    'How long an encoder may be held back by a full pipeline before the broadcast gives up.',
  ),
  'live.ingestKbpsMax': integer(
    20_000,
    'kbit/s',
    100,
    1_000_000,
    'The bit rate a publisher may send, averaged over 10 s.',
  ),
  'recording.mode': choice(
    'on',
    ['on', 'off'],
    'Whether broadcasts are recorded as they are sent, for download as MP4 afterwards.',
  ),
  'retention.ageDaysMax': integer(
    0,
    'days',
    0,
    36_500,
    'How long broadcasts are kept after their end; 0 for ever.',
  ),
  'retention.totalMbMax': integer(
    0,
    'MB',
    0,
    1_000_000_000,
    'How much all broadcasts may take together, in 1,000,000 bytes; beyond it the oldest are removed. 0 for no limit.',
  ),
  'retention.channelMbMax': integer(
    0,
    'MB',
    0,
    1_000_000_000,
    'How much the broadcasts of one channel may take, in 1,000,000 bytes; beyond it its oldest are removed. 0 for no limit.',
  ),
  'transcode.slotsMax': integer(
    Math.max(4, cpus().length),
    'broadcasts',
    1,
    1_000,
    'How many broadcasts may be live at once; each has one FFmpeg.',
    'the number of cores, at least 4',
  ),
  'transcode.preset': choice(
    'auto',
    ['auto', 'ultrafast', 'superfast', 'veryfast', 'faster', 'fast', 'medium'],
    "x264's preset for the renditions that are encoded; auto: the slowest that the machine has time for.",
  ),
  'transcode.whenBehind': choice(
    'drop',
    ['drop', 'wait'],
    'What a broadcast does when FFmpeg is slower than it: drop the dearest rendition, or let viewers get it late.',
  ),
  'hls.segmentMs': integer(2_000, 'ms', 1_000, 10_000, 'The length of a segment.'),
  'hls.partMs': integer(250, 'ms', 200, 1_000, 'The longest part of a segment.'),
  'hls.windowMs': integer(
    1_800_000,
    'ms',
    0,
    14_400_000,
    'How far back viewers of a live broadcast can rewind; 0 for as little as players need.',
  ),
} as const

type Settings = typeof SETTINGS
type SettingName = keyof Settings

/** All settings, checked and frozen. null: not given. */
export type Config = { readonly [Name in SettingName]: ValueOf<Settings[Name]> }

type ValueOf<S> = S extends Setting<infer V> ? V : never

interface Setting<V> {
  readonly fallback: V
  /** What documents say in place of the fallback when that depends on the machine. */
  readonly fallbackText: string
  readonly unit: string
  readonly range: string
  readonly help: string
  /** The value of an outside text, or what is wrong with it in words. */
  parse(raw: string): { readonly value: V } | { readonly fault: string }
}

/** `hls.segmentMs` -> `VIBLY_HLS_SEGMENT_MS`. */
export function environmentName(name: SettingName): string {
  return `VIBLY_${name
    .replaceAll('.', '_')
    .replaceAll(/[A-Z]/g, (letter) => `_${letter}`)
    .toUpperCase()}`
}

/** `hls.segmentMs` -> `hls-segment-ms`, without the leading dashes. */
export function flagName(name: SettingName): string {
  return environmentName(name).slice('VIBLY_'.length).toLowerCase().replaceAll('_', '-')
}

export function settingNames(): readonly SettingName[] {
  return Object.keys(SETTINGS).filter((name): name is SettingName => name in SETTINGS)
}

/** What no page may show, not even to administrators. */
const SECRETS: readonly SettingName[] = ['secret', 'metrics.token']

/** The settings in force, for people who run the server; none that is secret. */
export function tellSettings(
  config: Config,
): readonly { readonly name: string; readonly value: string; readonly help: string }[] {
  return settingNames()
    .filter((name) => !SECRETS.includes(name))
    .map((name) => ({ name, value: String(config[name] ?? ''), help: SETTINGS[name].help }))
}

/** Scheme, host and port that browsers see; null: as they ask. */
export function publicOriginOf({ publicUrl }: Pick<Config, 'publicUrl'>): string | null {
  return publicUrl === null ? null : new URL(publicUrl).origin
}

/** Whose word on addresses counts. */
export function trustedProxiesOf({
  trustedProxies,
}: Pick<Config, 'trustedProxies'>): readonly string[] {
  return trustedProxies?.split(',').map((one) => one.trim()) ?? []
}

/**
 * Settings from default < file < environment < flags. `flags` maps flag names (no dashes) to texts.
 *
 * @throws ViblyError `config.invalid`, naming every fault at once, also names that no setting has.
 */
export function loadConfig(
  flags: ReadonlyMap<string, string>,
  environment: NodeJS.ProcessEnv = process.env,
  filePath = 'vibly.config.json',
): Config {
  const faults: string[] = []
  const file = readConfigFile(filePath, faults)
  const known = new Set<string>(settingNames())
  for (const name of file.keys()) {
    if (!known.has(name)) faults.push(`${filePath} has "${name}", which is no setting`)
  }
  const values: Record<string, unknown> = {}
  for (const name of settingNames()) {
    const setting: Setting<unknown> = SETTINGS[name]
    const given = firstGiven([
      [flags.get(flagName(name)), `--${flagName(name)}`],
      [environment[environmentName(name)], environmentName(name)],
      [file.get(name), `"${name}" in ${filePath}`],
    ])
    if (given === null) {
      values[name] = setting.fallback
      continue
    }
    const parsed = setting.parse(given.raw)
    if ('fault' in parsed) faults.push(`${given.from} is "${given.raw}", but ${parsed.fault}`)
    else values[name] = parsed.value
  }
  if (faults.length > 0) throw new ViblyError('config.invalid', { faults: faults.join('; ') })
  return Object.freeze(values) as Config
}

function firstGiven(
  candidates: readonly (readonly [string | undefined, string])[],
): { readonly raw: string; readonly from: string } | null {
  for (const [raw, from] of candidates) {
    // An empty variable means "not set", as shells and compose files leave it.
    if (raw !== undefined && raw !== '') return { raw, from }
  }
  return null
}

/** The file's settings by dotted name; empty when there is no file. */
function readConfigFile(path: string, faults: string[]): ReadonlyMap<string, string> {
  const settings = new Map<string, string>()
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') faults.push(`${path} cannot be read (${String(error)})`)
    return settings
  }
  try {
    flatten('', JSON.parse(text), settings)
  } catch (error) {
    faults.push(`${path} is not JSON (${String(error)})`)
  }
  return settings
}

function flatten(prefix: string, value: unknown, into: Map<string, string>): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [key, inner] of Object.entries(value)) {
      flatten(prefix === '' ? key : `${prefix}.${key}`, inner, into)
    }
    return
  }
  into.set(prefix, String(value))
}

/** What a text has to look like, and that in words. */
interface TextForm {
  readonly range: string
  readonly isValid: (raw: string) => boolean
}

/** A function, since the table above calls it before a constant here would be there. */
function anyText(): TextForm {
  return { range: 'text', isValid: () => true }
}

function text(fallback: string, help: string, form = anyText()): Setting<string> {
  return { ...optionalText(help, form), fallback, fallbackText: fallback, parse: parseText(form) }
}

function optionalText(help: string, form = anyText()): Setting<string | null> {
  return {
    fallback: null,
    fallbackText: 'none',
    unit: '',
    range: form.range,
    help,
    parse: parseText(form),
  }
}

function parseText({ range, isValid }: TextForm): Setting<string>['parse'] {
  return (raw) => (isValid(raw) ? { value: raw } : { fault: `it must be: ${range}` })
}

/** One source of CSP's frame-ancestors; anything else could end the directive. */
function isFrameSource(text: string): boolean {
  return /^(\*|'self'|'none'|https?:\/\/[a-z0-9*.-]+(:(\d{1,5}|\*))?)$/i.test(text)
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

/** `192.0.2.1`, `2001:db8::/32`. */
function isNetwork(text: string): boolean {
  const [address = '', prefix = '0', ...rest] = text.split('/')
  const version = isIP(address)
  const isPrefix = /^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128)
  return version !== 0 && isPrefix && rest.length === 0
}

function integer(
  fallback: number,
  unit: string,
  min: number,
  max: number,
  help: string,
  fallbackText = String(fallback),
): Setting<number> {
  return {
    fallback,
    fallbackText,
    unit,
    range: `${min} to ${max}`,
    help,
    parse: (raw) => {
      const value = /^\d{1,12}$/.test(raw) ? Number(raw) : Number.NaN
      return value >= min && value <= max
        ? { value }
        : { fault: `it must be a whole number from ${min} to ${max} (${unit})` }
    },
  }
}

/** Spelled as people do: on, true, 1, yes, and their opposites. */
function toggle(fallback: boolean, help: string): Setting<boolean> {
  return {
    fallback,
    fallbackText: fallback ? 'on' : 'off',
    unit: '',
    range: 'on, off',
    help,
    parse: (raw) => {
      if (/^(on|true|1|yes)$/i.test(raw)) return { value: true }
      if (/^(off|false|0|no)$/i.test(raw)) return { value: false }
      return { fault: 'it must be on or off' }
    },
  }
}

function choice<const V extends string>(
  fallback: V,
  options: readonly V[],
  help: string,
): Setting<V> {
  return {
    fallback,
    fallbackText: fallback,
    unit: '',
    range: options.join(', '),
    help,
    parse: (raw) => {
      const value = options.find((option) => option === raw)
      return value === undefined ? { fault: `it must be one of ${options.join(', ')}` } : { value }
    },
  }
}
