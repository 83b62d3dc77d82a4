import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { FFMPEG } from './make-media.ts'

/**
 * Writes what a server would have measured of this machine, so that it measures nothing and what
 * fits is the same everywhere: `pixelsPerSecond` is what all cores together encode, whatever the
 * preset.
 */
export function writeCalibration(dataDir: string, pixelsPerSecond: number): void {
  const cores = availableParallelism()
  const version = /version (\S+)/.exec(String(execFileSync(FFMPEG, ['-version'])))?.[1]
  const encoding = pixelsPerSecond / cores
  const calibration = {
    version: 1,
    ffmpeg: version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores,
    read_pixels_per_s: 1e12,
    encode_pixels_per_s: { ultrafast: encoding, superfast: encoding, veryfast: encoding },
  }
  writeFileSync(join(dataDir, 'calibration.json'), JSON.stringify(calibration))
}
