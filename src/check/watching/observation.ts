import type {
  ListedRange,
  MasterList,
  MediaList,
  PartsFacts,
  TsFacts,
  Variant,
} from '../reading/index.ts'

/** One answer, or the lack of one. Times are ms of one clock that never jumps. */
export interface Answer {
  readonly url: string
  /** Null when no answer came: refused, cut, too late. */
  readonly status: number | null
  /** Why there was none; null when there was. */
  readonly failure: string | null
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly sentMs: number
  readonly firstByteMs: number
  readonly doneMs: number
  readonly byteCount: number
  /**
   * Every byte that Content-Length promised came; true where nothing was promised and it ended
   * well.
   */
  readonly isWhole: boolean
  /** How often it was sent elsewhere before this answer. */
  readonly redirects: number
}

/** One version of a media playlist, as it was answered. */
export interface PlaylistSeen {
  readonly answer: Answer
  /** Whether it was asked for with `_HLS_msn`, so that it came when it was new. */
  readonly isBlocking: boolean
  readonly list: MediaList
}

/** A segment or part that was downloaded. */
export interface MediaSeen {
  readonly uri: string
  readonly range: ListedRange | null
  readonly msn: number
  /** Null for a whole segment. */
  readonly partIndex: number | null
  /** As declared. */
  readonly seconds: number
  readonly answer: Answer
  readonly digest: string
  readonly container: 'ts' | 'other'
  /** Null for what is not read: parts, fMP4, encrypted. */
  readonly facts: TsFacts | null
}

/** The same thing downloaded a second time. */
export interface AgainSeen {
  readonly uri: string
  readonly what: 'listed' | 'hinted' | 'dropped part' | 'removed segment'
  readonly digest: string
  readonly firstDigest: string
  readonly answer: Answer
}

/** A hinted part asked for before it was there. */
export interface HintSeen {
  readonly uri: string
  readonly answer: Answer
  readonly digest: string
}

export interface PartsSeen {
  readonly msn: number
  readonly facts: PartsFacts
  /** As declared, one each part. */
  readonly isIndependent: readonly boolean[]
}

/** A delta update and the whole playlist of the same version. */
export interface DeltaSeen {
  readonly before: MediaList
  readonly delta: MediaList
  readonly whole: MediaList
}

/** What one media playlist showed of itself. */
export interface RenditionSeen {
  /** Short, for evidence. */
  readonly name: string
  readonly url: string
  /**
   * Every variant that names it; none for alternatives (sound apart) and for a lone media playlist.
   */
  readonly variants: readonly Variant[]
  /** Group of EXT-X-MEDIA that it is in; null for a variant's own. */
  readonly group: string | null
  /** Versions in the order they were asked for, one after the other: the reload, and the burst. */
  readonly tracks: readonly (readonly PlaylistSeen[])[]
  /** Answers that were no playlist. */
  readonly failures: readonly Answer[]
  /** Some of the texts, for the parsers of others. */
  readonly texts: readonly string[]
  readonly segments: readonly MediaSeen[]
  readonly parts: readonly MediaSeen[]
  readonly again: readonly AgainSeen[]
  readonly hints: readonly HintSeen[]
  readonly joins: readonly PartsSeen[]
  readonly deltas: readonly DeltaSeen[]
}

export type ProbeName =
  | 'plain'
  | 'preflight'
  | 'range-closed'
  | 'range-open'
  | 'range-suffix'
  | 'range-beyond'
  | 'unknown-media'
  | 'unknown-dotfile'
  | 'unknown-traversal'
  | 'next-msn'
  | 'last-plus-2'
  | 'last-plus-3'
  | 'part-beyond-limit'
  | 'part-beyond-parent'
  | 'part-alone'
  | 'msn-word'
  | 'msn-negative'
  | 'msn-huge'
  | 'msn-twice'
  | 'stale-msn'
  | 'skip-not-offered'
  | 'after-the-end'
  | 'same-request'

/** One question out of the ordinary and its answer. */
export interface Probe {
  readonly name: ProbeName
  /** The query or header that was asked with. */
  readonly asked: string
  readonly answer: Answer
  /** The media playlist in the answer, when it was one. */
  readonly list: MediaList | null
  readonly digest: string
  /** The newest segment and part listed right before it was sent. */
  readonly before: { readonly msn: number; readonly part: number | null }
  /** The number that was asked for, where one was. */
  readonly msn: number | null
}

/** What TLS agreed on with the server. */
export interface Transport {
  /** The protocol inside, as ALPN names it (`h2`, `http/1.1`); null when the server named none. */
  readonly protocol: string | null
  /** `TLSv1.3` and the like. */
  readonly tls: string | null
}

/** Everything that was seen of one address. Rules judge this and nothing else. */
export interface Observation {
  readonly url: string
  /** Null when the address is a media playlist itself. */
  readonly master: {
    readonly answer: Answer
    readonly list: MasterList
    readonly text: string
  } | null
  /** Null for plain HTTP, and where no handshake came about. */
  readonly transport: Transport | null
  /** Whether the playlists were still growing at the start. */
  readonly isLive: boolean
  readonly renditions: readonly RenditionSeen[]
  readonly probes: readonly Probe[]
  /** What was left out, and why, in sentences. */
  readonly notes: readonly string[]
}
