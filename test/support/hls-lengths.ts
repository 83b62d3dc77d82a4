/** The lengths by which tests cut and list unless they say otherwise, ms. */
export const LENGTHS = { segmentMs: 2000, partMs: 250, windowMs: 60_000 }
