import {
  listBroadcasts,
  type RebuildDeps,
  type RebuildOptions,
  rebuildBroadcast,
} from './archive/index.ts'
import { ViblyError } from './base/index.ts'

export const REBUILD_HELP = `vibly rebuild [--SETTING VALUE ...]

Makes anew what is damaged or gone in the folders of broadcasts and can be told from the rest:
playlists from the segments that are there, and records. What is right is not touched. Recordings
that are not finished wait for the next start. Prints a line for each broadcast that was mended.
Exits with 1 when one could not be mended.

No server may be running on the same data folder meanwhile.
`

/**
 * Mends every broadcast, one after the other, and tells what it did line by line.
 *
 * @returns whether all of them are sound now.
 */
export async function runRebuildCommand(
  deps: RebuildDeps,
  options: RebuildOptions,
  print: (line: string) => void,
): Promise<boolean> {
  const ids = await listBroadcasts(deps.blobs)
  let [mended, left] = [0, 0]
  for (const id of ids) {
    try {
      const files = await rebuildBroadcast(id, deps, options)
      if (files.length === 0) continue
      mended += 1
      print(`${id}: mended ${files.join(', ')}`)
    } catch (thrown) {
      // What one broadcast lacks does not keep the others from being mended.
      if (!(thrown instanceof ViblyError)) throw thrown
      left += 1
      print(`${id}: ${thrown.message} (${thrown.code})`)
    }
  }
  const sound = ids.length - mended - left
  const rest = left === 0 ? '' : `, ${left} not to be mended`
  print(`${ids.length} broadcasts, ${sound} sound, ${mended} mended${rest}`)
  return left === 0
}
