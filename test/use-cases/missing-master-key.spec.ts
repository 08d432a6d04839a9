// A master key that is missing fails no migration that it comes back for, and holds none back for ever.
import { expect, test } from 'vitest';
import { MAX_BUSY_WAIT_MS } from '../../src/domain/policy.js';
import type { Tap } from '../support/crash.js';
import { World } from '../support/memory-world.js';

const DETAIL = 'the credential cannot be opened with the master keys at hand';

/** Upstream as it answers while the key of the credential is not configured. */
class KeyMissing implements Tap {
  isMissing = true;

  async call<T>(name: string, run: () => Promise<T>): Promise<T> {
    if (!this.isMissing || name !== 'open') return run();
    return { kind: 'no_credential', message: DETAIL, mayReturn: true } as T;
  }
}

async function heldBack() {
  const world = new World();
  const tap = new KeyMissing();
  const process = world.boot(tap);
  const id = await process.accept(world.request());
  await process.work(60_000);
  return { world, tap, process, id };
}

test('a migration whose credential cannot be opened waits, says for what, and goes on when it can', async () => {
  const { world, tap, process, id } = await heldBack();
  const waiting = await process.reading.find('acme', id);
  expect(waiting.migration.status).toBe('checking');
  expect(waiting.waitingFor).toMatchObject([{ kind: 'upstream_busy', detail: DETAIL }]);
  expect(world.cloud.requests).toEqual([]);
  tap.isMissing = false;
  await process.work(10 * 60_000);
  expect(world.redis.records.get(id)).toMatchObject({ status: 'succeeded', attempt: 1 });
});

test('a key that does not come back within the time a busy instance has fails it with that reason', async () => {
  const { world, process, id } = await heldBack();
  await process.work(2 * MAX_BUSY_WAIT_MS);
  expect(world.redis.records.get(id)).toMatchObject({
    status: 'failed',
    reason: { code: 'upstream_auth_failed', message: DETAIL },
  });
  expect(world.cloud.requests).toEqual([]);
  expect(world.redis.leases.size).toBe(0);
});
