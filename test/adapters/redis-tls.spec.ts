// With rediss:// every connection proves whom it speaks to, in every mode; what proves nothing is refused at once.
import assert from 'node:assert/strict';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectState, untilReady, type RedisClient } from '../../src/adapters/redis-connection.js';
import { readConfig, type Config } from '../../src/config.js';
import { eventually } from '../support/eventually.js';
import { startTlsRedis, type TlsRedis } from '../support/tls-redis.js';

const NAME = 'the-master';
const PASSWORD = 'canary-of-redis';
let server: TlsRedis;
const urls: Record<Config['redisMode'], string> = { single: '', cluster: '', sentinel: '' };
beforeAll(async () => {
  server = await startTlsRedis();
  const account = ['on', `>${PASSWORD}`, '~*', '&*', '+@all'] as const;
  const secure = (port: number): string => `rediss://app:${PASSWORD}@127.0.0.1:${port}`;
  await server.admin.acl('SETUSER', 'app', ...account);
  urls.single = secure(server.port);

  const itself = ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'];
  const cluster = await server.more([...itself, '--tls-cluster', 'yes']);
  await cluster.redis.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
  await cluster.redis.acl('SETUSER', 'app', ...account);
  await eventually(async () => {
    assert.match(await cluster.redis.cluster('INFO'), /cluster_state:ok/);
  });
  urls.cluster = secure(cluster.port);

  const watched = `sentinel monitor ${NAME} 127.0.0.1 ${server.port} 1\n`;
  const sentinel = await server.more(['--sentinel', '--tls-replication', 'yes'], watched);
  urls.sentinel = secure(sentinel.port);
});
afterAll(() => server?.close());

const clients: RedisClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.disconnect();
});

async function ready(
  mode: Config['redisMode'],
  url: string,
  caFile?: string,
): Promise<RedisClient> {
  const config = readConfig({
    ...{ REDIS_MODE: mode, REDIS_URL: url, REDIS_SENTINEL_NAME: NAME },
    ...(caFile !== undefined && { REDIS_CA_FILE: caFile }),
    MASTER_KEYS: `k1:${Buffer.alloc(32).toString('base64')}`,
  });
  const redis = connectState(config);
  clients.push(redis);
  redis.on('error', () => {});
  await untilReady(redis, 5_000);
  return redis;
}

const MODES = ['single', 'cluster', 'sentinel'] as const;

describe.each(MODES)('%s', (mode) => {
  it('works with the right authority, as the account of the URL', async () => {
    const redis = await ready(mode, urls[mode], server.caFile);
    expect(await redis.call('ACL', 'WHOAMI')).toBe('app');
    expect(await redis.set('{x}', 'y')).toBe('OK');
  });

  it.each([
    ['another authority', () => server.otherCaFile],
    ['the authorities Node knows', () => undefined],
  ])('is refused with %s, in words', async (_what, caFile) => {
    const failure = await ready(mode, urls[mode], caFile()).catch((error: unknown) => error);
    expect(String(failure)).toMatch(/^Error: Redis cannot be used: .*certificate/);
    expect(String(failure)).not.toContain(PASSWORD);
  });

  it('is refused although NODE_TLS_REJECT_UNAUTHORIZED=0', async () => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      await expect(ready(mode, urls[mode], server.otherCaFile)).rejects.toThrow('certificate');
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
  });
});

describe.each(['single', 'cluster'] as const)(
  'an account that Redis does not let in, %s',
  (mode) => {
    it.each([
      ['unknown', 'nobody'],
      ['of another password', 'app'],
    ])('%s', async (_what, user) => {
      const url = urls[mode].replace(`app:${PASSWORD}`, `${user}:wrong-${PASSWORD}`);
      const failure = await ready(mode, url, server.caFile).catch((error: unknown) => error);
      expect(String(failure)).toMatch(/^Error: Redis cannot be used: WRONGPASS /);
      expect(String(failure)).not.toContain(PASSWORD);
    });
  },
);

describe('settings', () => {
  const read = (env: Record<string, string>) =>
    readConfig({ MASTER_KEYS: `k1:${Buffer.alloc(32).toString('base64')}`, ...env });

  it.each([
    ['a file that is not there', 'rediss://h', '/nowhere/ca.pem', /^REDIS_CA_FILE must name/],
    ['a file without a certificate', 'rediss://h', 'package.json', /^REDIS_CA_FILE must name/],
  ])('%s stops the start', (_what, url, file, line) => {
    expect(() => read({ REDIS_URL: url, REDIS_CA_FILE: file })).toThrow(line);
  });

  it('an authority without TLS stops the start: it would check nothing', () => {
    const env = { REDIS_URL: 'redis://h', REDIS_CA_FILE: server.caFile };
    expect(() => read(env)).toThrow(/^REDIS_CA_FILE is only for REDIS_URL=rediss:/);
  });

  it('nodes of which some speak TLS and some do not stop the start', () => {
    const env = { REDIS_URL: 'rediss://a,redis://b', REDIS_MODE: 'cluster' };
    expect(() => read(env)).toThrow(/^REDIS_URL must not mix/);
  });
});
