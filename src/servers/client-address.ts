import type { IncomingMessage } from 'node:http'
import { BlockList, isIP, isIPv6 } from 'node:net'
import { plainAddress } from '../base/index.ts'

/** More hops than any chain of proxies has. */
const HOPS_MAX = 20

/**
 * Makes the function that tells whose request this is: the socket's address, or, when that is a
 * trusted proxy's, the last address in `X-Forwarded-For` that is not. Everything left of it was
 * written by strangers. [W29]
 *
 * @param trustedProxies addresses or networks (`10.0.0.0/8`)
 */
export function createAddressOf(
  trustedProxies: readonly string[],
): (request: Pick<IncomingMessage, 'headers' | 'socket'>) => string {
  if (trustedProxies.length === 0) return ({ socket }) => plainAddress(socket.remoteAddress ?? '')
  const trusted = blockList(trustedProxies)
  return ({ headers, socket }) => {
    const nearest = plainAddress(socket.remoteAddress ?? '')
    if (!isTrusted(trusted, nearest)) return nearest
    const forwarded = headers['x-forwarded-for']
    const text = typeof forwarded === 'string' ? forwarded : (forwarded ?? []).join(',')
    let address = nearest
    for (const hop of text.split(',').slice(-HOPS_MAX).toReversed()) {
      const named = plainAddress(hop.trim())
      // What is no address was not written by a proxy of ours.
      if (isIP(named) === 0) break
      address = named
      if (!isTrusted(trusted, address)) break
    }
    return address
  }
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', prefix] = network.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (isIP(address) === 0) continue
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return list
}

function isTrusted(list: BlockList, address: string): boolean {
  if (isIP(address) === 0) return false
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}
