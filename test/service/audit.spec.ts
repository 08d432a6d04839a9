// The audit log over several processes: one chain, whoever answers; and what cannot be put there is not done.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { verifyChain, type AuditEntry } from '../../src/domain/audit.js';
import { sha256 } from '../support/memory-audit.js';
import type { ServiceProcess } from '../support/service.js';
import { openStage, type Stage } from './stage.js';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ pairs: { one: {} }, roles: ['api', 'api'] });
});
afterAll(() => stage?.close());

interface List {
  readonly items: readonly AuditEntry[];
  readonly nextCursor: string | null;
}

/** Oldest first. */
async function auditOf({ request }: ServiceProcess): Promise<readonly AuditEntry[]> {
  const found: AuditEntry[] = [];
  for (let cursor = ''; ;) {
    const answer = await request.get(`/v1/audit?limit=7${cursor}`).expect(200);
    const { items, nextCursor } = answer.body as List;
    found.push(...items);
    if (nextCursor === null) return found.reverse();
    cursor = `&cursor=${nextCursor}`;
  }
}

it('two processes that write at once keep one chain, and both show all of it', async () => {
  const answers = await Promise.all(
    stage.processes.flatMap(({ request }, process) =>
      Array.from({ length: 40 }, (_, n) =>
        request.post('/v1/migrations/mig_0/cancel').set('x-request-id', `cancel-${process}-${n}`),
      ),
    ),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404]));
  const seen = await Promise.all(stage.processes.map(auditOf));
  const [entries = [], others] = seen;
  expect(others).toEqual(entries);
  expect(verifyChain(entries, sha256)).toEqual([]);
  for (const process of [0, 1]) {
    for (let n = 0; n < 40; n += 1) {
      const own = entries.filter(({ requestId }) => requestId === `cancel-${process}-${n}`);
      expect(own.map(({ phase }) => phase)).toEqual(['begun', 'ended']);
      expect(own[1]).toMatchObject({
        ...{ action: 'migrations.cancel', resource: '/v1/migrations/mig_0/cancel' },
        ...{ tenant: 'default', source: '127.0.0.1' },
        outcome: { status: 404, code: 'not_found' },
      });
    }
  }
});

it('what cannot be put on record is not done, and is done once it can', async () => {
  const key = stage.key('audit', 'default');
  const store = async (): Promise<number> => {
    const body = { name: 'n', type: 'access_key', regionId: 'cn-hangzhou' };
    const secrets = { accessKeyId: 'LTAIcanary00000001', accessKeySecret: 'canary-secret' };
    const { request } = stage.service;
    return (await request.post('/v1/credentials').send({ ...body, ...secrets })).status;
  };
  const count = async (): Promise<number> => {
    const answer = await stage.service.request.get('/v1/credentials').expect(200);
    return (answer.body as { items: object[] }).items.length;
  };
  const before = await count();
  // No list: every attempt to add to it fails.
  await stage.redis.rename(key, `${key}:kept`);
  await stage.redis.set(key, 'broken');
  expect(await store()).toBe(503);
  expect(await count()).toBe(before);
  await stage.redis.del(key);
  await stage.redis.rename(`${key}:kept`, key);
  expect(await store()).toBe(201);
  expect(await count()).toBe(before + 1);
  const entries = await auditOf(stage.service);
  expect(verifyChain(entries, sha256)).toEqual([]);
  expect(JSON.stringify(entries)).not.toMatch(/canary/i);
});
