import { signal } from '@preact/signals'
import { recall, remember } from '../storage.ts'

const VOLUME_KEY = 'vibly.volume'

/**
 * `seeking`: the next press of an arrow goes on from where this one leads, not from where it began.
 */
const READ_AT = ['play', 'pause', 'seeking', 'timeupdate', 'progress', 'emptied', 'volumechange']

/**
 * What the controls show of a video element and of the box that goes full screen with it, as
 * signals, and what they can ask of them. The volume is remembered from visit to visit.
 */
export class MediaState {
  readonly isPaused = signal(true)
  readonly isMuted = signal(false)
  /** 0 to 1. */
  readonly volume = signal(1)
  readonly positionS = signal(0)
  readonly seekableStartS = signal(0)
  readonly seekableEndS = signal(0)
  readonly isFullscreen = signal(false)
  readonly isInPip = signal(false)
  readonly canPip = document.pictureInPictureEnabled === true

  readonly #video: HTMLVideoElement
  readonly #root: HTMLElement
  readonly #listeners = new AbortController()

  constructor(video: HTMLVideoElement, root: HTMLElement) {
    this.#video = video
    this.#root = root
    const { signal: stop } = this.#listeners
    const remembered = recallVolume()
    video.volume = remembered.volume
    video.muted = remembered.isMuted
    for (const type of READ_AT) {
      video.addEventListener(type, () => this.#read(), { signal: stop })
    }
    video.addEventListener('enterpictureinpicture', () => this.#setPip(true), { signal: stop })
    video.addEventListener('leavepictureinpicture', () => this.#setPip(false), { signal: stop })
    document.addEventListener(
      'fullscreenchange',
      () => {
        this.isFullscreen.value = document.fullscreenElement === root
      },
      { signal: stop },
    )
    this.#read()
  }

  setMuted(isMuted: boolean): void {
    this.#video.muted = isMuted
    if (!isMuted && this.#video.volume === 0) this.#video.volume = 0.5
    this.#remember()
  }

  /** `volume` is cut to 0…1; anything above 0 also unmutes. */
  setVolume(volume: number): void {
    this.#video.volume = Math.min(1, Math.max(0, volume))
    this.#video.muted = this.#video.volume === 0
    this.#remember()
  }

  async toggleFullscreen(): Promise<void> {
    if (document.fullscreenElement !== null) await document.exitFullscreen()
    else if ('requestFullscreen' in this.#root) await this.#root.requestFullscreen()
    else enterFullscreenOfPhones(this.#video)
  }

  async togglePip(): Promise<void> {
    if (document.pictureInPictureElement === this.#video) await document.exitPictureInPicture()
    else await this.#video.requestPictureInPicture()
  }

  close(): void {
    this.#listeners.abort()
  }

  #read(): void {
    const { paused, muted, volume, currentTime, seekable } = this.#video
    this.isPaused.value = paused
    this.isMuted.value = muted || volume === 0
    this.volume.value = volume
    this.positionS.value = currentTime
    if (seekable.length === 0) return
    this.seekableStartS.value = seekable.start(0)
    this.seekableEndS.value = seekable.end(seekable.length - 1)
  }

  #setPip(isInPip: boolean): void {
    this.isInPip.value = isInPip
  }

  #remember(): void {
    this.#read()
    const { volume, muted } = this.#video
    remember(VOLUME_KEY, `${volume.toFixed(2)} ${muted ? 'muted' : 'on'}`)
  }
}

function recallVolume(): { volume: number; isMuted: boolean } {
  const [volume, state] = (recall(VOLUME_KEY) ?? '1 on').split(' ')
  const value = Number(volume)
  return {
    volume: value >= 0 && value <= 1 ? value : 1,
    isMuted: state === 'muted',
  }
}

/** iPhones know no full screen but the video's own. */
function enterFullscreenOfPhones(video: HTMLVideoElement): void {
  const enter: unknown = Reflect.get(video, 'webkitEnterFullscreen')
  if (typeof enter === 'function') enter.call(video)
}
