/** What comes in from one publisher, how evenly it does, and who takes over from whom. */
export { type IngestFigures, IngestMeter } from './ingest-meter.ts'
export { type Arrived, Intake, type IntakeOptions, OVERHEAD_BYTES } from './intake.ts'
export { Arrivals, PaceWatch, type RenditionPace } from './pace.ts'
export { Succession } from './succession.ts'
