/**
 * Where a request comes from: the address of the connection, or what the operator's own proxies say of it.
 *
 * Anybody can write an X-Forwarded-For. Of it only those entries count that a trusted proxy added, read
 * from the right: the first address that is no trusted proxy is the source. Without trusted proxies the
 * header is not read at all.
 */
import { BlockList, isIPv4, isIPv6, SocketAddress } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** Network address of the caller, as the log and the audit log have it. */
    source: string;
  }
}

/** More proxies than this are in no chain; what stands before them was written by somebody else. */
const MOST_HOPS = 16;

/** Sets `source` of every request. `trustedProxies` are networks as `address/length`. */
export function tellSources(server: FastifyInstance, trustedProxies: readonly string[]): void {
  const sourceOfRequest = sourceReader(trustedProxies);
  server.decorateRequest('source', '');
  server.addHook('onRequest', (request, _reply, done) => {
    request.source = sourceOfRequest(request);
    done();
  });
}

type Carrier = Pick<FastifyRequest, 'headers'> & {
  readonly socket: { readonly remoteAddress?: string | undefined };
};

export function sourceReader(trustedProxies: readonly string[]): (request: Carrier) => string {
  const trusted = networksOf(trustedProxies);
  const isTrusted = (ip: string): boolean =>
    trusted !== null && trusted.check(ip, isIPv4(ip) ? 'ipv4' : 'ipv6');
  return ({ socket, headers }) => {
    const nearest = addressOf(socket.remoteAddress ?? '');
    if (nearest === null) return 'unknown';
    const header = headers['x-forwarded-for'];
    if (header === undefined || !isTrusted(nearest)) return nearest;
    return furthestOf(nearest, Array.isArray(header) ? header.join() : header, isTrusted);
  };
}

/** From the right: past trusted proxies, up to the first that is none or the last that is an address. */
function furthestOf(nearest: string, header: string, isTrusted: (ip: string) => boolean): string {
  let source = nearest;
  let end = header.length;
  for (let hops = 0; hops < MOST_HOPS && end >= 0 && isTrusted(source); hops += 1) {
    const comma = end === 0 ? -1 : header.lastIndexOf(',', end - 1);
    const named = addressOf(header.slice(comma + 1, end));
    if (named === null) break;
    source = named;
    end = comma;
  }
  return source;
}

/** Null for none. */
function networksOf(cidrs: readonly string[]): BlockList | null {
  if (cidrs.length === 0) return null;
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', length = ''] = cidr.split('/');
    list.addSubnet(address, Number(length), isIPv4(address) ? 'ipv4' : 'ipv6');
  }
  return list;
}

/** `10.0.0.1`, `10.0.0.1:80`, `::1`, `[::1]` and `[::1]:80`, with or without a zone, in one notation; null for all else. */
function addressOf(text: string): string | null {
  if (text.length > 80) return null;
  const trimmed = text.trim();
  const bracketed = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(trimmed)?.[1];
  const [bare = ''] = (bracketed ?? trimmed.replace(/^([\d.]+):\d{1,5}$/, '$1')).split('%');
  if (isIPv4(bare)) return bare;
  if (!isIPv6(bare)) return null;
  const { address } = new SocketAddress({ address: bare, family: 'ipv6' });
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  return mapped ?? address;
}

/**
 * For counting: one name for all addresses that one sender has at hand: an IPv4 address as it is; of an IPv6 address the
 * first 64 bits, which is the least that a host is given and could wander about in.
 */
export function rateLimitKeyOf(source: string): string {
  const ip = addressOf(source) ?? source;
  if (!isIPv6(ip)) return ip;
  const [head = '', tail] = ip.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: missing }, () => '0'), ...right];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
