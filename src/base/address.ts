import { isIPv4, isIPv6 } from 'node:net'

const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

/**
 * What rates are counted by: an IPv4 address, or the /64 network of an IPv6 one, since one customer
 * usually holds that many addresses. Anything else counts as itself.
 */
export function addressBlock(address: string): string {
  const mapped = MAPPED_IPV4.exec(address)?.[1] ?? address
  if (isIPv4(mapped) || !isIPv6(mapped)) return mapped

  const [head = '', tail] = (mapped.toLowerCase().split('%', 1)[0] ?? '').split('::')
  const front = groupsOf(head)
  if (tail === undefined) return front.slice(0, 4).join(':')
  const back = groupsOf(tail)
  const zeros = Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0')
  return [...front, ...zeros, ...back].slice(0, 4).join(':')
}

/** Whether an address is this machine's own: 127.0.0.0/8 or ::1, RFC 6890 §2.2. */
export function isLoopback(address: string): boolean {
  const mapped = MAPPED_IPV4.exec(address)?.[1] ?? address
  return mapped === '::1' || (isIPv4(mapped) && mapped.startsWith('127.'))
}

function groupsOf(text: string): string[] {
  return text === '' ? [] : text.split(':').map((group) => group.replace(/^0+(?=.)/, ''))
}
