import type Hls from 'hls.js'
import scriptUrl from 'hls.js/dist/hls.light.min.js?url'

export type LoadedHls = typeof Hls

let loading: Promise<LoadedHls> | null = null

/**
 * Fetches the player library; asked again after a failure, it tries again. It comes as the script
 * its makers built and not as a module, since that one is also its own worker: as a module the code
 * that runs there would be fetched a second time.
 */
export function loadHls(): Promise<LoadedHls> {
  loading ??= loadScript().catch((thrown: unknown) => {
    loading = null
    throw thrown
  })
  return loading
}

function loadScript(): Promise<LoadedHls> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.src = scriptUrl
    script.onload = () => {
      const found: unknown = Reflect.get(window, 'Hls')
      if (isHls(found)) resolve(found)
      else reject(new TypeError('the player library is not what it should be'))
    }
    script.onerror = () => {
      script.remove()
      reject(new TypeError('the player library could not be fetched'))
    }
    document.head.append(script)
  })
}

function isHls(found: unknown): found is LoadedHls {
  return typeof found === 'function' && 'isSupported' in found
}
