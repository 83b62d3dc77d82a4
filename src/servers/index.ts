/**
 * Everything that listens: HTTP (API, media, pages), RTMP, chat. Turns requests into calls of the
 * domain and its answers into bytes; must not know adapters, nor one server another.
 */

export type {
  ApiApp,
  ApiContext,
  ApiDeps,
  BroadcastFacts,
  LiveSource,
  Operator,
} from './api/api-context.ts'
export { createIdentify, type Identify, type IdentifyOptions } from './api/identify.ts'
export { tellViewers } from './broadcast-news.ts'
export { createChatIdentity, findSpeaker } from './chat-identity.ts'
export { addChatRoutes, type ChatRoutesDeps } from './chat-routes.ts'
export {
  CHAT_SERVER_DEFAULTS,
  type ChatServer,
  type ChatServerDeps,
  type ChatServerOptions,
  startChatServer,
} from './chat-server.ts'
export type { ChatIdentity } from './chat-socket.ts'
export { createAddressOf } from './client-address.ts'
export type { MediaSource } from './delivery/media-front.ts'
export { startHealthFeed } from './health-feed.ts'
export {
  HTTP_SERVER_DEFAULTS,
  type HttpServer,
  type HttpServerDeps,
  type HttpServerOptions,
  startHttpServer,
} from './http-server.ts'
export { LoadMeter, type ServerLoad } from './load-meter.ts'
export type { Gauge } from './operations.ts'
export {
  RTMP_SERVER_DEFAULTS,
  type RtmpServerOptions,
  startRtmpServer,
} from './rtmp-server.ts'
