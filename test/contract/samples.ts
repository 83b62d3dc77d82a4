import { z } from 'zod'

const sampleSchema = z.object({ id: z.string(), name: z.string(), colour: z.string() })
export type Sample = z.infer<typeof sampleSchema>

/** What the suite asks of whatever stores: two indexes, of which one is unique. */
export const SAMPLES = {
  collection: 'samples',
  version: 1,
  schema: sampleSchema,
  indexes: { name: (sample: Sample) => sample.name, colour: (sample: Sample) => sample.colour },
  unique: ['name'],
}
