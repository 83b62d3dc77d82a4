/**
 * Everything that listens: HTTP (API, media, pages), RTMP, chat. Turns requests into calls of the
 * domain and its answers into bytes; must not know adapters, nor one server another.
 */

export type { ApiContext, Operator } from './api/api-context.ts'
export { createIdentify } from './api/identify.ts'
export { tellViewers } from './broadcast-news.ts'
export { createChatIdentity, findSpeaker } from './chat/chat-identity.ts'
export { addChatRoutes } from './chat/chat-routes.ts'
export {
  CHAT_SERVER_DEFAULTS,
  type ChatServerOptions,
  startChatServer,
} from './chat/chat-server.ts'
export { createAddressOf } from './client-address.ts'
export type { MediaSource } from './delivery/media-front.ts'
export { startHealthFeed } from './health-feed.ts'
export { isTls } from './http-headers.ts'
export {
  HTTP_SERVER_DEFAULTS,
  type HttpServer,
  type HttpServerDeps,
  type HttpServerOptions,
  startHttpServer,
} from './http-server.ts'
export { LoadMeter } from './load-meter.ts'
export {
  RTMP_SERVER_DEFAULTS,
  type RtmpServerOptions,
  startRtmpServer,
} from './rtmp/rtmp-server.ts'
