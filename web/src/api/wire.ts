/** The server's own shapes of what goes over HTTP, types only: none of its code comes along. */
export type { Settings as ChatRules } from '../../../src/chat/messages/wire.ts'
export type {
  WireAdminBroadcast as AdminBroadcast,
  WireAdminServer as AdminServer,
  WireAdminStorage as AdminStorage,
  WireAdminUser as AdminUser,
  WireAdminUserList as AdminUserPage,
  WireBroadcast as Broadcast,
  WireBroadcastList as BroadcastPage,
  WireChannel as ChannelDetails,
  WireChannelCard as Channel,
  WireChannelList as ChannelPage,
  WireHealth as Health,
  WireInvite as Invite,
  WireInviteLink as InviteLink,
  WireRegister as Registration,
  WireRegistration as RegistrationState,
  WireRegistrationMode as RegistrationMode,
  WireServer as ServerFacts,
  WireSignIn as SignIn,
  WireStreamKey as StreamKey,
  WireUser as User,
} from '../../../src/servers/wire.ts'
