/**
 * Which addresses a webhook may reach: those of the public internet, and networks that the operator named.
 *
 * A host is refused when any of its addresses is, so that nobody mixes a good one with a bad one. Allowed
 * is what is globally routable and ends where it says: of IPv6 only 2000::/3 without what carries or
 * translates IPv4 addresses (mapped, compatible, NAT64, 6to4, Teredo), as those end inside. The cloud's
 * metadata service (100.100.100.200, 169.254.169.254) lies in two refused ranges.
 */
import { Resolver } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** All addresses of a name. Rejects, or gives none, where there are none. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

export type HostReading =
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  | { readonly kind: 'refused' }
  | { readonly kind: 'not_found' };

/** Of a global IPv6 address the first three bits. */
const GLOBAL_IPV6: readonly [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];

/** Asked by the resolver of Node: a slow name server keeps no thread of the pool from others. */
const DNS_TIMEOUT_MS = 2_500;
const DNS_TRIES = 2;

export class AddressGuard {
  private readonly allowed: readonly [Address, number][];

  constructor(
    allowedCidrs: readonly string[],
    private readonly resolve: Resolve = resolveBoth,
  ) {
    this.allowed = allowedCidrs.map((cidr) => ipaddr.parseCIDR(cidr));
  }

  /** Whether this address, in any notation of an address, may be connected to. */
  mayReach(text: string): boolean {
    // A zone (`fe80::1%eth0`) names an interface of this machine: nothing global has one.
    if (text.includes('%') || !ipaddr.isValid(text)) return false;
    const address = ipaddr.parse(text);
    return this.isNamed(address) || isGlobal(address);
  }

  /** Of a host as `URL` writes it: a literal address, or a name, whose every address is looked at. */
  async read(host: string): Promise<HostReading> {
    const literal = host.startsWith('[') ? host.slice(1, -1) : host;
    if (ipaddr.isValid(literal)) return this.judged([literal]);
    const name = host.replace(/\.$/, '').toLowerCase();
    // RFC 6761: never asked of a name server, which might say something else.
    if (name === 'localhost' || name.endsWith('.localhost')) return this.judged(['127.0.0.1']);
    try {
      return this.judged(await this.resolve(name));
    } catch {
      return { kind: 'not_found' };
    }
  }

  private judged(addresses: readonly string[]): HostReading {
    if (addresses.length === 0) return { kind: 'not_found' };
    return addresses.every((address) => this.mayReach(address))
      ? { kind: 'addresses', addresses }
      : { kind: 'refused' };
  }

  private isNamed(address: Address): boolean {
    return this.allowed.some(
      ([network, length]) => network.kind() === address.kind() && address.match(network, length),
    );
  }
}

function isGlobal(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' || address.match(...GLOBAL_IPV6);
}

async function resolveBoth(hostname: string): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: DNS_TRIES });
  const answers = await Promise.allSettled([
    resolver.resolve4(hostname),
    resolver.resolve6(hostname),
  ]);
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
}
