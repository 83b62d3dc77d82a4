import { signal } from '@preact/signals'
import type Hls from 'hls.js'
import type { ErrorData, Level } from 'hls.js'
import { assertNever } from '../assert-never.ts'
import { chooseRate, forgiveStall } from './catch-up.ts'
import { type LoadedHls, loadHls } from './load-hls.ts'
import { type PlaybackFault, Recovery, type Remedy } from './recovery.ts'

/**
 * What the viewer sees. `idle`: nothing was opened or all is closed; `ended`: it was live and is over;
 * `finished`: a recording was played to its end and can be played again.
 */
export type PlaybackPhase =
  | 'idle'
  | 'loading'
  | 'playing'
  | 'waiting'
  | 'ended'
  | 'finished'
  | 'failed'
  | 'unsupported'

/** One rendition as the menu names it; `id` is the player's number for it. */
export interface Quality {
  readonly id: number
  readonly name: string
}

/** What the browser wants from the viewer before it plays: nothing, a tap for sound, a tap for all. */
export type Gesture = 'none' | 'sound' | 'play'

/** How fast a viewer may want it. */
export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2] as const

/** The `id` that leaves the choice of quality to the player. */
export const AUTO_QUALITY = -1

const WATCHDOG_MS = 2_000
/** The picture stood still as long as this although there was something to play: start anew. */
const STUCK_MS_MAX = 10_000
/** How much of a broadcast that is over may still be played before the page says so. */
const FINISH_MS_MAX = 10_000
/** From one look at the position to the next nobody plays so far, seconds. */
const LEAP_S = 3
/** Further behind the wanted delay than this is not "live" to a viewer, seconds. */
const LIVE_SLACK_S = 3
/** A jump forward over less than this is not worth the jerk, seconds. */
const JUMP_S_MIN = 1

/**
 * Plays one live playlist in a video element and keeps it playing: hls.js where there is Media
 * Source, else the browser's own HLS (iOS). After a fatal error it comes back by `Recovery`. All that
 * the page shows of it are signals.
 */
export class Playback {
  readonly phase = signal<PlaybackPhase>('idle')
  readonly gesture = signal<Gesture>('none')
  readonly qualities = signal<readonly Quality[]>([])
  readonly chosenQuality = signal(AUTO_QUALITY)
  readonly shownQuality = signal(AUTO_QUALITY)
  /** How far behind the newest picture the viewer is, ms; null while that is not known. */
  readonly behindMs = signal<number | null>(null)
  readonly isAtLive = signal(true)
  /** What the viewer chose; at the live edge it is 1 again, since nothing is ahead to hurry into. */
  readonly speed = signal(1)
  /** Whether it is a recording, whole and with an end, and not what happens now. */
  readonly isRecording = signal(false)

  readonly #video: HTMLVideoElement
  readonly #recovery = new Recovery()
  readonly #listeners = new AbortController()
  readonly #watchdog: ReturnType<typeof setInterval>
  #hls: Hls | null = null
  #url: string | null = null
  /** Where a recording begins, s; null: this is live. */
  #startS: number | null = null
  /** Rises with each `open` and `stop`, so that what was begun before can tell that it is stale. */
  #turn = 0
  #retryTimer: ReturnType<typeof setTimeout> | undefined
  #retry: (() => void) | null = null
  /** Runs while a broadcast that is over is played to its end; null otherwise. */
  #finishTimer: ReturnType<typeof setTimeout> | null = null
  /** Whether the viewer wants the live edge, and not a place of the past they chose. */
  #isFollowing = true
  #lastPositionS = 0
  #lastMoveMs = 0
  /** Since when the line is good: the last stall, or the last that was forgiven. */
  #calmSinceMs = 0

  constructor(video: HTMLVideoElement) {
    this.#video = video
    const { signal: stop } = this.#listeners
    const on = (type: keyof HTMLMediaElementEventMap, listener: () => void) =>
      video.addEventListener(type, listener, { signal: stop })
    on('playing', () => this.#show('playing'))
    on('waiting', () => this.#onWaiting())
    on('ended', () => this.#onEnded())
    on('timeupdate', () => this.#onMove())
    on('pause', () => this.#onPause())
    on('error', () => this.#onNativeError())
    on('volumechange', () => {
      if (!video.muted && this.gesture.value === 'sound') this.gesture.value = 'none'
    })
    window.addEventListener('online', () => this.#retryNow(), { signal: stop })
    this.#watchdog = setInterval(() => this.#watch(), WATCHDOG_MS)
  }

  /**
   * Plays this playlist; what played before is over.
   *
   * @param startS where to begin in a recording; null: it is live, from its edge
   */
  open(url: string, startS: number | null = null): void {
    this.#reset()
    this.#recovery.reset()
    this.#isFollowing = startS === null
    this.#url = url
    this.#startS = startS
    this.isRecording.value = startS !== null
    this.#start()
  }

  /** The broadcast is over: what is loaded may be played to its end, then the phase is `ended`. */
  finish(): void {
    if (this.#url === null || this.#finishTimer !== null) return
    if (this.phase.value !== 'playing') {
      this.#end()
      return
    }
    this.#finishTimer = setTimeout(() => this.#end(), FINISH_MS_MAX)
  }

  /** Tries once more after the phase `failed`. */
  retry(): void {
    const startS = this.#startS === null ? null : this.#video.currentTime || this.#startS
    if (this.#url !== null) this.open(this.#url, startS)
  }

  play(): void {
    this.#play().catch((thrown: unknown) => {
      // An AbortError says that something newer took its place.
      if (!(thrown instanceof DOMException)) throw thrown
    })
  }

  /** Asks the element, not a signal: two presses in a row must not read the same old state. */
  togglePlay(): void {
    if (this.#video.paused) this.play()
    else this.#video.pause()
  }

  /** To a place of the window, on the element's own line of time. */
  seek(positionS: number): void {
    const edgeS = this.#hls?.liveSyncPosition ?? this.#seekableEndS()
    const isNearEdge = edgeS === null || edgeS - positionS <= LIVE_SLACK_S
    this.#isFollowing = isNearEdge && !this.isRecording.value
    this.#video.currentTime = positionS
    if (this.phase.value === 'finished') this.play()
  }

  /** When what is on the screen happened, ms since 1970; null where the playlist does not say. */
  get shownTimeMs(): number | null {
    return this.#hls?.playingDate?.getTime() ?? null
  }

  /** Forward or back, at most to the ends of what there is. */
  skip(byS: number): void {
    const { seekable, currentTime } = this.#video
    if (seekable.length === 0) return
    const edgeS = this.#hls?.liveSyncPosition ?? seekable.end(seekable.length - 1)
    if (currentTime + byS >= edgeS && !this.isRecording.value) this.goLive()
    else this.seek(Math.min(edgeS, Math.max(seekable.start(0), currentTime + byS)))
  }

  /** Slower than life is a wish to fall behind. */
  chooseSpeed(speed: number): void {
    this.speed.value = speed
    if (speed < 1) this.#isFollowing = false
    this.#setRate(speed)
  }

  goLive(): void {
    if (this.isRecording.value) return
    this.#isFollowing = true
    this.speed.value = 1
    const edgeS = this.#hls?.liveSyncPosition ?? this.#seekableEndS()
    if (edgeS !== null) this.#video.currentTime = edgeS
    this.play()
  }

  chooseQuality(id: number): void {
    this.chosenQuality.value = id
    if (this.#hls !== null) this.#hls.nextLevel = id
  }

  close(): void {
    this.#reset()
    clearInterval(this.#watchdog)
    this.#listeners.abort()
  }

  #start(): void {
    const turn = this.#turn
    this.#show('loading')
    this.#lastMoveMs = performance.now()
    loadHls().then(
      (loaded) => {
        if (turn === this.#turn) this.#attach(loaded)
      },
      () => {
        if (turn === this.#turn) this.#apply(this.#recovery.decide('other', performance.now()))
      },
    )
  }

  #attach(loaded: LoadedHls): void {
    const url = this.#url
    if (url === null) return
    if (!loaded.isSupported()) {
      this.#attachNative(url)
      return
    }
    const startS = this.#startS
    const hls = new loaded({
      ...(startS === null ? {} : { startPosition: startS }),
      lowLatencyMode: true,
      liveDurationInfinity: true,
      // One stall is no reason to stay seconds behind for the rest of the broadcast.
      liveSyncOnStallIncrease: 0.25,
      capLevelToPlayerSize: true,
      // No `backBufferLength`: while it clears, hls.js forgets parts that it has, and asks for no more.
    })
    this.#hls = hls
    hls.on(loaded.Events.MANIFEST_PARSED, (_, { levels }) => {
      this.qualities.value = levels.map(nameQuality)
      const chosen = this.chosenQuality.value
      if (chosen >= levels.length) this.chosenQuality.value = AUTO_QUALITY
      else if (chosen !== AUTO_QUALITY) hls.nextLevel = chosen
      this.play()
    })
    hls.on(loaded.Events.LEVEL_SWITCHED, (_, { level }) => {
      this.shownQuality.value = level
    })
    hls.on(loaded.Events.ERROR, (_, data) => this.#onHlsError(data))
    hls.attachMedia(this.#video)
    hls.loadSource(url)
  }

  #attachNative(url: string): void {
    if (this.#video.canPlayType('application/vnd.apple.mpegurl') === '') {
      this.#show('unsupported')
      return
    }
    this.#video.src = url
    if (this.#startS !== null) this.#video.currentTime = this.#startS
    this.play()
  }

  /** Plays with sound where the browser lets it, else muted, else it asks for a tap. */
  async #play(): Promise<void> {
    const { muted } = this.#video
    try {
      await this.#video.play()
      if (this.gesture.value === 'play') this.gesture.value = 'none'
    } catch (thrown) {
      if (!(thrown instanceof DOMException) || thrown.name !== 'NotAllowedError') throw thrown
      if (muted) {
        this.gesture.value = 'play'
        return
      }
      this.#video.muted = true
      this.gesture.value = 'sound'
      await this.#play()
    }
  }

  #onHlsError(data: ErrorData): void {
    if (!data.fatal) return
    // Without a network or a server a broadcast that is over cannot be told from one that is not.
    if (this.#finishTimer !== null) {
      this.#end()
      return
    }
    this.#apply(this.#recovery.decide(faultOf(data), performance.now()))
  }

  #onNativeError(): void {
    // With hls.js attached it reports the same error itself, with more to go by.
    if (this.#hls !== null || this.#url === null) return
    const isNetwork = this.#video.error?.code === MediaError.MEDIA_ERR_NETWORK
    this.#apply(this.#recovery.decide(isNetwork ? 'network' : 'other', performance.now()))
  }

  #apply(remedy: Remedy): void {
    switch (remedy.kind) {
      case 'load-again':
        // What is in the buffer plays on meanwhile; `waiting` comes by itself when it is used up.
        this.#retryAfter(remedy.afterMs, () => this.#loadAgain())
        return
      case 'recover-media':
        this.#show('waiting')
        this.#hls?.recoverMediaError()
        this.play()
        return
      case 'open-anew':
        this.#show('waiting')
        this.#retryAfter(remedy.afterMs, () => this.#openAnew())
        return
      case 'give-up':
        this.#detach()
        this.#show('failed')
        return
      default:
        assertNever(remedy)
    }
  }

  #loadAgain(): void {
    const hls = this.#hls
    if (hls === null || hls.levels.length === 0) this.#openAnew()
    else hls.startLoad()
  }

  #openAnew(): void {
    this.#turn += 1
    if (this.#startS !== null) this.#startS = this.#video.currentTime || this.#startS
    this.#detach()
    this.#start()
  }

  #retryAfter(afterMs: number, retry: () => void): void {
    clearTimeout(this.#retryTimer)
    this.#retry = retry
    this.#retryTimer = setTimeout(() => this.#retryNow(), afterMs)
  }

  #retryNow(): void {
    const retry = this.#retry
    clearTimeout(this.#retryTimer)
    this.#retry = null
    retry?.()
  }

  #onWaiting(): void {
    this.#calmSinceMs = performance.now()
    if (this.#finishTimer !== null) this.#end()
    else if (this.phase.value === 'playing') this.#show('waiting')
  }

  #onMove(): void {
    const nowMs = performance.now()
    const positionS = this.#video.currentTime
    const isLeap = Math.abs(positionS - this.#lastPositionS) > LEAP_S
    if (positionS !== this.#lastPositionS) {
      this.#lastPositionS = positionS
      this.#lastMoveMs = nowMs
      this.#recovery.played(nowMs)
    }
    // Before the first picture the position means nothing, and hls.js may not have heard of a leap.
    if (!isLeap && this.#video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
      this.#measureDelay(positionS)
    }
  }

  #measureDelay(positionS: number): void {
    if (this.isRecording.value) return
    const hls = this.#hls
    const endS = this.#seekableEndS()
    const behindS = hls === null ? (endS === null ? null : endS - positionS) : hls.latency
    const wantedS = hls?.targetLatency ?? 6
    this.behindMs.value = behindS === null ? null : Math.max(0, behindS * 1000)
    this.isAtLive.value = behindS === null || behindS <= wantedS + LIVE_SLACK_S
    if (hls !== null && behindS !== null) this.#followLive(behindS, wantedS)
  }

  /** Catches up by playing a little faster; after a sleep or a lost network, by one jump. */
  #followLive(behindS: number, wantedS: number): void {
    const video = this.#video
    if (video.paused || video.seeking) return
    if (!this.#isFollowing) {
      this.#setRate(this.speed.value)
      return
    }
    this.speed.value = 1
    if (!this.isAtLive.value) {
      this.#setRate(1)
      // While nothing new comes the edge is where the viewer is, however old it grows.
      const edgeS = this.#hls?.liveSyncPosition ?? video.currentTime
      if (edgeS > video.currentTime + JUMP_S_MIN) this.goLive()
      return
    }
    const { buffered } = video
    const bufferedEndS = buffered.length === 0 ? 0 : buffered.end(buffered.length - 1)
    const bufferedS = bufferedEndS - video.currentTime
    this.#setRate(chooseRate({ behindS, wantedS, bufferedS }))
    this.#forgiveStall(wantedS)
  }

  #forgiveStall(wantedS: number): void {
    const hls = this.#hls
    const { partHoldBack = 0, holdBack = 0 } = hls?.latestLevelDetails ?? {}
    const nowMs = performance.now()
    const leastS = partHoldBack || holdBack
    const nextS = forgiveStall({ wantedS, leastS, calmMs: nowMs - this.#calmSinceMs })
    if (hls === null || nextS === null) return
    hls.targetLatency = nextS
    this.#calmSinceMs = nowMs
  }

  #setRate(rate: number): void {
    if (this.#video.playbackRate !== rate) this.#video.playbackRate = rate
  }

  /** Who pauses comes back to where they were, unless the page did it while it was out of sight. */
  #onPause(): void {
    if (!document.hidden) this.#isFollowing = false
    this.#setRate(this.speed.value)
  }

  /** The last resort for a picture that stands still without an error, though there is more to play. */
  #watch(): void {
    const { phase } = this
    const isWanted = phase.value === 'playing' || phase.value === 'waiting'
    const nowMs = performance.now()
    if (!isWanted || this.#video.paused || this.#retry !== null || document.hidden) {
      this.#lastMoveMs = nowMs
      return
    }
    if (nowMs - this.#lastMoveMs < STUCK_MS_MAX) return
    const endS = this.#seekableEndS() ?? 0
    const hasMore = endS - this.#video.currentTime > STUCK_MS_MAX / 1000
    this.#lastMoveMs = nowMs
    if (hasMore) this.#apply(this.#recovery.decide('other', nowMs))
    // What is known may end here because hls.js has stopped asking: the broadcast itself may go on.
    else if (!this.isRecording.value) this.#loadAgain()
  }

  #seekableEndS(): number | null {
    const { seekable } = this.#video
    return seekable.length === 0 ? null : seekable.end(seekable.length - 1)
  }

  #onEnded(): void {
    if (this.isRecording.value) this.#show('finished')
    else this.#end()
  }

  #end(): void {
    if (this.#url === null) return
    this.#reset()
    this.#show('ended')
  }

  #reset(): void {
    this.#turn += 1
    this.#url = null
    this.#startS = null
    this.speed.value = 1
    this.#retry = null
    clearTimeout(this.#retryTimer)
    if (this.#finishTimer !== null) clearTimeout(this.#finishTimer)
    this.#finishTimer = null
    this.#detach()
    this.gesture.value = 'none'
    this.behindMs.value = null
    this.#show('idle')
  }

  #detach(): void {
    const hls = this.#hls
    this.#hls = null
    hls?.destroy()
    if (hls === null && this.#video.hasAttribute('src')) {
      this.#video.removeAttribute('src')
      this.#video.load()
    }
    this.qualities.value = []
    this.shownQuality.value = AUTO_QUALITY
  }

  #show(phase: PlaybackPhase): void {
    this.phase.value = phase
  }
}

function nameQuality(level: Level, id: number): Quality {
  if (level.height === 0) return { id, name: `${Math.round(level.bitrate / 1000)} kbit/s` }
  const isFast = level.frameRate > 49
  return { id, name: `${level.height}p${isFast ? Math.round(level.frameRate) : ''}` }
}

function faultOf(data: ErrorData): PlaybackFault {
  if (data.type === 'networkError') return 'network'
  return data.type === 'mediaError' ? 'media' : 'other'
}
