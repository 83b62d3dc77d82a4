/** The little of m3u8-parser (no types of its own) that is asked of it. */
declare module 'm3u8-parser' {
  export class Parser {
    push(text: string): void
    end(): void
    readonly manifest: {
      readonly targetDuration?: number
      readonly mediaSequence?: number
      readonly discontinuitySequence?: number
      readonly discontinuityStarts?: readonly number[]
      readonly endList?: boolean
      readonly playlistType?: string
      readonly independentSegments?: boolean
      readonly segments?: readonly {
        readonly uri: string
        readonly duration: number
        readonly timeline: number
        readonly programDateTime: number
        readonly parts?: readonly { readonly uri: string; readonly duration: number }[]
      }[]
      readonly partTargetDuration?: number
      readonly serverControl?: Readonly<Record<string, unknown>>
      readonly renditionReports?: readonly { readonly uri: string }[]
      readonly playlists?: readonly {
        readonly uri: string
        readonly attributes: Readonly<Record<string, unknown>>
      }[]
    }
  }
}
