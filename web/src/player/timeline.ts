import { signal } from '@preact/signals'
import type Hls from 'hls.js'
import { chooseBeginning, chooseGoOn, chooseRate, forgiveStall, stepBack } from './catch-up.ts'

/** How fast a viewer may want it. */
export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2] as const

/** From one look at the position to the next nobody plays so far, seconds. */
const LEAP_S = 3
/** Further behind the wanted delay than this is not "live" to a viewer, seconds. */
const LIVE_SLACK_S = 3
/** A jump forward over less than this is not worth the jerk, seconds. */
const JUMP_S_MIN = 1
/** How far behind to be where the browser plays by itself and does not tell, seconds. */
const NATIVE_DELAY_S = 6

/**
 * Where the viewer is in what there is, and how fast they move: at the live edge, which it then
 * keeps up with, or where they chose to be.
 */
export class Timeline {
  /** Whether it is a recording, whole and with an end, and not what happens now. */
  readonly isRecording = signal(false)
  /** How far behind the newest picture the viewer is, ms; null while that is not known. */
  readonly behindMs = signal<number | null>(null)
  readonly isAtLive = signal(true)
  /**
   * What the viewer chose; at the live edge it is 1 again, since nothing is ahead to hurry into.
   */
  readonly speed = signal(1)

  readonly #video: HTMLVideoElement
  readonly #play: () => void
  #hls: Hls | null = null
  /** Whether the viewer wants the live edge, and not a place of the past they chose. */
  #isFollowing = true
  #lastPositionS = 0
  /** Since when the line is good: the last stall, or the last that was forgiven. */
  #calmSinceMs = 0

  /** @param stop ends its listening to the element */
  constructor(video: HTMLVideoElement, play: () => void, stop: AbortSignal) {
    this.#video = video
    this.#play = play
    video.addEventListener('timeupdate', () => this.#onMove(), { signal: stop })
    const onProgress = (): void => {
      // Whoever pauses falls behind without moving.
      if (video.paused) this.#onMove()
    }
    video.addEventListener('progress', onProgress, { signal: stop })
    video.addEventListener('pause', () => this.#onPause(), { signal: stop })
    const onWaiting = (): void => {
      this.#calmSinceMs = performance.now()
    }
    video.addEventListener('waiting', onWaiting, { signal: stop })
  }

  /** Something else is played from now on. */
  begin(facts: { readonly isRecording: boolean }): void {
    this.isRecording.value = facts.isRecording
    this.#isFollowing = !facts.isRecording
    this.behindMs.value = null
    this.speed.value = 1
  }

  /** @param hls what loads it; null: the browser itself, or nothing does */
  attach(hls: Hls | null): void {
    this.#hls = hls
  }

  /** To be called when the first picture is there: where to begin may only be told then. */
  beginEarly(): void {
    const details = this.#hls?.latestLevelDetails
    const last = details?.fragments.at(-1)
    if (!details?.live || last === undefined || details.partTarget === 0) return
    const firstPartS = details.partList?.[0]?.start ?? null
    const beginS = chooseBeginning({ startS: last.start, endS: last.end, firstPartS })
    if (beginS !== null) this.#video.currentTime = beginS
  }

  /** When what is on the screen happened, ms since 1970; null where the playlist does not say. */
  get shownTimeMs(): number | null {
    return this.#hls?.playingDate?.getTime() ?? null
  }

  /** To a place of the window, on the element's own line of time. */
  seek(positionS: number): void {
    const edgeS = this.#edgeS()
    const isNearEdge = edgeS === null || edgeS - positionS <= LIVE_SLACK_S
    const hasEnded = this.#video.ended
    this.#isFollowing = isNearEdge && !this.isRecording.value
    this.#video.currentTime = positionS
    if (hasEnded) this.#play()
  }

  /** Forward or back, at most to the ends of what there is. */
  skip(byS: number): void {
    const { seekable, currentTime } = this.#video
    const edgeS = this.#edgeS()
    if (edgeS === null || seekable.length === 0) return
    if (currentTime + byS >= edgeS && !this.isRecording.value) this.goLive()
    else this.seek(Math.min(edgeS, Math.max(seekable.start(0), currentTime + byS)))
  }

  goLive(): void {
    if (this.isRecording.value) return
    this.#isFollowing = true
    this.speed.value = 1
    const edgeS = this.#edgeS()
    if (edgeS !== null) this.#video.currentTime = edgeS
    this.#play()
  }

  /**
   * For a picture that stands still at live while nothing is on its way: to what comes behind the
   * gap. hls.js 1.7 can lose the last part of a run while that arrives, and then asks for none of
   * the next run until the part has left the list.
   *
   * @returns whether it went on
   */
  passGap(): boolean {
    const loadedS = endOf(this.#video.buffered)
    const endS = seekableEndS(this.#video)
    const isIdle = this.#hls?.inFlightFragments.main?.state === 'IDLE'
    if (!this.#isFollowing || !isIdle || loadedS === null || endS === null) return false
    const goOnS = chooseGoOn({ loadedS, endS, edgeS: this.#edgeS() ?? endS })
    if (goOnS === null) return false
    this.#video.currentTime = goOnS
    return true
  }

  /** The line is hardly fast enough: what comes late is bridged by more that is there already. */
  stepBack(): void {
    const hls = this.#hls
    if (hls !== null && hls.targetLatency !== null) hls.targetLatency = stepBack(hls.targetLatency)
  }

  /** Slower than life is a wish to fall behind. */
  chooseSpeed(speed: number): void {
    this.speed.value = speed
    if (speed < 1) this.#isFollowing = false
    this.#setRate(speed)
  }

  #onMove(): void {
    const { currentTime, readyState } = this.#video
    const isLeap = Math.abs(currentTime - this.#lastPositionS) > LEAP_S
    this.#lastPositionS = currentTime
    if (this.isRecording.value) {
      // What was opened anew begins at the speed of life.
      this.#setRate(this.speed.value)
      return
    }
    // Before the first picture the position means nothing, and hls.js may not have heard of a leap.
    if (isLeap || readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return
    const hls = this.#hls
    const endS = seekableEndS(this.#video)
    const behindS = hls === null ? (endS === null ? null : endS - currentTime) : hls.latency
    const wantedS = hls?.targetLatency ?? NATIVE_DELAY_S
    this.behindMs.value = behindS === null ? null : Math.max(0, behindS * 1000)
    this.isAtLive.value = behindS === null || behindS <= wantedS + LIVE_SLACK_S
    if (hls !== null && behindS !== null) this.#followLive(hls, behindS, wantedS)
  }

  /** Catches up by playing a little faster; after a sleep or a lost network, by one jump. */
  #followLive(hls: Hls, behindS: number, wantedS: number): void {
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
      const edgeS = hls.liveSyncPosition ?? video.currentTime
      if (edgeS > video.currentTime + JUMP_S_MIN) this.goLive()
      return
    }
    const bufferedS = (endOf(video.buffered) ?? 0) - video.currentTime
    this.#setRate(chooseRate({ behindS, wantedS, bufferedS }))
    this.#forgiveStall(hls, wantedS)
  }

  #forgiveStall(hls: Hls, wantedS: number): void {
    const { partHoldBack = 0, holdBack = 0 } = hls.latestLevelDetails ?? {}
    const nowMs = performance.now()
    const leastS = partHoldBack || holdBack
    const nextS = forgiveStall({ wantedS, leastS, calmMs: nowMs - this.#calmSinceMs })
    if (nextS === null) return
    hls.targetLatency = nextS
    this.#calmSinceMs = nowMs
  }

  /** Who pauses comes back to where they were, unless the page did it while it was out of sight. */
  #onPause(): void {
    if (!document.hidden) this.#isFollowing = false
    this.#setRate(this.speed.value)
  }

  #setRate(rate: number): void {
    if (this.#video.playbackRate !== rate) this.#video.playbackRate = rate
  }

  /** The furthest that may be played, s; null while nothing is there. */
  #edgeS(): number | null {
    return this.#hls?.liveSyncPosition ?? seekableEndS(this.#video)
  }
}

/** Where what can be reached ends, s; null while nothing can be. */
export function seekableEndS(video: HTMLVideoElement): number | null {
  return endOf(video.seekable)
}

function endOf(ranges: TimeRanges): number | null {
  return ranges.length === 0 ? null : ranges.end(ranges.length - 1)
}
