// GET /v1/audit shows each admin the own tenant's chain whole, the operator every one, and nobody more than that.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { verifyChain, type AuditEntry } from '../../src/domain/audit.js';
import { sha256 } from '../support/memory-audit.js';
import { send, startHttp, type HttpUnderTest } from './http-app.js';

let http: HttpUnderTest;
beforeEach(async () => {
  http = await startHttp();
});
afterEach(async () => {
  await http.app.close();
});

interface List {
  readonly items: readonly AuditEntry[];
  readonly nextCursor: string | null;
  readonly anchor: { readonly seq: number; readonly hash: string } | null;
}
const list = async (query: string, key: string): Promise<List> => {
  const answer = await send(http, 'GET', `/v1/audit${query}`, { key });
  expect([query, answer.statusCode]).toEqual([query, 200]);
  return answer.json<List>();
};
/** Two acts each of acme, rival and the operator: four entries a tenant. */
const filled = async (): Promise<void> => {
  for (const tenant of ['acme', 'rival', 'default']) {
    await send(http, 'DELETE', '/v1/credentials/cred_none', { key: `${tenant}.admin` });
    await send(http, 'PATCH', '/v1/credentials/cred_none', {
      ...{ key: `${tenant}.credentials:write`, body: '{}' },
    });
  }
};

test('shows the own tenant whole and as it was hashed, newest first, in pages', async () => {
  await filled();
  const { items, nextCursor } = await list('', 'acme.admin');
  expect(items).toEqual(http.audit.entries.slice(0, 4).toReversed());
  expect(nextCursor).toBeNull();
  expect(verifyChain(items.toReversed(), sha256)).toEqual([]);
  const first = await list('?limit=3', 'acme.admin');
  const second = await list(`?limit=3&cursor=${first.nextCursor ?? ''}`, 'acme.admin');
  expect([...first.items, ...second.items]).toEqual(items);
  expect(second.nextCursor).toBeNull();
});

test("another tenant's log is as that of one that does not exist, whatever is asked", async () => {
  await filled();
  const { nextCursor } = await list('?tenant=acme&limit=1', 'default.admin');
  for (const query of ['', '&limit=200', '&keyId=acme.admin', `&cursor=${nextCursor ?? ''}`]) {
    const theirs = await list(`?tenant=acme${query}`, 'rival.admin');
    const nobodys = await list(`?tenant=nobody${query}`, 'rival.admin');
    expect([theirs, nobodys]).toEqual([nobodys, { items: [], nextCursor: null, anchor: null }]);
  }
  const own = await list('?tenant=rival', 'rival.admin');
  expect(own).toEqual(await list('', 'rival.admin'));
  expect(new Set(own.items.map(({ tenant }) => tenant))).toEqual(new Set(['rival']));
  expect(own.items.map(({ seq }) => seq)).toEqual([4, 3, 2, 1]);
  const byKey = await list('?keyId=acme.admin', 'rival.admin');
  expect(byKey.items).toEqual([]);
});

test('shows the operator every tenant, or one', async () => {
  await filled();
  expect((await list('', 'default.admin')).items).toEqual(http.audit.entries.toReversed());
  const { items } = await list('?tenant=rival', 'default.admin');
  expect(items).toEqual((await list('', 'rival.admin')).items);
});

test('is filtered by key and by action', async () => {
  await filled();
  const { items } = await list('?keyId=acme.credentials:write', 'default.admin');
  expect(items.map(({ action }) => action)).toEqual(['credentials.patch', 'credentials.patch']);
  const removed = await list('?action=credentials.remove&limit=200', 'default.admin');
  expect(removed.items).toHaveLength(6);
});

test('what is left after the oldest were dropped says to what it is chained, to its own tenant', async () => {
  await filled();
  const [, last] = http.audit.entries.filter(({ tenant }) => tenant === 'acme');
  // Two of acme, and not yet those of the others.
  const moved = http.audit.entries.map((entry, n) =>
    n < 2 ? entry : { ...entry, at: '2027-01-01T00:00:00.000Z' },
  );
  http.audit.entries.splice(0, moved.length, ...moved);
  await http.audit.dropBefore(Date.parse('2026-12-01'), Date.parse('2028-01-01'));
  const { items, anchor } = await list('', 'acme.admin');
  expect([items.map(({ seq }) => seq), anchor]).toEqual([[4, 3], { seq: 2, hash: last?.hash }]);
  expect(items.at(-1)?.previousHash).toBe(anchor?.hash);
  expect((await list('', 'default.admin')).anchor).toBeNull();
  expect((await list('', 'rival.admin')).anchor).toBeNull();
  expect((await list('?tenant=acme', 'default.admin')).anchor).toEqual(anchor);
  expect((await list('?tenant=acme', 'rival.admin')).anchor).toBeNull();
});

test('takes no query that it does not know, nor a cursor of another list', async () => {
  const cursor = Buffer.from('mig_0000000001', 'latin1').toString('base64url');
  const wrong = ['limit=0', 'action=x', 'tenant=', 'phase=begun', 'cursor=AAAA'];
  for (const query of [...wrong, `cursor=${cursor}`]) {
    const answer = await send(http, 'GET', `/v1/audit?${query}`);
    expect([query, answer.statusCode]).toEqual([query, 422]);
  }
});
