// However many processes and looks ask at once, one listing serves them all, and a failing one is not tried in a row.
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisSurveys, type List, type Listed } from '../../src/adapters/redis-surveys.js';
import { keysOf, testRedis, type TestRedis } from '../support/redis.js';

const MAX_AGE_MS = 60_000;

let world: TestRedis;
let second: Redis;
let topics = 0;

beforeAll(async () => {
  world = await testRedis();
  second = world.redis.duplicate();
});

afterAll(async () => {
  await second.quit();
  await world.close();
});

const freshTopic = (): string => `cn-test:${(topics += 1)}:Importing`;

/** A process: its clock may be off by this much. */
function aProcess(redis: Redis = world.redis, offsetMs = 0): RedisSurveys {
  return new RedisSurveys(redis, { now: () => Date.now() + offsetMs }, world.prefix);
}

/** A listing with this outcome, and what each that began was told. */
function aListing(outcome: Listed): { list: List; begun: number[] } {
  const begun: number[] = [];
  return {
    begun,
    list: async (lastCount) => {
      begun.push(lastCount);
      return outcome;
    },
  };
}

const never: List = () => Promise.reject(new Error('nobody else may list'));

const shows = async (surveys: RedisSurveys, topic: string): Promise<readonly string[] | null> => {
  const survey = await surveys.survey(topic, MAX_AGE_MS, never);
  return survey === null ? null : [...survey.instanceIds];
};

/** As if the survey had been made that much earlier, and the turn were long over. */
async function age(topic: string, byMs: number): Promise<void> {
  const key = `${world.prefix}:survey:${topic}`;
  await world.redis.hincrby(key, 'at', -byMs);
  await world.redis.del(`${key}:turn`);
}

describe('one listing', () => {
  it('serves all looks of a process that ask while it is under way', async () => {
    const surveys = aProcess();
    const topic = freshTopic();
    const { list, begun } = aListing(['rm-1', 'rm-2']);
    const asked = Array.from({ length: 16 }, () => surveys.survey(topic, MAX_AGE_MS, list));
    const found = await Promise.all(asked);
    expect(begun).toEqual([0]);
    expect(found.map((survey) => survey?.instanceIds.size)).toEqual(asked.map(() => 2));
  });

  it('serves every process, dated by when it began, also where clocks disagree', async () => {
    const topic = freshTopic();
    const before = Date.now();
    const made = await aProcess().survey(topic, MAX_AGE_MS, async () => ['rm-1']);
    expect(made?.atMs).toBeGreaterThanOrEqual(before);
    const hourMs = 3_600_000;
    const ahead = await aProcess(second, hourMs).survey(topic, MAX_AGE_MS, never);
    expect([...(ahead?.instanceIds ?? [])]).toEqual(['rm-1']);
    expect((ahead?.atMs ?? 0) - hourMs).toBeLessThanOrEqual(Date.now());
    expect((ahead?.atMs ?? 0) - hourMs).toBeGreaterThanOrEqual(before - 1_000);
  });

  it('is made by one process at a time; the others look one by one while there is none', async () => {
    const topic = freshTopic();
    await aProcess().survey(topic, MAX_AGE_MS, async () => {
      expect(await shows(aProcess(second), topic)).toBeNull();
      return ['rm-1'];
    });
    expect(await shows(aProcess(second), topic)).toEqual(['rm-1']);
  });

  it('is renewed from half of its age on, by one; the others use the old one meanwhile', async () => {
    const topic = freshTopic();
    await aProcess().survey(topic, MAX_AGE_MS, async () => ['rm-1', 'rm-2']);
    await age(topic, MAX_AGE_MS / 2 + 1);
    const renewed = await aProcess().survey(topic, MAX_AGE_MS, async (lastCount) => {
      expect(lastCount).toBe(2);
      expect(await shows(aProcess(second), topic)).toEqual(['rm-1', 'rm-2']);
      return ['rm-3'];
    });
    expect([...(renewed?.instanceIds ?? [])]).toEqual(['rm-3']);
    expect(await shows(aProcess(second), topic)).toEqual(['rm-3']);
  });

  it('is never used beyond its age, and still tells how much there was', async () => {
    const topic = freshTopic();
    await aProcess().survey(topic, MAX_AGE_MS, async () => ['rm-1']);
    await age(topic, MAX_AGE_MS + 1);
    const { list, begun } = aListing('failed');
    expect(await aProcess().survey(topic, MAX_AGE_MS, list)).toBeNull();
    expect(begun).toEqual([1]);
  });

  it('from the future, by a Redis whose clock was set back, is not used and is replaced', async () => {
    const topic = freshTopic();
    await aProcess().survey(topic, MAX_AGE_MS, async () => ['rm-1']);
    await age(topic, -MAX_AGE_MS);
    const fresh = await aProcess().survey(topic, MAX_AGE_MS, async () => ['rm-2']);
    expect([...(fresh?.instanceIds ?? [])]).toEqual(['rm-2']);
    expect(await shows(aProcess(second), topic)).toEqual(['rm-2']);
  });

  it('that finds nothing is a survey too', async () => {
    const topic = freshTopic();
    await aProcess().survey(topic, MAX_AGE_MS, async () => []);
    expect(await shows(aProcess(second), topic)).toEqual([]);
  });

  it('of one topic says nothing of another', async () => {
    await aProcess().survey(freshTopic(), MAX_AGE_MS, async () => ['rm-1']);
    const other = await aProcess().survey(freshTopic(), MAX_AGE_MS, async () => ['rm-2']);
    expect([...(other?.instanceIds ?? [])]).toEqual(['rm-2']);
  });
});

describe('a listing that could not be made', () => {
  it.each([
    ['fails', async (): Promise<Listed> => 'failed'],
    ['throws', (): Promise<Listed> => Promise.reject(new Error('Redis is away'))],
  ])('because it %s is null and is not tried again at once, by nobody', async (_, list) => {
    const topic = freshTopic();
    const surveys = aProcess();
    expect(await surveys.survey(topic, MAX_AGE_MS, list)).toBeNull();
    const { list: again, begun } = aListing(['rm-1']);
    expect(await surveys.survey(topic, MAX_AGE_MS, again)).toBeNull();
    expect(await aProcess(second).survey(topic, MAX_AGE_MS, again)).toBeNull();
    expect(begun).toEqual([]);
    const rest = await world.redis.pttl(`${world.prefix}:survey:${topic}:turn`);
    expect(rest).toBeGreaterThan(MAX_AGE_MS / 2 - 5_000);
    expect(rest).toBeLessThanOrEqual(MAX_AGE_MS / 2);
  });

  it('for want of room is tried by the next who asks', async () => {
    const topic = freshTopic();
    expect(await aProcess().survey(topic, MAX_AGE_MS, async () => 'no_room')).toBeNull();
    const found = await aProcess(second).survey(topic, MAX_AGE_MS, async () => ['rm-1']);
    expect([...(found?.instanceIds ?? [])]).toEqual(['rm-1']);
  });

  it('leaves the last one in use while that is young enough', async () => {
    const topic = freshTopic();
    await aProcess().survey(topic, MAX_AGE_MS, async () => ['rm-1']);
    await age(topic, MAX_AGE_MS / 2 + 1);
    const kept = await aProcess().survey(topic, MAX_AGE_MS, async () => 'failed');
    expect([...(kept?.instanceIds ?? [])]).toEqual(['rm-1']);
  });
});

it('never leaves a key behind that does not expire', async () => {
  await aProcess().survey(freshTopic(), MAX_AGE_MS, async () => ['rm-1']);
  const keys = (await keysOf(world.redis, world.prefix)).filter((key) => key.includes(':survey:'));
  const lives = await Promise.all(keys.map((key) => world.redis.pttl(key)));
  expect(Math.min(...lives)).toBeGreaterThan(0);
});
