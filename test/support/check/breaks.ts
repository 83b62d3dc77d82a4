import type {
  Answer,
  MediaSeen,
  Observation,
  RenditionSeen,
} from '../../../src/check/watching/index.ts'
import {
  answerOf,
  liveEdited,
  liveSeen,
  withFacts,
  withMaster,
  withPlaylistAnswers,
  withProbe,
  withRenditions,
} from './observations.ts'

/** Ways to break one piece of a healthy broadcast. */

export function each(edit: (text: string) => string): Observation {
  return liveEdited((text) => edit(text))
}

/** In the second rendition only. */
export function one(edit: (text: string) => string): Observation {
  return liveEdited((text, name) => (name === '480p' ? edit(text) : text))
}

/** In one version only. */
export function step(at: number, edit: (text: string) => string): Observation {
  return liveEdited((text, _, index) => (index === at ? edit(text) : text))
}

export function from(at: number, edit: (text: string) => string): Observation {
  return liveEdited((text, _, index) => (index >= at ? edit(text) : text))
}

export function badText(): Observation {
  return withRenditions(liveSeen(), ({ texts }) => ({
    texts: texts.map((text) =>
      text.replace('#EXT-X-TARGETDURATION:2', '#EXT-X-TARGETDURATION: 2x'),
    ),
  }))
}

export function facts(change: Parameters<typeof withFacts>[2], msn: number): Observation {
  return withFacts(liveSeen(), msn, change)
}

export function everyFact(change: Parameters<typeof withFacts>[2]): Observation {
  return withRenditions(liveSeen(), ({ segments }) => ({
    segments: segments.map((each) =>
      each.facts === null ? each : { ...each, facts: { ...each.facts, ...change(each.facts) } },
    ),
  }))
}

export function playlistAnswer(change: (answer: Answer) => Partial<Answer>): Observation {
  return withPlaylistAnswers(liveSeen(), change)
}

export function media(change: (answer: Answer) => Partial<Answer>): Observation {
  const changed = (one: MediaSeen) => ({ ...one, answer: { ...one.answer, ...change(one.answer) } })
  return withRenditions(liveSeen(), ({ segments, parts }) => ({
    segments: segments.map(changed),
    parts: parts.map(changed),
  }))
}

export function master(what: string | RegExp, instead: string): Observation {
  return withMaster(liveSeen(), (text) => text.replace(what, instead))
}

export function probed(
  name: Parameters<typeof withProbe>[1],
  change: Partial<Answer>,
): Observation {
  return withProbe(liveSeen(), name, ({ answer }) => ({ answer: { ...answer, ...change } }))
}

export function again(what: string, change: Partial<Answer>): Observation {
  return withRenditions(liveSeen(), (rendition) => ({
    again: rendition.again.map((each) =>
      each.what === what ? { ...each, answer: { ...each.answer, ...change } } : each,
    ),
  }))
}

export function againBytes(what: string): Observation {
  return withRenditions(liveSeen(), (rendition) => ({
    again: rendition.again.map((each) => (each.what === what ? { ...each, digest: 'e' } : each)),
  }))
}

export function hinted(change: Partial<Answer>): Observation {
  return withRenditions(liveSeen(), ({ hints }) => ({
    hints: hints.map((hint) => ({ ...hint, answer: { ...hint.answer, ...change } })),
  }))
}

export function joined(change: Partial<RenditionSeen['joins'][number]['facts']>): Observation {
  return withRenditions(liveSeen(), ({ joins }) => ({
    joins: joins.map((join) => ({ ...join, facts: { ...join.facts, ...change } })),
  }))
}

export function unsaid(): Observation {
  const seen = each((text) => text.replace('#EXT-X-INDEPENDENT-SEGMENTS\n', ''))
  return withMaster(seen, (text) => text.replace('#EXT-X-INDEPENDENT-SEGMENTS\n', ''))
}

/** The time of every answer, changed. */
export function times(change: (ms: number, name: string, at: number) => number): Observation {
  return withRenditions(liveSeen(), ({ name, tracks }) => ({
    tracks: tracks.map((track) =>
      track.map((version, at) => {
        const doneMs = change(version.answer.doneMs, name, at)
        const sentMs = doneMs - (version.answer.doneMs - version.answer.sentMs)
        return { ...version, answer: { ...version.answer, sentMs, doneMs } }
      }),
    ),
  }))
}

export function slower(factor: number): Observation {
  return times((ms) => ms * factor)
}

export function late(byMs: number): Observation {
  return times((ms, name) => (name === '480p' ? ms + byMs : ms))
}

/** Between the eighth part and the ninth, where a segment becomes whole. */
export function silence(): Observation {
  return times((ms, _, at) => (at >= 8 ? ms + 6000 : ms))
}

export function still({ tracks }: RenditionSeen): Partial<RenditionSeen> {
  return {
    tracks: tracks.map((track) =>
      track.flatMap(({ answer }) => {
        const [first] = track
        return first === undefined ? [] : [{ ...first, answer }]
      }),
    ),
  }
}

export function early(): Observation {
  return withPlaylistAnswers(liveSeen(), ({ url }) => ({
    url: url.replace(/_HLS_msn=(\d+)/, (_, msn) => `_HLS_msn=${Number(msn) + 1}`),
  }))
}

export function twoAnswers(): Observation {
  let count = 0
  return withProbe(liveSeen(), 'same-request', () => {
    count += 1
    return { digest: `body ${count}` }
  })
}

export function needlessBreak(): Observation {
  return liveEdited((text) =>
    text.replace(
      /(#EXT-X-PROGRAM.*\n(?:#EXT-X-PART.*\n)*#EXTINF.*\n11\.ts)/,
      '#EXT-X-DISCONTINUITY\n$1',
    ),
  )
}

export function withFailure(status: number, tookMs: number): Observation {
  const url = 'https://live.example/a/720p/index.m3u8?_HLS_msn=30'
  return withRenditions(liveSeen(), () => ({ failures: [answerOf(url, 0, tookMs, status)] }))
}

/** Answers that nothing was waited for take so long. */
export function slowTrips(ms: number): Observation {
  const seen = liveSeen()
  return withRenditions(seen, ({ tracks }) => ({
    tracks: tracks.map((track) =>
      track.map((version) => {
        const { answer, isBlocking } = version
        if (isBlocking) return version
        return { ...version, answer: { ...answer, sentMs: answer.firstByteMs - ms } }
      }),
    ),
  }))
}
