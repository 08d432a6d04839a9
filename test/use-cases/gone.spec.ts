// A read that upstream no longer offers burns no more than one migration either.
import { expect, test } from 'vitest';
import { World } from '../support/memory-world.js';

test('when the reads before a submission are gone one migration fails, and the others wait', async () => {
  const world = new World();
  const process = world.boot();
  world.cloud.readFault = 'gone';
  for (const name of ['a', 'b', 'c']) {
    const instances = { sourceInstanceId: `rm-${name}1`, targetInstanceId: `rm-${name}2` };
    await process.accept(world.request(instances));
  }
  await process.work(10 * 60_000);
  const statuses = world.migrations.map(({ status }) => status);
  expect(statuses.toSorted()).toEqual(['failed', 'queued', 'queued']);
  expect(world.cloud.accepted).toEqual([]);
  expect(world.redis.leases.size).toBe(0);

  world.cloud.readFault = null;
  await world.breakers.close('acme', 'cred_1');
  await process.work(60 * 60_000);
  expect(world.cloud.accepted).toHaveLength(2);
});
