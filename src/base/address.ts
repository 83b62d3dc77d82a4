import { isIPv4, isIPv6 } from 'node:net'

const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

/**
 * What rates are counted by: an IPv4 address, or the /64 network of an IPv6 one, since one customer
 * usually holds that many addresses. Anything else counts as itself.
 */
export function addressBlock(address: string): string {
  const plain = plainAddress(address)
  if (isIPv4(plain) || !isIPv6(plain)) return plain

  const [head = '', tail] = (plain.toLowerCase().split('%', 1)[0] ?? '').split('::')
  const front = groupsOf(head)
  if (tail === undefined) return front.slice(0, 4).join(':')
  const back = groupsOf(tail)
  const zeros = Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0')
  return [...front, ...zeros, ...back].slice(0, 4).join(':')
}

/** Whether an address is this machine's own: 127.0.0.0/8 or ::1, RFC 6890 §2.2. */
export function isLoopback(address: string): boolean {
  const plain = plainAddress(address)
  return plain === '::1' || (isIPv4(plain) && plain.startsWith('127.'))
}

/**
 * An IPv4 address as such, also where a socket for both families wrote it as IPv6 (RFC 4291
 * §2.5.5.2).
 */
export function plainAddress(address: string): string {
  return MAPPED_IPV4.exec(address)?.[1] ?? address
}

function groupsOf(text: string): string[] {
  return text === '' ? [] : text.split(':').map((group) => group.replace(/^0+(?=.)/, ''))
}
