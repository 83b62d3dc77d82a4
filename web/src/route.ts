/** Which page a path stands for. */
export type Route =
  | { readonly page: 'home' }
  | { readonly page: 'studio' }
  | { readonly page: 'admin' }
  | { readonly page: 'join'; readonly as: 'guest' | 'first-admin' }
  | { readonly page: 'reset' }
  | { readonly page: 'channel'; readonly username: string }
  | { readonly page: 'chat'; readonly username: string }
  | { readonly page: 'embed'; readonly username: string }
  | { readonly page: 'broadcast'; readonly username: string; readonly broadcastId: string }
  | { readonly page: 'missing' }

const NAME = /^[A-Za-z0-9_-]{1,40}$/
/** CONTRACT: every id. */
const BROADCAST_ID = /^[A-Za-z0-9_-]{8,40}$/

/** Decides the page of a URL path; anything that can be no username is `missing`. */
export function parseRoute(path: string): Route {
  const name = path.replace(/^\/|\/$/g, '')
  if (name === '') return { page: 'home' }
  if (name === 'studio') return { page: 'studio' }
  if (name === 'admin') return { page: 'admin' }
  if (name === 'join') return { page: 'join', as: 'guest' }
  if (name === 'first-admin') return { page: 'join', as: 'first-admin' }
  if (name === 'reset') return { page: 'reset' }
  const [first = '', second, ...rest] = name.split('/')
  if (!NAME.test(first) || rest.length > 0) return { page: 'missing' }
  if (second === undefined) return { page: 'channel', username: first }
  if (second === 'chat') return { page: 'chat', username: first }
  if (first === 'embed' && NAME.test(second)) return { page: 'embed', username: second }
  if (BROADCAST_ID.test(second)) {
    return { page: 'broadcast', username: first, broadcastId: second }
  }
  return { page: 'missing' }
}
