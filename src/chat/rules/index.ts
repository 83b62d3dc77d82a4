/**
 * Who may say what, and how often: decisions over values. Knows no log, no socket and no clock but
 * the time that it is told.
 */
export { RoomRules, type RoomRulesDeps } from './room-rules.ts'
export {
  addBan,
  addModerator,
  type Ban,
  bansInForce,
  changeSettings,
  checkBan,
  decideMessage,
  mayModerate,
  type Rules,
  removeBan,
  removeModerator,
  rolesOf,
} from './rules.ts'
export { Nonces, type Receipt, RecentSpeech, type SenderOptions, SendRates } from './senders.ts'
export {
  concernedBy,
  type SettingsFrame,
  settingsFrame,
  type YouFrame,
  youFrame,
} from './standing.ts'
