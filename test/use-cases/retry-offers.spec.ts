// `retry` is offered exactly where it would be taken.
import { expect, test } from 'vitest';
import { Counting } from '../support/crash.js';
import { CALLER, TENANT, World, type Process } from '../support/memory-world.js';

const HOUR_MS = 3_600_000;

interface Stage {
  readonly world: World;
  readonly process: Process;
  readonly id: string;
}

async function failed(): Promise<Stage> {
  const world = new World({ cloud: { succeeds: false } });
  const process = world.boot();
  const id = await process.accept(world.request());
  await process.work(HOUR_MS);
  expect(world.redis.records.get(id)?.status).toBe('failed');
  return { world, process, id };
}

async function offers({ process, id }: Stage): Promise<readonly string[]> {
  return (await process.reading.find(TENANT, id)).allowedActions;
}

test('not while the same migration is under way; the answer names that one', async () => {
  const on = await failed();
  expect(await offers(on)).toEqual(['retry']);
  const again = await on.process.accept(on.world.request());
  expect(await offers(on)).toEqual([]);
  await expect(on.process.steering.retry(CALLER, on.id)).rejects.toMatchObject({
    code: 'duplicate_active',
    more: { conflictsWith: `/v1/migrations/${again}` },
  });
  await on.process.work(HOUR_MS);
  expect(await offers(on)).toEqual(['retry']);
});

test('not once its credential is gone', async () => {
  const on = await failed();
  on.world.redis.credentials.clear();
  expect(await offers(on)).toEqual([]);
  await expect(on.process.steering.retry(CALLER, on.id)).rejects.toMatchObject({
    code: 'credential_gone',
  });
});

test('of a page all are asked about at once', async () => {
  const world = new World();
  const tap = new Counting();
  const process = world.boot(tap);
  const pair = (n: number) =>
    world.request({ sourceInstanceId: `rm-s${n}`, targetInstanceId: `rm-t${n}` });
  for (let n = 0; n < 50; n += 1) {
    await process.steering.cancel(CALLER, await process.accept(pair(n)));
  }
  const before = tap.calls.length;
  const page = await process.reading.list({
    ...{ tenant: TENANT, statuses: [], instanceId: null, batchId: null, label: null, limit: 50 },
    ...{ createdAfter: null, createdBefore: null, afterId: null },
  });
  expect(page.items.map(({ allowedActions }) => allowedActions.join())).toEqual(
    Array(50).fill('retry'),
  );
  const asked = tap.calls.slice(before).filter((name) => name === 'retryRefusals');
  expect(asked).toHaveLength(1);
});
