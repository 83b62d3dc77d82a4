/** The pages of one channel, fetched together: they share most of their code. */
export { ChatPage } from './chat.tsx'
export { WatchPage } from './watch.tsx'
