/** Where a viewer stands, seconds. */
export interface LivePlace {
  /** Behind the newest picture there is. */
  readonly behindS: number
  /** How far behind the player means to be. */
  readonly wantedS: number
  /** Loaded ahead of the picture on the screen. */
  readonly bufferedS: number
}

/** Nobody hears a voice that is a tenth faster, as browsers keep its pitch. */
const RATE_MAX = 1.1
const RATE_MIN = 0.95
/** Nearer than this to where it means to be a player is there. */
const NEAR_S = 0.05
/** With less ahead than this, going faster would end in a stall: a little more than one part. */
const AHEAD_S_MIN = 0.35
/** With less than this, the next part may come too late. */
const AHEAD_S_LOW = 0.12

/**
 * How fast to play to come nearer to the live edge without running dry: between 0.95 and 1.1, and 1
 * for nearly all the time. (hls.js has the same, but wants a whole second ahead, which low latency
 * never has.)
 */
export function chooseRate({ behindS, wantedS, bufferedS }: LivePlace): number {
  if (bufferedS < AHEAD_S_LOW) return RATE_MIN
  const tooLateS = behindS - wantedS
  if (tooLateS <= NEAR_S || bufferedS < AHEAD_S_MIN) return 1
  // In steps, so that the rate is not set anew at each look.
  return Math.min(RATE_MAX, 1 + Math.ceil(tooLateS * 10) / 50)
}

/** A line that was good for so long is trusted a little more. */
const CALM_MS = 30_000
/** What one stall costs. */
const STEP_S = 0.25
/** Of what many stalls cost, each half minute gives back so much. */
const STEP_SHARE = 0.2
/**
 * What a stall costs where the line carries hardly what the picture takes, and how far that goes.
 */
const SLOW_STEP_S = 1
const SLOW_WANTED_S_MAX = 8

/**
 * How far behind to be from now on, seconds: each stall moved the player away from live, each half
 * minute without one brings it back by as much as one did, or by a fifth of the way. null: as it
 * is.
 *
 * @param leastS what the playlist asks for at least (PART-HOLD-BACK, HOLD-BACK).
 */
export function forgiveStall(place: {
  readonly wantedS: number
  readonly leastS: number
  /** Since the last stall, or since this last gave an answer. */
  readonly calmMs: number
}): number | null {
  const { wantedS, leastS, calmMs } = place
  if (calmMs < CALM_MS || leastS <= 0 || wantedS <= leastS + NEAR_S) return null
  return Math.max(leastS, wantedS - Math.max(STEP_S, (wantedS - leastS) * STEP_SHARE))
}

/** How far behind to be, seconds, after a stall on a line that is hardly fast enough. */
export function stepBack(wantedS: number): number {
  return Math.max(wantedS, Math.min(SLOW_WANTED_S_MAX, wantedS + SLOW_STEP_S))
}

/** What is missing between two runs is a part at most, seconds. */
const GAP_S_MAX = 0.3

/**
 * Where to go on, seconds, when what comes behind `loadedS` does not arrive: past a gap as long as
 * can be, and at the live edge if that is further. null: there is nothing behind it yet.
 *
 * @param place where what was loaded ends, where the list ends, and how near to that one may play
 */
export function chooseGoOn(place: {
  readonly loadedS: number
  readonly endS: number
  readonly edgeS: number
}): number | null {
  const behindGapS = place.loadedS + GAP_S_MAX
  return place.endS < behindGapS + GAP_S_MAX ? null : Math.max(behindGapS, place.edgeS)
}

/**
 * Where to begin instead of at the live edge, seconds; null: there. hls.js takes no parts before
 * the list tells of those of a whole segment. Where a broadcast has just begun, or goes on behind a
 * server that was killed, a second ahead would be used up before the next segment is whole: so all
 * of the last one is played.
 *
 * @param place the last whole segment, and the first part that the list tells of; null: of none
 */
export function chooseBeginning(place: {
  readonly startS: number
  readonly endS: number
  readonly firstPartS: number | null
}): number | null {
  const { startS, endS, firstPartS } = place
  return firstPartS === null || firstPartS >= endS ? startS : null
}
