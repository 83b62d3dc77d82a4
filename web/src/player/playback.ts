import { signal } from '@preact/signals'
import type Hls from 'hls.js'
import type { ErrorData, Level } from 'hls.js'
import { assertNever } from '../assert-never.ts'
import { recall, remember } from '../storage.ts'
import { Autoplay } from './autoplay.ts'
import { Line } from './line.ts'
import { type LoadedHls, loadHls } from './load-hls.ts'
import { type PlaybackFault, Recovery, type Remedy } from './recovery.ts'
import { seekableEndS, Timeline } from './timeline.ts'

/**
 * What the viewer sees. `idle`: nothing was opened or all is closed; `ended`: it was live and is
 * over; `finished`: a recording was played to its end and can be played again.
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
  /** Lines; 0: sound alone. */
  readonly height: number
}

/** The `id` that leaves the choice of quality to the player. */
export const AUTO_QUALITY = -1
/**
 * The height that the viewer chose, from visit to visit; channels number their qualities otherwise.
 */
const QUALITY_KEY = 'vibly.quality'

const WATCHDOG_MS = 1_000
/** How long it stays said that the video cannot be played. */
const FAILED_PAUSE_MS = 30_000
/** A picture that stands still for less is not worth a word. */
const SLOW_MS_MIN = 2_000
/** The picture stood still as long as this although there was something to play: start anew. */
const STUCK_MS_MAX = 10_000
/** How much of a broadcast that is over may still be played before the page says so. */
const FINISH_MS_MAX = 10_000

/**
 * Plays one playlist in a video element and keeps it playing: hls.js where there is Media Source,
 * else the browser's own HLS (iOS). After a fatal error it comes back by `Recovery`. All that the
 * page shows of it are signals.
 */
export class Playback {
  readonly phase = signal<PlaybackPhase>('idle')
  readonly qualities = signal<readonly Quality[]>([])
  readonly chosenQuality = signal(AUTO_QUALITY)
  readonly shownQuality = signal(AUTO_QUALITY)
  /** The last that was asked of the server was answered by nobody. */
  readonly isServerGone = signal(false)
  /** The picture stands still, and what came last came slower than the least quality needs. */
  readonly isLineSlow = signal(false)
  readonly timeline: Timeline
  readonly autoplay: Autoplay

  readonly #video: HTMLVideoElement
  readonly #recovery = new Recovery()
  readonly #line = new Line()
  /** Of the chosen quality, also where nothing can be remembered; 0: Auto. */
  #wantedHeight = Number(recall(QUALITY_KEY) ?? 0)
  readonly #listeners = new AbortController()
  readonly #watchdog: ReturnType<typeof setInterval>
  #hls: Hls | null = null
  #url: string | null = null
  /** Where a recording begins, s; null: this is live. */
  #startS: number | null = null
  /** Rises with each start and end, so that what was begun before can tell that it is stale. */
  #turn = 0
  #retryTimer: ReturnType<typeof setTimeout> | undefined
  #retry: (() => void) | null = null
  /** Runs while a broadcast that is over is played to its end; null otherwise. */
  #finishTimer: ReturnType<typeof setTimeout> | null = null
  #lastPositionS = 0
  #lastMoveMs = 0

  constructor(video: HTMLVideoElement) {
    this.#video = video
    const { signal: stop } = this.#listeners
    this.autoplay = new Autoplay(video, stop)
    this.timeline = new Timeline(video, () => this.autoplay.play(), stop)
    const on = (type: keyof HTMLMediaElementEventMap, listener: () => void) =>
      video.addEventListener(type, listener, { signal: stop })
    on('playing', () => {
      if (this.phase.value === 'loading') this.timeline.beginEarly()
      this.phase.value = 'playing'
    })
    on('waiting', () => this.#onWaiting())
    on('ended', () => this.#onEnded())
    on('timeupdate', () => this.#onMove())
    on('error', () => this.#onNativeError())
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
    this.timeline.begin({ isRecording: startS !== null })
    this.#url = url
    this.#startS = startS
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
    if (this.#url !== null) this.open(this.#url, this.#goOnS())
  }

  /** Asks the element, not a signal: two presses in a row must not read the same old state. */
  togglePlay(): void {
    if (this.#video.paused) this.autoplay.play()
    else this.#video.pause()
  }

  chooseQuality(id: number): void {
    const height = this.qualities.value.find((quality) => quality.id === id)?.height ?? 0
    remember(QUALITY_KEY, height === 0 ? null : String(height))
    this.#wantedHeight = height
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
    this.phase.value = 'loading'
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
      // No `backBufferLength`: while it clears, hls.js forgets parts that it has, and asks for no
      // more.
    })
    this.#hls = hls
    this.timeline.attach(hls)
    hls.on(loaded.Events.MANIFEST_PARSED, (_, { levels }) => {
      this.qualities.value = levels.map(nameQuality)
      const chosen = levels.findIndex(({ height }) => height > 0 && height === this.#wantedHeight)
      this.chosenQuality.value = chosen
      if (chosen !== AUTO_QUALITY) hls.nextLevel = chosen
      this.autoplay.play()
    })
    hls.on(loaded.Events.LEVEL_SWITCHED, (_, { level }) => {
      this.shownQuality.value = level
    })
    hls.on(loaded.Events.LEVEL_LOADED, () => {
      this.isServerGone.value = false
    })
    hls.on(loaded.Events.FRAG_LOADED, (_, { frag, part }) => {
      this.isServerGone.value = false
      const piece = part ?? frag
      this.#line.note(piece.stats, piece.duration)
    })
    hls.on(loaded.Events.ERROR, (_, data) => this.#onHlsError(data))
    hls.attachMedia(this.#video)
    hls.loadSource(url)
  }

  #attachNative(url: string): void {
    if (this.#video.canPlayType('application/vnd.apple.mpegurl') === '') {
      this.phase.value = 'unsupported'
      return
    }
    this.#video.src = url
    if (this.#startS !== null) this.#video.currentTime = this.#startS
    this.autoplay.play()
  }

  #onHlsError(data: ErrorData): void {
    if (faultOf(data) === 'network') this.isServerGone.value = isUnanswered(data)
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
        this.phase.value = 'waiting'
        this.#hls?.recoverMediaError()
        this.autoplay.play()
        return
      case 'open-anew':
        this.phase.value = 'waiting'
        this.#retryAfter(remedy.afterMs, () => this.#openAnew())
        return
      case 'give-up':
        this.#detach()
        this.phase.value = 'failed'
        // A broadcast may be whole again, whoever sits before it or not.
        this.#retryAfter(FAILED_PAUSE_MS, () => this.retry())
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
    this.#startS = this.#goOnS()
    this.#detach()
    this.#start()
  }

  /** Where a recording goes on, s; null: this is live. */
  #goOnS(): number | null {
    return this.#startS === null ? null : this.#video.currentTime || this.#startS
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
    if (this.#finishTimer !== null) this.#end()
    else if (this.phase.value === 'playing') {
      this.phase.value = 'waiting'
      // A seek waits for what was not wanted before, however good the line.
      if (this.#hls === null || this.#video.seeking) return
      if (this.#line.noteStall(this.#hls)) this.timeline.stepBack()
    }
  }

  #onMove(): void {
    const { currentTime } = this.#video
    if (currentTime === this.#lastPositionS) return
    this.#lastPositionS = currentTime
    this.#lastMoveMs = performance.now()
    this.#recovery.played(this.#lastMoveMs)
  }

  /**
   * The last resort for a picture that stands still without an error, though there is more to play.
   */
  #watch(): void {
    const { phase } = this
    const isWanted = phase.value === 'playing' || phase.value === 'waiting'
    const nowMs = performance.now()
    if (!isWanted || this.#video.paused || this.#retry !== null || document.hidden) {
      this.#lastMoveMs = nowMs
      return
    }
    const stoodMs = nowMs - this.#lastMoveMs
    this.isLineSlow.value =
      stoodMs >= SLOW_MS_MIN && this.#hls !== null && this.#line.isTooSlow(this.#hls)
    if (stoodMs >= WATCHDOG_MS && phase.value === 'waiting' && this.timeline.passGap()) return
    if (stoodMs < STUCK_MS_MAX) return
    const endS = seekableEndS(this.#video) ?? 0
    const hasMore = endS - this.#video.currentTime > STUCK_MS_MAX / 1000
    this.#lastMoveMs = nowMs
    if (hasMore) this.#apply(this.#recovery.decide('other', nowMs))
    // What is known may end here because hls.js has stopped asking: the broadcast itself may go on.
    else if (!this.timeline.isRecording.value) this.#loadAgain()
  }

  #onEnded(): void {
    if (this.timeline.isRecording.value) this.phase.value = 'finished'
    else this.#end()
  }

  #end(): void {
    if (this.#url === null) return
    this.#reset()
    this.phase.value = 'ended'
  }

  #reset(): void {
    this.#turn += 1
    this.#url = null
    this.#startS = null
    this.#retry = null
    clearTimeout(this.#retryTimer)
    if (this.#finishTimer !== null) clearTimeout(this.#finishTimer)
    this.#finishTimer = null
    this.#detach()
    this.autoplay.gesture.value = 'none'
    this.isServerGone.value = false
    this.isLineSlow.value = false
    this.#line.forget()
    this.phase.value = 'idle'
  }

  #detach(): void {
    const hls = this.#hls
    this.#hls = null
    this.timeline.attach(null)
    hls?.destroy()
    if (hls === null && this.#video.hasAttribute('src')) {
      this.#video.removeAttribute('src')
      this.#video.load()
    }
    this.qualities.value = []
    this.shownQuality.value = AUTO_QUALITY
  }
}

function nameQuality(level: Level, id: number): Quality {
  const { height } = level
  if (height === 0) return { id, name: `${Math.round(level.bitrate / 1000)} kbit/s`, height }
  const isFast = level.frameRate > 49
  return { id, name: `${height}p${isFast ? Math.round(level.frameRate) : ''}`, height }
}

function faultOf(data: ErrorData): PlaybackFault {
  if (data.type === 'networkError') return 'network'
  return data.type === 'mediaError' ? 'media' : 'other'
}

/** Of proxies, when there is nobody behind them. */
const NOBODY_THERE: readonly number[] = [0, 502, 504]

/** Too slow an answer has no status. */
function isUnanswered({ response }: ErrorData): boolean {
  return response?.code !== undefined && NOBODY_THERE.includes(response.code)
}
