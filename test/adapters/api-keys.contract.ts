// What every store of API keys promises.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NewApiKey, ApiKeyStore } from '../../src/use-cases/ports-access.js';
import { START_MS, TestClock, TestIds } from '../support/memory-ports.js';

export interface KeysUnderTest {
  readonly store: ApiKeyStore;
  close(): Promise<void>;
}

const ids = new TestIds();

export const aKey = (more: Partial<NewApiKey> = {}): NewApiKey => ({
  ...{ id: ids.make('key', START_MS), name: 'test', tenant: 'acme', scopes: ['migrations:read'] },
  ...{ instancePatterns: null, createdAt: START_MS, expiresAt: null },
  ...more,
});

export function apiKeysContract(
  name: string,
  open: (clock: TestClock) => Promise<KeysUnderTest>,
): void {
  describe(`API keys (${name})`, () => {
    const clock = new TestClock();
    let under: KeysUnderTest;
    let store: ApiKeyStore;
    beforeAll(async () => {
      under = await open(clock);
      ({ store } = under);
    });
    afterAll(() => under.close());

    async function made(more: Partial<NewApiKey> = {}): Promise<{ id: string; key: string }> {
      const fresh = aKey(more);
      const outcome = await store.create(fresh, null);
      if (outcome.kind === 'key_reused') throw new Error(outcome.kind);
      return { id: fresh.id, key: outcome.key.open() };
    }

    test('a key has its prefix, its id and 256 random bits, and tells who calls', async () => {
      const { id, key } = await made({ scopes: ['admin'], instancePatterns: ['rm-a*'] });
      expect(key).toMatch(/^rdsi_[0-9a-z]{26}_[A-Za-z0-9_-]{43}$/);
      expect(key.slice(5, 31)).toBe(id.slice('key_'.length));
      expect(Buffer.from(key.slice(32), 'base64url')).toHaveLength(32);
      expect(await store.callerOf(key)).toEqual({
        ...{ keyId: id, tenant: 'acme', scopes: ['admin'], instancePatterns: ['rm-a*'] },
      });
      expect((await made()).key.slice(32)).not.toBe(key.slice(32));
    });

    test('another secret, another id, a part and more than the key are no key', async () => {
      const { key } = await made();
      const other = await made();
      const last = key.endsWith('A') ? 'B' : 'A';
      const wrong = [
        ...[`${key.slice(0, -1)}${last}`, `${key.slice(0, 32)}${other.key.slice(32)}`],
        ...[`rdsi_${'0'.repeat(26)}_${key.slice(32)}`, key.slice(0, -1), `${key}A`, ''],
        ...['rdsi__', key.toUpperCase(), '__proto__'],
      ];
      for (const text of wrong) expect([text, await store.callerOf(text)]).toEqual([text, null]);
      expect(await store.callerOf(key)).not.toBeNull();
    });

    test('is valid until the moment it expires', async () => {
      const { key } = await made({ expiresAt: clock.now() + 1_000 });
      clock.moveBy(999);
      expect(await store.callerOf(key)).not.toBeNull();
      clock.moveBy(1);
      expect(await store.callerOf(key)).toBeNull();
    });

    test('is valid no more once it was revoked, since the first time', async () => {
      const { id, key } = await made({ tenant: 'revoked' });
      expect(await store.callerOf(key)).not.toBeNull();
      expect(await store.revoke('revoked', id, 50)).toBe('revoked');
      expect(await store.callerOf(key)).toBeNull();
      expect(await store.revoke(null, id, 60)).toBe('revoked');
      const { items } = await store.list('revoked', { limit: 10, afterId: null });
      expect(items).toMatchObject([{ id, revokedAt: 50 }]);
    });

    test('is not revoked by another tenant, and one that is not there by nobody', async () => {
      const { id, key } = await made();
      expect(await store.revoke('rival', id, 50)).toBe('gone');
      expect(await store.revoke(null, 'key_0', 50)).toBe('gone');
      expect(await store.callerOf(key)).not.toBeNull();
    });

    test('its last use is noted at most once a minute', async () => {
      const { key } = await made({ tenant: 'used' });
      const lastUse = async () =>
        (await store.list('used', { limit: 1, afterId: null })).items[0]?.lastUsedAt;
      expect(await lastUse()).toBeNull();
      const first = clock.now();
      await Promise.all(Array.from({ length: 10 }, () => store.callerOf(key)));
      clock.moveBy(59_999);
      await store.callerOf(key);
      expect(await lastUse()).toBe(first);
      clock.moveBy(1);
      await store.callerOf(key);
      expect(await lastUse()).toBe(first + 60_000);
    });

    test('are listed newest first, page by page, of a tenant or of all', async () => {
      const made3 = [];
      for (let n = 0; n < 3; n += 1) made3.push((await made({ tenant: 'listed' })).id);
      const theirs = (await made({ tenant: 'others' })).id;
      const [oldest, middle, newest] = made3;
      const first = await store.list('listed', { limit: 2, afterId: null });
      expect(first.items.map(({ id }) => id)).toEqual([newest, middle]);
      const second = await store.list('listed', { limit: 2, afterId: first.nextAfterId });
      expect(second.items.map(({ id }) => id)).toEqual([oldest]);
      expect(second.nextAfterId).toBeNull();
      const all = await store.list(null, { limit: 2, afterId: null });
      expect(all.items.map(({ id }) => id)).toEqual([theirs, newest]);
    });

    test('the same idempotency key answers with the same key, within its tenant', async () => {
      const again = { tenant: 'acme', key: 'again', hash: 'one' };
      const [first, ...more] = await Promise.all(
        Array.from({ length: 5 }, () => store.create(aKey(), again)),
      );
      const shown = (outcome: typeof first) =>
        outcome === undefined || outcome.kind === 'key_reused'
          ? null
          : { record: outcome.record, key: outcome.key.open() };
      expect(first?.kind).toBe('created');
      for (const outcome of more) {
        expect(outcome.kind).toBe('replayed');
        expect(shown(outcome)).toEqual(shown(first));
      }
      expect((await store.create(aKey(), { ...again, hash: 'two' })).kind).toBe('key_reused');
      expect((await store.create(aKey(), { ...again, tenant: 'rival' })).kind).toBe('created');
    });
  });
}
