// Where a request comes from is nothing that it could say itself; a bad key there harms no good one.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.js';
import { sourceReader } from '../../src/http/source-address.js';
import { NOW, send, startHttp, type HttpUnderTest } from './http-app.js';

const PROXIES = ['10.0.0.0/8', '127.0.0.0/8', 'fd00::/8'];

/** What is read of a connection from here with this header. */
function sourceBehind(proxies: readonly string[], remoteAddress: string, header?: string): string {
  const headers = header === undefined ? {} : { 'x-forwarded-for': header };
  return sourceReader(proxies)({ socket: { remoteAddress }, headers });
}

test.each([
  ['10.0.0.1', '203.0.113.7', '203.0.113.7'],
  ['10.0.0.1', '6.6.6.6, 203.0.113.7', '203.0.113.7'],
  ['10.0.0.1', '6.6.6.6, 203.0.113.7, 10.1.1.1,10.2.2.2', '203.0.113.7'],
  ['::ffff:10.0.0.1', '::ffff:203.0.113.7', '203.0.113.7'],
  ['fd00::1', '2001:DB8:0:0::9', '2001:db8::9'],
  ['fd00::1%eth0', '[2001:db8::9]:443', '2001:db8::9'],
  ['10.0.0.1', '203.0.113.7:54321', '203.0.113.7'],
  // All of them trusted: the furthest one.
  ['10.0.0.1', '10.3.3.3, 10.2.2.2', '10.3.3.3'],
  // Who is no proxy of ours says what he likes.
  ['203.0.113.9', '6.6.6.6', '203.0.113.9'],
  ['203.0.113.9', '10.0.0.1', '203.0.113.9'],
])('from %s, "%s" says that it is %s', (remote, header, source) => {
  expect(sourceBehind(PROXIES, remote, header)).toBe(source);
});

test('without trusted proxies the header is not read', () => {
  expect(sourceBehind([], '127.0.0.1', '6.6.6.6')).toBe('127.0.0.1');
  expect(sourceBehind([], '::ffff:10.0.0.1')).toBe('10.0.0.1');
  expect(sourceReader([])({ socket: {}, headers: {} })).toBe('unknown');
});

test.each([
  ...['', ',', ',,,', 'unknown', '_hidden', '203.0.113', '999.1.1.1', '1.2.3.4:99999999'],
  ...['[::1', '::1]', '%', '10.0.0.1\u0000', '<script>', 'x'.repeat(15_000), ','.repeat(15_000)],
])('what is no address ends the reading at the proxy that said it: %j', (header) => {
  expect(sourceBehind(PROXIES, '10.0.0.1', header)).toBe('10.0.0.1');
  expect(sourceBehind(PROXIES, '10.0.0.1', `${header},10.7.7.7`)).toBe('10.7.7.7');
});

test('a list of thousands is read from its end, and no further than a chain of proxies goes', () => {
  const strangers = Array.from({ length: 5_000 }, () => '6.6.6.6').join(',');
  expect(sourceBehind(PROXIES, '10.0.0.1', `${strangers},203.0.113.7`)).toBe('203.0.113.7');
  const ours = Array.from({ length: 5_000 }, (_, n) => `10.0.${n >> 8}.${n & 255}`).join(',');
  expect(sourceBehind(PROXIES, '10.0.0.1', ours)).toMatch(/^10\./);
});

describe('TRUST_PROXY', () => {
  const right = { MASTER_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}` };
  const read = (text: string) => readConfig({ ...right, TRUST_PROXY: text }).trustedProxies;

  test('is a comma list of networks, none by default', () => {
    expect(read('')).toEqual([]);
    expect(read('10.0.0.0/8, fd00::/8,192.0.2.1/32')).toEqual([
      ...['10.0.0.0/8', 'fd00::/8', '192.0.2.1/32'],
    ]);
  });

  test.each(['10.0.0.1', 'true', '10.0.0.0/33', 'fd00::/129', '0.0.0.0/0', '::/0', 'loopback'])(
    'set to %s stops the start with a line that names it',
    (text) => expect(() => read(text)).toThrow(/^TRUST_PROXY must [^\n]+$/),
  );

  test.each(['::ffff:10.0.0.0/104', '::FFFF:a00:0/104'])(
    'does not take %s for an IPv4 network',
    (text) => expect(() => read(text)).toThrow(/^TRUST_PROXY must [^\n]+$/),
  );
});

describe('with failures from an address', () => {
  let http: HttpUnderTest;
  beforeAll(async () => {
    http = await startHttp();
  });
  afterAll(async () => {
    await http.app.close();
  });

  test('a key that this process has never seen is let in from there, whenever it was made', async () => {
    const make = async (id: string): Promise<string> => {
      const outcome = await http.apiKeys.create(
        {
          ...{ id: `key_${id.repeat(26)}`, name: 'reader', tenant: 'acme', expiresAt: null },
          ...{ scopes: ['migrations:read'], instancePatterns: null, createdAt: NOW },
        },
        null,
      );
      if (outcome.kind === 'key_reused') throw new Error(outcome.kind);
      return outcome.key.open();
    };
    const statusOf = async (key: string): Promise<number> =>
      (await send(http, 'GET', '/v1/migrations', { key })).statusCode;
    const before = await make('1');
    const bad = `rdsi_${'0'.repeat(26)}_${'A'.repeat(43)}`;
    const refused = [];
    for (let count = 0; count < 35; count += 1) refused.push(await statusOf(bad));
    expect(refused.slice(28)).toEqual([401, 401, 429, 429, 429, 429, 429]);
    const after = await make('2');
    expect([await statusOf(before), await statusOf(after)]).toEqual([200, 200]);
    expect(await statusOf(`${after.slice(0, -2)}00`)).toBe(429);
  });
});
