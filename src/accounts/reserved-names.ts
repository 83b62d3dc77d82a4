/**
 * Names that a route of ours has or may get, and names that would pose as the people who run it.
 */
const RESERVED_NAMES = new Set(
  `about abuse account accounts admin administrator anonymous api app assets auth blog broadcast
  broadcasts browse categories channel channels chat config contact dashboard data demo_admin docs
  download embed everyone explore favicon feed first_admin followers following health healthz help home host
  hls http https images index info internal invite join js json legal live localhost log login logout mail me
  media metrics mod moderator moderators new news null official openapi owner password play player
  postmaster privacy profile public readyz register registration reset robots root rss rtmp search secret
  security settings share signin signout signup sitemap staff static status stream streams studio
  studios style styles superuser support system team terms test_admin thumb thumbs undefined user
  username users vibly video videos vod watch web webhook webmaster websocket well_known ws wss www`
    .split(/\s+/)
    .map((name) => name.trim()),
)

/** Whether nobody may have this username (lower case), whatever else it is. */
export function isReservedName(username: string): boolean {
  return RESERVED_NAMES.has(username)
}
