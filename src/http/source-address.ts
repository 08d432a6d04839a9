// Where a request comes from, as one name for all addresses that one sender has at hand.
import { isIPv4, isIPv6 } from 'node:net';

/**
 * An IPv4 address as it is; of an IPv6 address the first 64 bits, which is the least that a host is
 * given and could wander about in. Of the connection, not of a header that anybody can write.
 */
export function sourceOf(address: string): string {
  const [ip = ''] = address.toLowerCase().split('%');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(ip)?.[1];
  if (mapped !== undefined) return mapped;
  if (isIPv4(ip) || !isIPv6(ip)) return ip;
  const [head = '', tail] = ip.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: missing }, () => '0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
