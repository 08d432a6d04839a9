// Looks at migrations that wait for a busy instance take no calls from those whose instances are ready.
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  URGENCIES,
  type Account,
  type SessionOutcome,
  type Urgency,
} from '../../src/use-cases/ports-upstream.js';
import { QuotaWorld } from '../adapters/quota-world.js';
import { Counting } from '../support/crash.js';
import { MemoryUpstream } from '../support/memory-upstream.js';
import { World } from '../support/memory-world.js';
import { testRedis, type TestRedis } from '../support/redis.js';

const QPS = 12;
const WAITING = 80;

let redis: TestRedis;
beforeAll(async () => {
  redis = await testRedis();
});
afterAll(() => redis.close());

interface Turn {
  readonly id: string;
  readonly urgency: Urgency;
  readonly calls: number;
}

/** Opens sessions at the pace of the real quota, by the clock of the world. */
class PacedUpstream extends MemoryUpstream {
  readonly turns: Turn[] = [];

  constructor(
    private readonly world: World,
    private readonly quota: QuotaWorld,
  ) {
    super(world.cloud);
  }

  override async open(
    who?: Account,
    calls = 0,
    urgency: Urgency = 'submission',
  ): Promise<SessionOutcome> {
    const turn = { id: who?.id ?? '', urgency, calls };
    this.quota.nowMs = this.world.clock.now();
    const answer = await this.quota.ask(turn);
    if (!answer.granted) return { kind: 'wait', untilMs: Math.ceil(answer.retryAtMs) };
    this.turns.push(turn);
    return super.open();
  }
}

it('a newcomer is submitted after its own calls and few others, though hundreds wait for busy instances', async () => {
  const world = new World();
  const { cloud, clock } = world;
  const quota = new QuotaWorld(redis.redis, { prefix: redis.prefix, scope: 'cn-test:polls' }, QPS);
  const upstream = new PacedUpstream(world, quota);
  const process = world.boot(new Counting(), upstream);
  for (let index = 0; index < WAITING; index += 1) {
    const [source, target] = [`rm-busy${index}`, `rm-target${index}`];
    await process.accept(world.request({ sourceInstanceId: source, targetInstanceId: target }));
    cloud.busy.add(source);
  }
  const waiting = world.migrations.map(({ id }) => id);
  // Until every one of them was looked at several times.
  await process.work(5 * 60_000);
  expect(world.migrations.map(({ status }) => status)).toEqual(waiting.map(() => 'checking'));
  const polls = upstream.turns.length;
  await process.work(60_000);
  // Of what waits each look is one call, and none of it is as urgent as a submission.
  const later = upstream.turns.slice(polls);
  expect(later.length).toBeGreaterThan(WAITING / 2);
  expect(new Set(later.map(({ calls, urgency }) => `${urgency} ${calls}`))).toEqual(
    new Set(['background 1']),
  );

  const before = upstream.turns.length;
  const acceptedAt = clock.now();
  const id = await process.accept(world.request({ priority: 100 }));
  while (world.redis.records.get(id)?.submittedAt === null) {
    await process.work(100);
    clock.moveBy(100);
  }
  const others = upstream.turns.slice(before).filter((turn) => turn.id !== id);
  const taken = others.reduce((sum, { calls }) => sum + calls, 0);
  console.info(`${taken} calls of others, ${clock.now() - acceptedAt} ms`);
  expect(taken).toBeLessThan(2 * 8 * URGENCIES.length);
  expect(cloud.requests.some((nonce) => nonce.startsWith(`${id}/`))).toBe(true);
}, 240_000);
