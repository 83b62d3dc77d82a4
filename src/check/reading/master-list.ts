import { characterFaults, parseAttributes, parseNumber, splitTag } from './attributes.ts'

/** One EXT-X-STREAM-INF with its URI (RFC 8216 §4.3.4.2); null for what it does not say. */
export interface Variant {
  readonly uri: string
  readonly bandwidth: number | null
  readonly averageBandwidth: number | null
  readonly codecs: readonly string[] | null
  readonly width: number | null
  readonly height: number | null
  readonly frameRate: number | null
  readonly videoRange: string | null
  /** Group of its sound, when that is apart. */
  readonly audioGroup: string | null
}

/** One EXT-X-MEDIA with a playlist of its own. */
export interface Alternative {
  readonly uri: string
  readonly type: string
  readonly group: string
}

export interface MasterList {
  readonly variants: readonly Variant[]
  readonly alternatives: readonly Alternative[]
  /** EXT-X-I-FRAME-STREAM-INF tags. */
  readonly trickPlayCount: number
  readonly isIndependent: boolean
  readonly grammarFaults: readonly string[]
  readonly characterFaults: readonly string[]
}

/** Reads a multivariant playlist; null when the text is none (a media playlist has no variants). */
export function parseMasterList(text: string): MasterList | null {
  const variants: Variant[] = []
  const alternatives: Alternative[] = []
  const grammarFaults: string[] = []
  let waiting: ReadonlyMap<string, string> | null = null
  let isIndependent = false
  let trickPlayCount = 0
  for (const line of text.split(/\r?\n/)) {
    const tag = splitTag(line)
    if (tag?.name === 'EXT-X-STREAM-INF') waiting = parseAttributes(tag.value)
    if (tag?.name === 'EXT-X-I-FRAME-STREAM-INF') trickPlayCount += 1
    if (tag?.name === 'EXT-X-INDEPENDENT-SEGMENTS') isIndependent = true
    if (tag?.name === 'EXT-X-MEDIA') alternatives.push(...parseAlternative(tag.value))
    if (line === '' || line.startsWith('#') || waiting === null) continue
    variants.push(parseVariant(line, waiting))
    waiting = null
  }
  if (variants.length === 0) return null
  if (waiting !== null) grammarFaults.push('its last STREAM-INF has no URI')
  if (!/^#EXTM3U\r?\n/.test(text)) grammarFaults.push('does not start with #EXTM3U')
  if (!text.endsWith('\n')) grammarFaults.push('its last line is cut short')
  return {
    variants,
    alternatives,
    trickPlayCount,
    isIndependent,
    grammarFaults,
    characterFaults: characterFaults(text),
  }
}

function parseVariant(uri: string, attributes: ReadonlyMap<string, string>): Variant {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(attributes.get('RESOLUTION') ?? '') ?? []
  return {
    uri,
    bandwidth: parseNumber(attributes.get('BANDWIDTH')),
    averageBandwidth: parseNumber(attributes.get('AVERAGE-BANDWIDTH')),
    codecs:
      attributes
        .get('CODECS')
        ?.split(',')
        .map((codec) => codec.trim()) ?? null,
    width: parseNumber(width),
    height: parseNumber(height),
    frameRate: parseNumber(attributes.get('FRAME-RATE')),
    videoRange: attributes.get('VIDEO-RANGE') ?? null,
    audioGroup: attributes.get('AUDIO') ?? null,
  }
}

/** One when it has a URI, none when it only names what is inside the variants. */
function parseAlternative(value: string): readonly Alternative[] {
  const attributes = parseAttributes(value)
  const uri = attributes.get('URI')
  if (uri === undefined) return []
  return [{ uri, type: attributes.get('TYPE') ?? '', group: attributes.get('GROUP-ID') ?? '' }]
}
