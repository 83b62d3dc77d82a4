import { connect } from 'node:tls'
import type { Transport } from './observation.ts'

const HANDSHAKE_MS_MAX = 5000
/** What a browser offers (RFC 7301); HTTP/3 has no TCP and is found by other means. */
const OFFERED = ['h2', 'http/1.1']

/**
 * Shakes hands once and hangs up; null for plain HTTP, or when that fails. Certificates are not
 * judged.
 */
export function askTransport(url: string): Promise<Transport | null> {
  const { protocol, hostname, port } = new URL(url)
  if (protocol !== 'https:') return Promise.resolve(null)
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname,
      port: port === '' ? 443 : Number(port),
      ALPNProtocols: OFFERED,
      rejectUnauthorized: false,
      servername: hostname,
    })
    const finish = (transport: Transport | null): void => {
      socket.destroy()
      resolve(transport)
    }
    socket.setTimeout(HANDSHAKE_MS_MAX, () => finish(null))
    socket.once('error', () => finish(null))
    socket.once('secureConnect', () => {
      const { alpnProtocol } = socket
      finish({ protocol: alpnProtocol === false ? null : alpnProtocol, tls: socket.getProtocol() })
    })
  })
}
