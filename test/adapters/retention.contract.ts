// What every Retention promises together with the stores of migrations and batches.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Migration, MigrationRequest } from '../../src/domain/migration.js';
import { retry } from '../../src/domain/migration-step.js';
import type { Retention } from '../../src/use-cases/ports-retention.js';
import { START_MS } from '../support/memory-ports.js';
import { BatchScenes, type BatchStoreUnderTest } from './batch-store.contract.js';

export interface RetentionUnderTest extends BatchStoreUnderTest {
  readonly retention: Retention;
}

export function retentionContract(make: () => Promise<RetentionUnderTest>): void {
  describe('retention', () => {
    let under: RetentionUnderTest;
    let at: BatchScenes;

    beforeAll(async () => {
      under = await make();
    });
    afterAll(() => under.close());
    beforeEach(async () => {
      at = new BatchScenes(under);
      await under.addCredential(at.credentialId, at.tenant);
    });

    const endedBy = async (timeMs: number): Promise<readonly string[]> => {
      const all = await under.retention.endedBy(timeMs, 0, 10_000);
      return all.filter((id) => id.endsWith(at.tenant) || id.startsWith('mig_'));
    };

    const succeeded = async (fields: Partial<MigrationRequest> = {}): Promise<Migration> => {
      const { id } = await at.accept(fields);
      await at.walk(id, 'granted', 'intended');
      await at.step(id, 'accepted', { importId: `import-${id}` });
      return at.walk(id, 'succeeded');
    };

    const finished = async (count: number): Promise<{ id: string; ids: readonly string[] }> => {
      const made = await at.acceptBatch(Array.from({ length: count }, () => ({})));
      for (const id of made.ids) await at.walk(id, 'granted', 'check_failed');
      await under.batches.finish(await at.batch(made.id), START_MS + 9);
      return made;
    };

    const one = async (id: string): Promise<Migration> => {
      const found = await under.store.find(id);
      if (found === null) throw new Error(`no ${id}`);
      return found;
    };

    test('finds what has ended by then, the first end first, and nothing that goes on', async () => {
      const running = await at.accept();
      await at.walk(running.id, 'granted');
      const pair = { sourceInstanceId: at.instance('a'), targetInstanceId: at.instance('b') };
      const early = await succeeded(pair);
      const batch = await finished(1);
      expect(await endedBy(START_MS - 1)).not.toContain(early.id);
      const now = await endedBy(START_MS);
      expect(now).toContain(early.id);
      expect(now).not.toContain(running.id);
      expect(now).not.toContain(batch.id);
      const later = await endedBy(START_MS + 9);
      expect(later.indexOf(early.id)).toBeLessThan(later.indexOf(batch.id));
      // Members go with their batch.
      expect(later).not.toContain(batch.ids[0]);
    });

    test('drops a migration with all that leads to it, once', async () => {
      const ended = await succeeded({ labels: { team: 'a' } });
      expect(await under.store.idByImport(at.tenant, `import-${ended.id}`)).toBe(ended.id);
      expect(await under.retention.dropMigration(ended, START_MS)).toBe(true);
      expect(await under.retention.dropMigration(ended, START_MS)).toBe(true);
      expect(await under.store.find(ended.id)).toBeNull();
      expect(await under.store.history(ended.id)).toEqual([]);
      expect(await under.store.idByImport(at.tenant, `import-${ended.id}`)).toBeNull();
      expect(await endedBy(Infinity)).not.toContain(ended.id);
      const page = await under.store.list({
        ...{ tenant: at.tenant, statuses: [], instanceId: null, batchId: null, limit: 200 },
        ...{ label: { key: 'team', value: 'a' }, createdAfter: null, createdBefore: null },
        afterId: null,
      });
      expect(page.items).toEqual([]);
    });

    test('an import of one that was dropped still belongs to it, for whoever looks for its own', async () => {
      const ended = await succeeded();
      await under.retention.dropMigration(ended, START_MS);
      const importId = `import-${ended.id}`;
      const owners = await under.store.owners(ended.targetInstanceId, [importId]);
      expect(owners.get(importId)).toBe(ended.id);
    });

    test('whose an import was is known while a look may reach back to it, and dropped after that', async () => {
      const pair = { sourceInstanceId: at.instance('a'), targetInstanceId: at.instance('b') };
      const ended = await succeeded(pair);
      const other = await at.accept(pair);
      const ownerOf = async (): Promise<string | undefined> => {
        const importId = `import-${ended.id}`;
        return (await under.store.owners(pair.targetInstanceId, [importId])).get(importId);
      };
      await under.retention.dropMigration(ended, START_MS);
      await under.retention.dropUnused(START_MS);
      expect(await ownerOf()).toBe(ended.id);
      const last = await at.walk(other.id, 'granted', 'check_failed');
      await under.retention.dropMigration(last, START_MS);
      await under.retention.dropUnused(START_MS);
      expect(await ownerOf()).toBeUndefined();
    });

    test('one that is wanted again stays, and can be wanted again no more once it is dropped', async () => {
      const ended = await succeeded();
      const again = retry({ ...ended, status: 'failed' }, START_MS);
      const failed = await at.accept({ allowDuplicate: true });
      const before = await at.walk(failed.id, 'granted', 'check_failed');
      expect(await under.store.apply(retry(before, START_MS))).toMatchObject({ kind: 'applied' });
      expect(await under.retention.dropMigration(before, START_MS)).toBe(false);
      expect(await one(failed.id)).toMatchObject({ status: 'queued', attempt: 2 });
      expect(await endedBy(Infinity)).not.toContain(failed.id);
      expect(await under.retention.dropMigration(ended, START_MS)).toBe(true);
      expect(await under.store.apply(again)).toEqual({ kind: 'stale' });
      expect(await under.store.find(ended.id)).toBeNull();
    });

    test('of a retry and a drop at the same time exactly one is done', async () => {
      for (let turn = 0; turn < 20; turn += 1) {
        const { id } = await at.accept({ allowDuplicate: true });
        const failed = await at.walk(id, 'granted', 'check_failed');
        const [isDropped, retried] = await Promise.all([
          under.retention.dropMigration(failed, START_MS),
          under.store.apply({ ...retry(failed, START_MS) }),
        ]);
        expect([isDropped, retried.kind]).toEqual([isDropped, isDropped ? 'stale' : 'applied']);
        expect((await under.store.find(id)) === null).toBe(isDropped);
      }
    });

    test('a member stays while its batch has not ended by then, or goes on again', async () => {
      const open = await at.acceptBatch([{}, {}]);
      const [a = '', b = ''] = open.ids;
      const ended = await at.walk(a, 'granted', 'check_failed');
      expect(await under.retention.dropMigration(ended, START_MS + 100)).toBe(false);
      await at.walk(b, 'granted', 'check_failed');
      await under.batches.finish(await at.batch(open.id), START_MS + 9);
      expect(await under.retention.dropMigration(ended, START_MS + 8)).toBe(false);
      await under.store.apply(retry(await one(b), START_MS + 10));
      expect(await under.retention.dropMigration(ended, START_MS + 9)).toBe(false);
      expect(await endedBy(Infinity)).not.toContain(open.id);
    });

    test('a batch goes after its last member, once', async () => {
      const { id, ids } = await finished(2);
      const batch = await at.batch(id);
      expect(await under.retention.dropBatch(batch, START_MS + 8)).toBe(false);
      expect(await under.retention.dropBatch(batch, START_MS + 9)).toBe(false);
      for (const member of ids) {
        expect(await under.retention.dropMigration(await one(member), START_MS + 9)).toBe(true);
      }
      expect(await under.retention.dropBatch(batch, START_MS + 9)).toBe(true);
      expect(await under.retention.dropBatch(batch, START_MS + 9)).toBe(true);
      expect(await under.batches.find(id)).toBeNull();
      const page = await under.batches.list({ tenant: at.tenant, limit: 10, afterId: null });
      expect(page.items).toEqual([]);
      expect(await endedBy(Infinity)).not.toContain(id);
    });
  });
}
