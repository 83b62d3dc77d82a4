/** x^32 + x^26 + ... + 1, most significant bit first. */
const POLYNOMIAL = 0x04c11db7
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte << 24
  for (let bit = 0; bit < 8; bit += 1) sum = sum < 0 ? (sum << 1) ^ POLYNOMIAL : sum << 1
  return sum
})

/**
 * CRC-32 of MPEG-2 sections (ISO 13818-1 Annex A): unsigned, 0 over data that ends with its own
 * CRC.
 */
export function crc32Mpeg(bytes: Uint8Array): number {
  let sum = 0xffffffff
  for (const byte of bytes) sum = ((sum << 8) ^ (TABLE[(sum >>> 24) ^ byte] ?? 0)) >>> 0
  return sum
}
