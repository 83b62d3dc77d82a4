import { systemClock, ViblyError } from './base/index.ts'
import { encodeReport, formatReport, isConformant, judge, observe } from './check/index.ts'

export const CHECK_HELP = `vibly check URL [--seconds 30] [--json]

Watches an HLS or low-latency HLS address, of any server, and judges it by RFC 8216, its second
edition, and Apple's authoring rules. URL is a multivariant or a media playlist.
  --seconds N   how long to watch; a recording is read once, for at most so long (1 to 86400)
  --json        the verdicts as JSON
Exit code: 0 when nothing that MUST be is broken, 1 when something is, 2 when the address cannot be
checked.
`

export interface CheckOptions {
  /** As typed; undefined for the default of 30. */
  readonly seconds: string | undefined
  readonly isJson: boolean
}

const CONFORMANT = 0
const BROKEN = 1
const NOT_CHECKED = 2
const SECONDS_DEFAULT = 30
const SECONDS_MAX = 86_400

/**
 * Carries out `check URL` and tells the result by `print`, whole lines at a time.
 *
 * @returns the exit code: 0 conformant, 1 a MUST is broken, 2 it cannot be checked.
 * @throws ViblyError `command.invalid` for other words.
 */
export async function runCheckCommand(
  words: readonly string[],
  options: CheckOptions,
  print: (text: string) => void,
): Promise<number> {
  const [url, ...more] = words
  if (url === undefined || more.length > 0) throw invalid('check takes one URL')
  const durationMs = readSeconds(options.seconds) * 1000
  if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url)) throw invalid(`"${url}" is no http URL`)
  try {
    const { signal } = new AbortController()
    const seen = await observe(url, { durationMs, clock: systemClock, signal })
    const verdicts = judge(seen)
    print(options.isJson ? encodeReport(seen, verdicts) : formatReport(seen, verdicts))
    return isConformant(verdicts) ? CONFORMANT : BROKEN
  } catch (thrown) {
    // The command ends here, with a code of its own for this.
    if (!(thrown instanceof ViblyError && thrown.code.startsWith('check.'))) throw thrown
    const fault = { error: { code: thrown.code, message: thrown.message } }
    print(options.isJson ? `${JSON.stringify(fault, null, 2)}\n` : `${thrown.message}\n`)
    return NOT_CHECKED
  }
}

function readSeconds(text: string | undefined): number {
  const seconds = text === undefined ? SECONDS_DEFAULT : Number(text)
  if (Number.isFinite(seconds) && seconds >= 1 && seconds <= SECONDS_MAX) return seconds
  throw invalid(`--seconds is a number from 1 to ${SECONDS_MAX}`)
}

function invalid(reason: string): ViblyError {
  return new ViblyError('command.invalid', { reason })
}
