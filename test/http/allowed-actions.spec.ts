// allowedActions is what the routes accept: one table over every status, engine and gate of the batch.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ACTIONS, type Action } from '../../src/domain/allowed-actions.js';
import { GATES, NO_COUNTS, type Batch, type Gate } from '../../src/domain/batch.js';
import { ENGINES } from '../../src/domain/db-info.js';
import { holdsInstances, isEnded, STATUSES, type Migration } from '../../src/domain/migration.js';
import { aMigration } from '../support/memory-migrations.js';
import { NOW, send, startHttp, type HttpUnderTest } from './http-app.js';

let http: HttpUnderTest;
beforeAll(async () => {
  http = await startHttp();
});
afterAll(() => http.app.close());

const TABLE = STATUSES.flatMap((status) =>
  ENGINES.flatMap((engine) =>
    [null, ...GATES].flatMap((gate) =>
      // What has ended is never parked.
      (isEnded(status) ? [false] : [false, true]).map((isParked) => {
        const name = `${status} ${engine} ${gate}${isParked ? ' parked' : ''}`;
        return { status, engine, gate, isParked, name };
      }),
    ),
  ),
);

const BODIES: Readonly<Record<Action, string | undefined>> = {
  cancel: undefined,
  retry: undefined,
  resolve: JSON.stringify({ outcome: 'not_started' }),
  resume: undefined,
};

const batchOf = (id: string, gate: Gate): Batch => ({
  ...{ id, tenant: 'acme', requestId: 'req-1', name: null, window: null, maxConcurrent: null },
  ...{ onFailure: 'halt', total: 1, gate, version: 1, counts: NO_COUNTS, createdAt: NOW },
  finishedAt: null,
});

let made = 0;

async function put(one: (typeof TABLE)[number]): Promise<string> {
  const { status, engine, gate, isParked } = one;
  made += 1;
  const id = `mig_table${made}`;
  const batchId = gate === null ? null : `bat_table${made}`;
  if (gate !== null && batchId !== null) {
    const batch = batchOf(batchId, gate);
    await http.batches.accept({ batch, members: [], idempotency: null });
  }
  const { migration } = aMigration({ engine });
  const record: Migration = {
    ...migration,
    ...{ id, tenant: 'acme', batchId, status },
    parked: isParked ? { at: NOW, tries: 3, message: 'it failed', wakeAt: null } : null,
    fence: holdsInstances(status) ? 1 : null,
    finishedAt: isEnded(status) ? NOW : null,
    importId: status === 'importing' || status === 'canceling' ? String(7_000 + made) : null,
  };
  http.migrations.records.push(record);
  return id;
}

async function allowed(id: string): Promise<readonly string[]> {
  const answer = await send(http, 'GET', `/v1/migrations/${id}`);
  return answer.json<{ allowedActions: string[] }>().allowedActions;
}

test.each(TABLE)('$name', async (one) => {
  const told = await allowed(await put(one));
  const accepted: string[] = [];
  for (const action of ACTIONS) {
    const id = await put(one);
    const body = BODIES[action];
    const url = `/v1/migrations/${id}/${action}`;
    const answer = await send(http, 'POST', url, body === undefined ? {} : { body });
    expect([202, 409]).toContain(answer.statusCode);
    if (answer.statusCode === 202) accepted.push(action);
  }
  expect(accepted).toEqual(told);
});
