/** The server's own shapes of what goes over HTTP, types only: none of its code comes along. */
export type {
  WireBroadcast as Broadcast,
  WireBroadcastList as BroadcastPage,
  WireChannel as ChannelDetails,
  WireChannelCard as Channel,
  WireChannelList as ChannelPage,
  WireRegister as Registration,
  WireServer as ServerFacts,
  WireSignIn as SignIn,
  WireStreamKey as StreamKey,
  WireUser as User,
} from '../../../src/servers/wire.ts'
