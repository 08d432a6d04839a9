// Whoever sends bad keys is refused, and nobody else is: not even behind the same address, nor after a restart.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callerOf } from '../support/documented.js';
import type { ServiceProcess } from '../support/service.js';
import { openStage, type Stage } from './stage.js';

const BAD = `rdsi_${'0'.repeat(26)}_${'A'.repeat(43)}`;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ pairs: { one: {} }, roles: ['api', 'api'] });
});
afterAll(() => stage?.close());

async function makeKey(): Promise<string> {
  const body = { name: 'reader', tenant: 'default', scopes: ['migrations:read'] };
  const answer = await stage.service.request.post('/v1/api-keys').send(body).expect(201);
  return (answer.body as { key: string }).key;
}

/** The status of a read with this key, from this address where a proxy says so. */
async function read({ url }: ServiceProcess, key: string, from?: string): Promise<number> {
  const asked = callerOf(url).get('/v1/migrations').set('authorization', `Bearer ${key}`);
  return (await (from === undefined ? asked : asked.set('x-forwarded-for', from))).status;
}

/** So many that the address has none left on any process. */
async function fail(at: ServiceProcess, from?: string): Promise<ReadonlySet<number>> {
  const statuses = new Set<number>();
  for (let count = 0; count < 35; count += 1) statuses.add(await read(at, BAD, from));
  return statuses;
}

describe('with failures from one address beside it', () => {
  it('a fresh key and a known key after a restart are served', async () => {
    const known = await makeKey();
    expect(await read(stage.service, known)).toBe(200);
    expect(await fail(stage.service)).toEqual(new Set([401, 429]));
    const fresh = await makeKey();
    const restarted = await stage.launch('api');
    for (const process of stage.processes) {
      expect(await read(process, BAD)).toBe(429);
      expect([await read(process, fresh), await read(process, known)]).toEqual([200, 200]);
      await process.request.get('/v1/migrations').expect(200);
    }
    expect(await read(restarted, `${fresh.slice(0, -1)}~`)).toBe(429);
  });
});

it('behind a proxy of TRUST_PROXY each caller has an address of its own, in counts, the log and the audit log', async () => {
  const proxied = await stage.launch('api', { TRUST_PROXY: '127.0.0.0/8' });
  expect(await fail(proxied, '203.0.113.7')).toEqual(new Set([401, 429]));
  expect(await read(proxied, BAD, '6.6.6.6, 203.0.113.7')).toBe(429);
  expect(await read(proxied, BAD, '203.0.113.7, 203.0.113.8:443')).toBe(401);
  const canceled = proxied.request.post('/v1/migrations/mig_0/cancel');
  await canceled.set('x-forwarded-for', '::ffff:203.0.113.9').expect(404);
  const audit = await proxied.request.get('/v1/audit?limit=1').expect(200);
  expect((audit.body as { items: object[] }).items).toMatchObject([{ source: '203.0.113.9' }]);
  expect(proxied.logs()).toContain('"source":"203.0.113.9"');
});
