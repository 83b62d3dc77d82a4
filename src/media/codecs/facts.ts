/** What the headers of a codec say of the picture. */
export interface VideoFacts {
  readonly codec: 'h264' | 'hevc' | 'av1'
  /** RFC 6381 §3.3: for H.264 `avc1.` and profile, constraints and level in hexadecimal. */
  readonly codecString: string
  /** Coded pixels after cropping; the sample aspect is not applied. */
  readonly width: number
  readonly height: number
  /** Shape of one pixel; 1:1 when nothing is said. */
  readonly sampleAspect: { readonly width: number; readonly height: number }
  /**
   * Frames per second of the VUI timing; null when it says none. Only a claim: measure to be sure.
   */
  readonly frameRate: number | null
  /** Whether fields may occur (H.264: frame_mbs_only_flag is 0). */
  readonly isInterlaced: boolean
  readonly bitDepth: number
  readonly chroma: '4:0:0' | '4:2:0' | '4:2:2' | '4:4:4'
  /** As the standard of this codec numbers them. */
  readonly profileIdc: number
  readonly levelIdc: number
}

/** What the headers of a codec say of the sound. */
export interface AudioFacts {
  readonly codec: 'aac' | 'mp3'
  /**
   * RFC 6381 §3.3: `mp4a.40.` and the audio object type, 5 and 29 where SBR and PS are signalled.
   */
  readonly codecString: string
  /** Hz, of what the listener hears: with signalled SBR twice that of the core. */
  readonly sampleRate: number
  /** Loudspeakers, the bass one included. */
  readonly channels: number
}
