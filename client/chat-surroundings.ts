/** An open or opening connection. */
export interface ChatSocket {
  send(text: string): void
  close(): void
}

/** What a socket tells. After `onClose` it tells nothing more. */
export interface ChatSocketEvents {
  onOpen(): void
  onData(data: unknown): void
  /** RFC 6455 §7.4.1; 1006 when the connection broke or never was. */
  onClose(code: number): void
}

/** All that a client touches of the world. Tests give their own. */
export interface ChatSurroundings {
  openSocket(url: string, token: string | null, events: ChatSocketEvents): ChatSocket
  /** At least 0, less than 1. */
  random(): number
  /** Printable ASCII, 1 to 64 characters that nobody can guess. */
  createNonce(): string
  /** ms of any clock that never goes back. */
  nowMs(): number
  /** @returns the function that stops the timer */
  setTimer(run: () => void, afterMs: number): () => void
}

/** A browser, or Node 22 and later. */
export const SURROUNDINGS: ChatSurroundings = {
  openSocket: openWebSocket,
  random: () => Math.random(),
  // Not `randomUUID`: a page without TLS has none.
  createNonce: () =>
    crypto
      .getRandomValues(new Uint8Array(12))
      .reduce((text, byte) => text + byte.toString(36), 'n'),
  nowMs: () => performance.now(),
  setTimer: (run, afterMs) => {
    const timer = setTimeout(run, afterMs)
    return () => clearTimeout(timer)
  },
}

/**
 * The platform's own WebSocket. A token goes into a header, which a browser cannot set: there the
 * cookies say who asks.
 */
function openWebSocket(url: string, token: string | null, events: ChatSocketEvents): ChatSocket {
  const init = token === null ? [] : [{ headers: { authorization: `Bearer ${token}` } }]
  const socket: WebSocket = Reflect.construct(WebSocket, [url, ...init])
  socket.onopen = () => events.onOpen()
  socket.onmessage = ({ data }) => events.onData(data)
  socket.onclose = ({ code }) => events.onClose(code)
  return { send: (text) => socket.send(text), close: () => socket.close() }
}
