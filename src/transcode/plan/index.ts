/**
 * What is made of a source, at which cost, and the command for it. Pure: facts in, a plan and
 * FFmpeg's arguments out.
 */
export { ENCODER_DEFAULTS, type EncoderOptions, formatArguments } from './arguments.ts'
export {
  dearestCount,
  type Plan,
  type PlanOptions,
  planRenditions,
  type Rendition,
  type Skip,
  type SourceFacts,
  VIDEO_DECODERS,
  withoutDearest,
} from './plan.ts'
export {
  ASSUMED_SPEEDS,
  AUTO_PRESETS,
  type AutoPreset,
  choosePreset,
  coresLeft,
  fastestPreset,
  leastCores,
  type PresetChoice,
  type Speeds,
} from './preset.ts'
