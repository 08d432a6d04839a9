// An import that is not ours is never taken for ours, whether a person or another migration made it.
import { describe, expect, test } from 'vitest';
import { World } from '../support/memory-world.js';

const MINUTE_MS = 60_000;

/** Its instances are Running again; it lies inside the window in which ours is looked for. */
async function afterOneByHand(engine: 'MySQL' | 'SQLServer') {
  const world = new World({ cloud: { engine, importMs: 20_000 } });
  const process = world.boot();
  const request = world.request();
  const { sourceInstanceId, targetInstanceId } = request;
  const databases = [{ source: 'other', target: 'other' }];
  world.cloud.startOutside({ sourceInstanceId, targetInstanceId, engine, databases });
  world.clock.moveBy(30_000);
  const id = await process.accept(request);
  return { world, process, only: () => world.redis.records.get(id) };
}

describe.each(['MySQL', 'SQLServer'] as const)('%s', (engine) => {
  test('with the answer lost, our own import is told from the one made just before', async () => {
    const { world, process, only } = await afterOneByHand(engine);
    world.cloud.faults.push('reply_lost');
    await process.work(10 * MINUTE_MS);
    expect(only()).toMatchObject({ status: 'succeeded', importId: '1001' });
  });

  test('when ours was never started the one made just before is not adopted', async () => {
    const { world, process, only } = await afterOneByHand(engine);
    world.cloud.faults.push('error_before');
    await process.work(10 * MINUTE_MS);
    expect(only()).toMatchObject({ status: 'outcome_unknown', importId: null });
  });
});

test('two that can both be ours leave the outcome to a person', async () => {
  const world = new World({ cloud: { engine: 'MySQL', importMs: 20_000, visibleAfterMs: 60_000 } });
  const process = world.boot();
  const request = world.request();
  const id = await process.accept(request);
  world.cloud.faults.push('reply_lost');
  await process.work(0);
  world.clock.moveBy(25_000);
  const { sourceInstanceId, targetInstanceId, engine, databases } = request;
  world.cloud.startOutside({ sourceInstanceId, targetInstanceId, engine, databases });
  world.clock.moveBy(70_000);
  await process.work(10 * MINUTE_MS);
  expect(world.cloud.accepted).toHaveLength(2);
  expect(world.redis.records.get(id)).toMatchObject({ status: 'outcome_unknown', importId: null });
});

test('an import bound to another migration is not adopted after Redis has lost writes', async () => {
  const world = new World({ cloud: { engine: 'MySQL', importMs: 20_000 } });
  const process = world.boot();
  const first = await process.accept(world.request());
  const second = await process.accept(world.request({ sourceInstanceId: 'rm-other' }));
  await process.work(0);
  world.redis.counters = { ...world.redis.counters, intents: 0 };
  await process.work(120 * MINUTE_MS);
  expect(world.redis.records.get(first)).toMatchObject({ status: 'succeeded', importId: '1000' });
  expect(world.redis.records.get(second)).toMatchObject({ status: 'succeeded', importId: '1001' });
});
