// It starts with settings that are right, and otherwise says in one line each which ones are wrong.
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  runToEnd,
  serviceEnvironment,
  startService,
  type Environment,
} from '../support/service.js';
import { testRedis, type TestRedis } from '../support/redis.js';

let place: TestRedis;
let right: Environment;
beforeAll(async () => {
  place = await testRedis();
  right = serviceEnvironment({
    redisUrl: process.env['REDIS_URL'] ?? '',
    prefix: place.prefix,
    upstreamUrl: 'http://127.0.0.1:9',
  });
});
afterAll(() => place?.close());

it('does not start without master keys, and names the variable', async () => {
  const { MASTER_KEYS: _, ...env } = right;
  const { exitCode, output } = await runToEnd(env);
  expect(exitCode).toBe(1);
  expect(output.trim().split('\n')).toEqual([expect.stringMatching(/^MASTER_KEYS /)]);
});

it('names every wrong setting in a line of its own, and shows the value of none', async () => {
  const wrong = {
    PORT: 'port-canary',
    ROLE: 'role-canary',
    REDIS_URL: 'http://user:redis-canary@127.0.0.1',
    REDIS_KEY_PREFIX: 'prefix canary',
    MASTER_KEYS: 'k1:master-canary',
    BOOTSTRAP_ADMIN_KEY: 'admin-canary',
    RDS_ENDPOINT: 'ftp://endpoint-canary',
    TRACK_INTERVAL_MS: '-1',
    UNKNOWN_POLICY: 'policy-canary',
    LOG_LEVEL: 'level-canary',
  };
  const { exitCode, output } = await runToEnd({ ...right, ...wrong });
  expect(exitCode).toBe(1);
  const named = output
    .trim()
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '');
  expect(named.toSorted()).toEqual(Object.keys(wrong).toSorted());
  expect(output).not.toContain('canary');
});

it('is ready once it says so, and ends with 0 when asked to', async () => {
  const service = await startService({ env: right });
  await service.request.get('/health/ready').expect(200);
  expect(await service.stop()).toBe(0);
});
