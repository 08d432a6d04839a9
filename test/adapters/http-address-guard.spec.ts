// No webhook reaches an address that is not of the public internet, in whatever notation, name or translation it comes.
import { describe, expect, test } from 'vitest';
import { AddressGuard } from '../../src/adapters/http-address-guard.js';
import { HttpWebhookSender } from '../../src/adapters/http-webhook-sender.js';
import { readUrl } from '../../src/domain/webhook-url.js';
import { Secret } from '../../src/use-cases/ports-credentials.js';

const GOOD = '93.184.215.14';

/** Names of the tests' zone; every other name has no address. */
const ZONE: Readonly<Record<string, readonly string[]>> = {
  'good.test': [GOOD, '2606:2800:21f:cb07:6820:80da:af6b:8b2c'],
  'mixed.test': [GOOD, '10.0.0.1'],
  'mapped.test': ['::ffff:10.0.0.1'],
  'nat64.test': ['64:ff9b::a00:1'],
  'metadata.test': ['100.100.100.200'],
  'loop.test': ['127.0.0.1'],
  'loop6.test': ['::1'],
  'zone.test': ['fe80::1%eth0'],
  'empty.test': [],
};

async function resolve(name: string): Promise<readonly string[]> {
  const addresses = ZONE[name];
  if (addresses === undefined) throw new Error('ENOTFOUND');
  return addresses;
}

const guard = new AddressGuard([], resolve);
const sender = new HttpWebhookSender(guard, 2_000);

const REFUSED: readonly (readonly [host: string, why: string])[] = [
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback, its far end'],
  ['127.1', 'loopback, short'],
  ['2130706433', 'loopback as one number'],
  ['0x7f000001', 'loopback in hex'],
  ['0x7f.0.0.1', 'loopback, partly hex'],
  ['0177.0.0.1', 'loopback in octal'],
  ['017700000001', 'loopback as one octal number'],
  ['127.0.0.1.', 'loopback with a dot at its end'],
  ['0.0.0.0', 'this host'],
  ['0', 'this host, short'],
  ['0.1.2.3', 'this network'],
  ['10.0.0.1', 'private'],
  ['10.255.255.255', 'private, its far end'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private, its far end'],
  ['192.168.1.1', 'private'],
  ['169.254.169.254', 'metadata of most clouds'],
  ['2852039166', 'metadata as one number'],
  ['0xa9.0xfe.0xa9.0xfe', 'metadata in hex'],
  ['100.100.100.200', 'metadata of Alibaba Cloud'],
  ['0x64646464', 'a neighbour of it in hex'],
  ['100.64.0.1', 'carrier-grade NAT'],
  ['100.127.255.254', 'carrier-grade NAT, its far end'],
  ['192.0.0.1', 'protocol assignments'],
  ['192.0.2.1', 'documentation'],
  ['198.51.100.1', 'documentation'],
  ['203.0.113.1', 'documentation'],
  ['198.18.0.1', 'benchmarks'],
  ['198.19.255.255', 'benchmarks, their far end'],
  ['192.88.99.1', '6to4 relays'],
  ['224.0.0.1', 'multicast'],
  ['239.255.255.255', 'multicast, its far end'],
  ['240.0.0.1', 'reserved'],
  ['255.255.255.255', 'broadcast'],
  ['[::]', 'unspecified'],
  ['[::1]', 'loopback'],
  ['[0:0:0:0:0:0:0:1]', 'loopback in full'],
  ['[::ffff:127.0.0.1]', 'loopback, mapped'],
  ['[::ffff:7f00:1]', 'loopback, mapped, in hex'],
  ['[::ffff:8.8.8.8]', 'mapped, even of a public one'],
  ['[::ffff:100.100.100.200]', 'metadata, mapped'],
  ['[::127.0.0.1]', 'loopback, compatible'],
  ['[::a00:1]', 'private, compatible'],
  ['[::ffff:0:127.0.0.1]', 'loopback, translated by RFC 2765'],
  ['[64:ff9b::7f00:1]', 'loopback through NAT64'],
  ['[64:ff9b::100.100.100.200]', 'metadata through NAT64'],
  ['[64:ff9b:1::a00:1]', 'private through a local NAT64'],
  ['[2002:7f00:1::]', 'loopback through 6to4'],
  ['[2002:6464:64c8::1]', 'metadata through 6to4'],
  ['[2001:0:4136:e378:8000:63bf:3fff:fdd2]', 'Teredo'],
  ['[fc00::1]', 'unique local'],
  ['[fd12:3456:789a::1]', 'unique local'],
  ['[fe80::1]', 'link-local'],
  ['[febf::1]', 'link-local, its far end'],
  ['[fec0::1]', 'site-local'],
  ['[ff02::1]', 'multicast'],
  ['[100::1]', 'discarded'],
  ['[2001:db8::1]', 'documentation'],
  ['[3fff::1]', 'documentation'],
  ['[2001:2::1]', 'benchmarks'],
  ['[2001:10::1]', 'ORCHID'],
  ['[5f00::1]', 'segment routing'],
  ['[4000::1]', 'not given to anybody'],
  ['[::2]', 'not given to anybody'],
  ['localhost', 'this machine'],
  ['LOCALHOST.', 'this machine, with a dot'],
  ['api.localhost', 'this machine, by RFC 6761'],
  ['loop.test', 'a name of loopback'],
  ['loop.test.', 'the same with a dot'],
  ['loop6.test', 'a name of loopback in IPv6'],
  ['mixed.test', 'a name of a good and a private one'],
  ['mapped.test', 'a name of a mapped one'],
  ['nat64.test', 'a name of a translated one'],
  ['metadata.test', 'a name of the metadata service'],
  ['zone.test', 'a name of one with a zone'],
];

/** As a webhook would store it. */
function hrefOf(host: string): string {
  const reading = readUrl(`http://${host}:8080/hook`);
  if (reading.kind === 'fault') throw new Error(reading.message);
  return reading.href;
}

describe.each(REFUSED)('%s (%s)', (host) => {
  test('is refused when a webhook is registered, and again when it is sent to', async () => {
    const url = hrefOf(host);
    expect(await sender.refusal(url)).toBe(
      'The host is, or resolves to, an address that webhooks may not reach',
    );
    const secrets = [new Secret(`whsec_${Buffer.alloc(32, 1).toString('base64')}`)];
    const request = { url, eventId: 'evt_1', body: '{}', atMs: 0, secrets };
    expect(await sender.send(request)).toEqual({ kind: 'unsent', error: 'address_refused' });
  });
});

test.each([
  '8.8.8.8',
  '100.63.255.255',
  '100.128.0.1',
  '172.32.0.1',
  '[2606:4700::1]',
  'good.test',
])('%s may be called', async (host) => {
  expect(await sender.refusal(hrefOf(host))).toBeNull();
});

test.each(['nowhere.test', 'empty.test'])('%s has no address', async (host) => {
  expect(await sender.refusal(hrefOf(host))).toBe('The host cannot be resolved');
});

describe('a network that the operator allows', () => {
  const open = new AddressGuard(['10.20.0.0/16', 'fd00:1::/32'], resolve);

  test('may be called, and nothing beside it', () => {
    expect(open.mayReach('10.20.255.1')).toBe(true);
    expect(open.mayReach('fd00:1:2::3')).toBe(true);
    for (const other of ['10.21.0.1', 'fd00:2::1', '::ffff:10.20.0.1', '127.0.0.1']) {
      expect([other, open.mayReach(other)]).toEqual([other, false]);
    }
  });
});

test.each(['', 'good.test', '8.8.8.8%eth0', 'fe80::1%lo', '2606:4700::1%1', '[::1]'])(
  'the text %j is no address to connect to',
  (text) => {
    expect(guard.mayReach(text)).toBe(false);
  },
);
