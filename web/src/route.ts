/** Which page a path stands for. */
export type Route =
  | { readonly page: 'home' }
  | { readonly page: 'studio' }
  | { readonly page: 'channel'; readonly username: string }
  | { readonly page: 'chat'; readonly username: string }
  | { readonly page: 'missing' }

/** Decides the page of a URL path; anything that can be no username is `missing`. */
export function parseRoute(path: string): Route {
  const name = path.replace(/^\/|\/$/g, '')
  if (name === '') return { page: 'home' }
  if (name === 'studio') return { page: 'studio' }
  const [, username, isChat] = /^([A-Za-z0-9_-]{1,40})(\/chat)?$/.exec(name) ?? []
  if (username !== undefined) return { page: isChat === undefined ? 'channel' : 'chat', username }
  return { page: 'missing' }
}
