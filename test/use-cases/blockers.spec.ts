// Who waits for an instance learns which migration holds it only where that is one of its own tenant.
import { expect, test } from 'vitest';
import { World } from '../support/memory-world.js';

test('a holder of another tenant is shown as null, one of the own by its id', async () => {
  const world = new World({ cloud: { importMs: 600_000 } });
  const process = world.boot();
  const holder = await process.accept(world.request());
  await process.work(10_000);
  const waiter = await process.accept(world.request({ targetInstanceId: 'rm-other' }));
  await process.work(10_000);
  const record = world.redis.records.get(holder);
  if (record === undefined) throw new Error('the holder is gone');
  const tenant = (await process.reading.find(record.tenant, waiter)).migration.tenant;
  const seen = async () => (await process.reading.find(tenant, waiter)).blockedBy;
  expect(await seen()).toEqual([{ instanceId: 'rm-source', migrationId: holder }]);
  world.redis.records.set(holder, { ...record, tenant: 'rival' });
  expect(await seen()).toEqual([{ instanceId: 'rm-source', migrationId: null }]);
  const listed = await process.reading.list({
    ...{ tenant, statuses: ['queued'], instanceId: null, batchId: null, label: null },
    ...{ createdAfter: null, createdBefore: null, limit: 10, afterId: null },
  });
  expect(JSON.stringify(listed.items)).not.toContain(holder);
});
