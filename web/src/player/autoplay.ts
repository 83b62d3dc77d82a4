import { signal } from '@preact/signals'

/**
 * What the browser wants from the viewer before it plays: nothing, a tap for sound, a tap for all.
 */
export type Gesture = 'none' | 'sound' | 'play'

/**
 * Starts a video element with sound where the browser lets it, else muted, else it asks for a tap.
 */
export class Autoplay {
  readonly gesture = signal<Gesture>('none')
  readonly #video: HTMLVideoElement

  /** @param stop ends its listening to the element */
  constructor(video: HTMLVideoElement, stop: AbortSignal) {
    this.#video = video
    const onVolume = (): void => {
      if (!video.muted && this.gesture.value === 'sound') this.gesture.value = 'none'
    }
    video.addEventListener('volumechange', onVolume, { signal: stop })
  }

  play(): void {
    this.#play().catch((thrown: unknown) => {
      // An AbortError says that something newer took its place.
      if (!(thrown instanceof DOMException)) throw thrown
    })
  }

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
}
