// A managed Redis refuses CONFIG and flushes each second: a worker starts with the setting that says so, and without it ends with one clear line.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startPrivateRedis, type PrivateRedis } from '../faults/private-redis.js';
import { startRedisProxy, type Command, type RedisProxy } from '../support/redis-proxy.js';
import { runToEnd, serviceEnvironment, startService } from '../support/service.js';
import { openStage } from './stage.js';

const REFUSAL = "return redis.error_reply('ERR illegal command CONFIG for this account')";

let redis: PrivateRedis;
let proxy: RedisProxy;
let env: Readonly<Record<string, string>>;
beforeAll(async () => {
  redis = await startPrivateRedis(['--appendfsync', 'everysec']);
  proxy = await startRedisProxy(redis.port, refuseConfig);
  const where = { redisUrl: proxy.url, prefix: redis.prefix, upstreamUrl: 'http://127.0.0.1:9' };
  env = { ...serviceEnvironment(where), NODE_ENV: 'production' };
});
afterAll(async () => {
  await proxy?.close();
  await redis?.close();
});

const refuseConfig = (command: Command): Command =>
  command[0]?.toLowerCase() === 'config' ? ['EVAL', REFUSAL, '0'] : command;

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly why?: string;
  readonly notChecked?: readonly string[];
}

const linesOf = (output: string): readonly Line[] =>
  output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

it('without the setting a worker ends with one line that names it and what to set', async () => {
  const { exitCode, output } = await runToEnd({ ...env, ROLE: 'worker' });
  expect(exitCode).toBe(1);
  const fatal = linesOf(output).filter(({ level }) => level === 60);
  expect(fatal.map(({ why }) => why)).toEqual([
    expect.stringMatching(/appendfsync.*unknown.*REDIS_DURABILITY=(everysec|replicated)/),
  ]);
});

it('without the setting readiness says why, also of a process that only serves HTTP', async () => {
  const service = await startService({ role: 'api', env });
  const answer = await service.request.get('/health/ready').expect(503);
  expect(answer.text).toMatch(/REDIS_DURABILITY=everysec/);
  expect(await service.stop()).toBe(0);
});

it('with everysec it starts, says what was not checked, and no call leaves before the flush of its second', async () => {
  const stage = await openStage({
    pairs: { one: {}, two: {} },
    own: { redis: redis.redis, prefix: `${redis.prefix}:started`, url: proxy.url },
    env: { NODE_ENV: 'production', REDIS_DURABILITY: 'everysec' },
  });
  try {
    await stage.service.request.get('/health/ready').expect(200);
    const told = linesOf(stage.service.logs()).flatMap(({ notChecked }) => notChecked ?? []);
    expect(told).toEqual(['appendfsync', 'no-appendfsync-on-rewrite']);
    const made = await Promise.all(['one', 'two'].map((pair) => stage.migrate(pair)));
    for (const [index, { id }] of made.entries()) {
      const { submittedAt } = await stage.succeeds(id, 30_000);
      const [call] = stage.upstream.submissions(['one', 'two'][index] ?? '');
      const second = (time: string | null | undefined): number =>
        Math.floor(Date.parse(time ?? '') / 1_000);
      expect(second(call?.at)).toBeGreaterThan(second(submittedAt));
    }
  } finally {
    await stage.close();
  }
}, 60_000);
