import { ViblyError } from '../../base/index.ts'

/** transfer_characteristics of HDR: SMPTE ST 2084 (PQ) and HLG (ITU-T H.273 Table 3). */
const HDR_TRANSFERS: readonly number[] = [16, 18]

/**
 * The renditions are of standard range; a high one passed off as such would look wrong everywhere.
 * [M12]
 *
 * @throws ViblyError `media.hdr-unsupported`.
 */
export function requireStandardRange(codec: string, transfer: number): void {
  if (HDR_TRANSFERS.includes(transfer)) {
    throw new ViblyError('media.hdr-unsupported', { codec, transfer })
  }
}
