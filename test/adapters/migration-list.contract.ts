// A list shows what its filters say, newest first, each record once while others are added, of one tenant alone.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { MigrationQuery } from '../../src/use-cases/ports.js';
import { START_MS } from '../support/memory-ports.js';
import { Scenes, type StoreUnderTest } from './migration-store.contract.js';

export function migrationListContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`migration list: ${name}`, () => {
    let under: StoreUnderTest;
    let at: Scenes;
    beforeAll(async () => {
      under = await open();
    });
    afterAll(() => under.close());
    beforeEach(async () => {
      at = new Scenes(under);
      await under.addCredential(at.credentialId, at.tenant);
    });

    const query = (fields: Partial<MigrationQuery> = {}): MigrationQuery => ({
      ...{ tenant: at.tenant, statuses: [], instanceId: null, batchId: null, label: null },
      ...{ createdAfter: null, createdBefore: null, limit: 100, afterId: null },
      ...fields,
    });

    const ids = async (fields: Partial<MigrationQuery> = {}) =>
      (await under.store.list(query(fields))).items.map((one) => one.id);

    /** One each second; every second of another source, every third with a label. */
    async function many(count: number): Promise<readonly string[]> {
      const made: string[] = [];
      for (let index = 0; index < count; index += 1) {
        const { id } = await at.accept({
          at: START_MS + index * 1_000,
          allowDuplicate: true,
          sourceInstanceId: at.instance(index % 2 === 0 ? 'even' : 'odd'),
          labels: index % 3 === 0 ? { team: 'a:b', wave: '1' } : {},
        });
        made.push(id);
      }
      return made;
    }

    test('is newest first, and each filter and all together hold', async () => {
      const [a = '', b = '', c = '', d = '', e = ''] = await many(5);
      expect(await ids()).toEqual([e, d, c, b, a]);
      expect(await ids({ instanceId: at.instance('odd') })).toEqual([d, b]);
      expect(await ids({ instanceId: at.instance('t') })).toEqual([e, d, c, b, a]);
      expect(await ids({ label: { key: 'team', value: 'a:b' } })).toEqual([d, a]);
      expect(await ids({ label: { key: 'team', value: 'a' } })).toEqual([]);
      expect(await ids({ createdAfter: START_MS + 1_000 })).toEqual([e, d, c]);
      expect(await ids({ createdBefore: START_MS + 1_000 })).toEqual([a]);
      await at.walk(d, 'granted');
      expect(await ids({ statuses: ['checking'] })).toEqual([d]);
      expect(await ids({ statuses: ['queued'] })).toEqual([e, c, b, a]);
      expect(await ids({ statuses: ['checking', 'queued', 'queued'] })).toEqual([e, d, c, b, a]);
      expect(await ids({ batchId: 'batch_1' })).toEqual([]);
      const all = {
        ...{ instanceId: at.instance('odd'), label: { key: 'wave', value: '1' } },
        ...{ statuses: ['checking'] as const, createdAfter: START_MS },
      };
      expect(await ids(all)).toEqual([d]);
      expect(await ids({ ...all, statuses: ['queued'] })).toEqual([]);
    });

    test.each([
      {},
      { statuses: ['queued'] as const },
      { label: { key: 'wave', value: '1' } },
      { statuses: ['queued', 'checking'] as const, label: { key: 'wave', value: '1' } },
    ])('pages of %j show each record once although others are added', async (filter) => {
      await many(13);
      const expected = await ids(filter);
      const seen: string[] = [];
      let afterId: string | null = null;
      do {
        const page = await under.store.list(query({ ...filter, limit: 2, afterId }));
        seen.push(...page.items.map((one) => one.id));
        afterId = page.nextAfterId;
        await at.accept({ at: START_MS + 60_000 + seen.length, allowDuplicate: true });
      } while (afterId !== null);
      expect(seen).toEqual(expected);
    });

    test('a page that is exactly full and the last names no next one', async () => {
      await many(4);
      const page = await under.store.list(query({ limit: 4 }));
      expect(page.items).toHaveLength(4);
      expect(page.nextAfterId).toBeNull();
    });

    test('a cursor below the time asked for, and one above it, both bound the list', async () => {
      const [a = '', b = '', c = '', d = ''] = await many(4);
      expect(await ids({ createdBefore: START_MS + 3_000, afterId: c })).toEqual([b, a]);
      expect(await ids({ createdBefore: START_MS + 1_000, afterId: d })).toEqual([a]);
    });

    test('another tenant sees none of it', async () => {
      const [first = ''] = await many(2);
      expect(await ids({ tenant: at.other })).toEqual([]);
      expect(await ids({ tenant: at.other, instanceId: at.instance('t') })).toEqual([]);
      expect(await ids({ tenant: at.other, afterId: first })).toEqual([]);
    });
  });
}
