/** Work for FFmpegs that have time: recordings to MP4, pictures of what is stored. */
export { type IdleDeps, IdleFfmpeg } from './idle.ts'
export { type Mp4File, openRemux, type Remux, type RemuxJob } from './remux.ts'
export { openStills, type Stills } from './stills.ts'
