// What every BatchStore promises together with its MigrationStore, whatever keeps the records.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { NO_COUNTS, type Batch, type BatchRequest } from '../../src/domain/batch.js';
import type { Migration, MigrationRequest } from '../../src/domain/migration.js';
import { retry, startMigration } from '../../src/domain/migration-step.js';
import type { BatchStore, NewBatch } from '../../src/use-cases/ports-batches.js';
import { aRequest } from '../support/memory-migrations.js';
import { START_MS, TestIds } from '../support/memory-ports.js';
import { Scenes, type StoreUnderTest } from './migration-store.contract.js';

export interface BatchStoreUnderTest extends StoreUnderTest {
  readonly batches: BatchStore;
}

type Item = Partial<MigrationRequest> & { readonly after?: readonly number[] };

/** A batch of its own tenant, on instances of its own. */
export class BatchScenes extends Scenes {
  private readonly batchIds = new TestIds();

  constructor(readonly all: BatchStoreUnderTest) {
    super(all);
  }

  freshBatch(items: readonly Item[], batch: Partial<BatchRequest> = {}): NewBatch {
    const id = `${this.batchIds.make('bat', START_MS)}${this.tenant}`;
    const ids = items.map(() => `${this.batchIds.make('mig', START_MS)}${this.tenant}`);
    const members = items.map(({ after = [], ...fields }, index) => {
      const request = aRequest({
        credentialId: this.credentialId,
        sourceInstanceId: this.instance(`s${index}`),
        targetInstanceId: this.instance(`t${index}`),
        ...fields,
      });
      const dependsOn = after.map((place) => ids[place] ?? '');
      const own = { batchId: id, dependsOn, requestId: 'req-1' };
      return startMigration(
        request,
        { id: ids[index] ?? '', tenant: this.tenant, ...own },
        START_MS,
      );
    });
    const counts = { ...NO_COUNTS } as Record<Migration['status'], number>;
    for (const { migration } of members) counts[migration.status] += 1;
    const whole: Batch = {
      ...{ name: null, window: null, maxConcurrent: null, onFailure: 'continue', ...batch },
      ...{ id, tenant: this.tenant, requestId: 'req-1', total: items.length, gate: 'open' },
      ...{ version: 1, counts, createdAt: START_MS, finishedAt: null },
    };
    return { batch: whole, members, idempotency: null };
  }

  async acceptBatch(
    items: readonly Item[],
    batch: Partial<BatchRequest> = {},
  ): Promise<{ readonly id: string; readonly ids: readonly string[] }> {
    const fresh = this.freshBatch(items, batch);
    const { kind } = await this.all.batches.accept(fresh);
    if (kind !== 'accepted') throw new Error(`the batch was ${kind}`);
    return { id: fresh.batch.id, ids: fresh.members.map(({ migration }) => migration.id) };
  }

  async batch(id: string): Promise<Batch> {
    const found = await this.all.batches.find(id);
    if (found === null) throw new Error(`no batch ${id}`);
    return found;
  }

  async listed(batchId: string): Promise<readonly string[]> {
    const page = await this.all.store.list({
      ...{ tenant: this.tenant, statuses: [], instanceId: null, batchId, label: null },
      ...{ createdAfter: null, createdBefore: null, limit: 200, afterId: null },
    });
    return page.items.map(({ id }) => id);
  }
}

export function batchStoreContract(make: () => Promise<BatchStoreUnderTest>): void {
  describe('a store of batches', () => {
    let under: BatchStoreUnderTest;
    let at: BatchScenes;

    beforeAll(async () => {
      under = await make();
    });
    afterAll(() => under.close());
    beforeEach(async () => {
      at = new BatchScenes(under);
      await under.addCredential(at.credentialId, at.tenant);
    });

    test('keeps a batch and each of its migrations, which can be listed, and wakes it', async () => {
      const { id, ids } = await at.acceptBatch([{}, { notBefore: START_MS + 1 }, {}]);
      expect(await at.batch(id)).toMatchObject({
        ...{ id, total: 3, gate: 'open', version: 1, finishedAt: null },
        counts: { ...NO_COUNTS, queued: 2, scheduled: 1 },
      });
      expect(new Set(await at.listed(id))).toEqual(new Set(ids));
      expect(await at.wakesOf(id)).toEqual(['schedule 1']);
      expect(await at.wakesOf(ids[1] ?? '')).toEqual(['schedule 1']);
      expect(await at.wakesOf(ids[0] ?? '')).toEqual([]);
      expect(await under.eventsOf(ids[0] ?? '')).toEqual(['queued']);
      const waiting = await under.leases.waitersOfBatch(id);
      expect(new Set(waiting.map((one) => one.id))).toEqual(new Set([ids[0], ids[2]]));
    });

    test('keeps nothing at all when one member is the same as one that has not ended', async () => {
      const first = await at.accept();
      const same = { sourceInstanceId: at.instance('s'), targetInstanceId: at.instance('t') };
      const fresh = at.freshBatch([{}, { ...same, allowDuplicate: true }, same]);
      const outcome = await under.batches.accept(fresh);
      expect(outcome).toEqual({ kind: 'duplicate', index: 2, migrationId: first.id });
      expect(await under.batches.find(fresh.batch.id)).toBeNull();
      expect(await at.listed(fresh.batch.id)).toEqual([]);
      for (const { migration } of fresh.members) {
        expect(await under.store.find(migration.id)).toBeNull();
      }
      expect(await under.leases.waitersOfBatch(fresh.batch.id)).toEqual([]);
    });

    test('keeps nothing at all when a credential is missing or of another tenant', async () => {
      await under.addCredential('cred-other', 'somebody-else');
      const fresh = at.freshBatch([{}, { credentialId: 'cred-other' }]);
      const gone = { kind: 'credential_gone', credentialId: 'cred-other' };
      expect(await under.batches.accept(fresh)).toEqual(gone);
      expect(await under.batches.find(fresh.batch.id)).toBeNull();
    });

    test('answers a repeated key with the batch as it was, and another body with a refusal', async () => {
      const idempotency = { key: 'k', hash: 'h' };
      const fresh = { ...at.freshBatch([{}]), idempotency };
      expect(await under.batches.accept(fresh)).toEqual({ kind: 'accepted' });
      await at.walk(fresh.members[0]?.migration.id ?? '', 'granted');
      const again = { ...at.freshBatch([{}]), idempotency };
      expect(await under.batches.accept(again)).toEqual({ kind: 'replayed', batch: fresh.batch });
      const { tenant } = fresh.batch;
      expect(await under.batches.acceptedAs(tenant, idempotency)).toEqual(fresh.batch);
      for (const [who, hash] of [
        [tenant, 'other'],
        ['rival', 'h'],
      ] as const) {
        expect(await under.batches.acceptedAs(who, { key: 'k', hash })).toBeNull();
      }
      const other = { ...again, idempotency: { key: 'k', hash: 'other' } };
      expect(await under.batches.accept(other)).toEqual({ kind: 'key_reused' });
      expect(await under.batches.find(again.batch.id)).toBeNull();
    });

    test('grants no more at once than the cap, and is woken by each that gives back', async () => {
      const { id, ids } = await at.acceptBatch([{}, {}], { maxConcurrent: 1 });
      const [a = '', b = ''] = ids;
      await at.walk(a, 'granted');
      expect(await at.step(b, 'granted')).toEqual({ kind: 'gated', gate: 'full' });
      await at.walk(a, 'check_failed');
      expect(await at.wakesOf(id)).toHaveLength(2);
      expect(await at.step(b, 'granted')).toMatchObject({ kind: 'applied' });
    });

    test('lets nothing be granted or intended once its gate is closed, by whoever decided first', async () => {
      const { id, ids } = await at.acceptBatch([{}, {}]);
      const [a = '', b = ''] = ids;
      await at.walk(a, 'granted');
      const seen = await at.batch(id);
      const [paused, canceled] = await Promise.all([
        under.batches.setGate(seen, 'paused', START_MS),
        under.batches.setGate(seen, 'canceled', START_MS),
      ]);
      expect([paused, canceled].filter((one) => one !== null)).toHaveLength(1);
      const { gate } = await at.batch(id);
      expect(await at.step(b, 'granted')).toEqual({ kind: 'gated', gate });
      expect(await at.step(a, 'intended')).toEqual({ kind: 'gated', gate });
      expect(await at.wakesOf(id)).toHaveLength(2);
    });

    test('grants one whose cancel is kept for a look, whatever the gate and the cap, and intends nothing', async () => {
      const { id, ids } = await at.acceptBatch([{}, {}, { after: [0] }], { maxConcurrent: 1 });
      const [a = '', b = '', c = ''] = ids;
      await at.walk(a, 'granted');
      const cancel = { askedAt: START_MS, sentAt: null };
      await at.note(b, { cancel });
      await at.note(c, { cancel });
      expect(await at.wakesOf(b)).toEqual(['schedule 2']);
      const looked = (await under.leases.waitersOfBatch(id)).map((one) => [one.id, one.isLookOnly]);
      expect(new Map(looked as [string, boolean][])).toEqual(
        new Map([
          [b, true],
          [c, true],
        ]),
      );
      await under.batches.setGate(await at.batch(id), 'canceled', START_MS);
      for (const one of [b, c]) {
        expect(await at.step(one, 'granted')).toMatchObject({ kind: 'applied' });
        expect(await at.step(one, 'intended')).toEqual({ kind: 'gated', gate: 'canceled' });
      }
    });

    test.each(['canceled', 'halted'] as const)(
      'is woken by each that comes back to wait behind its %s gate',
      async (gate) => {
        const { id, ids } = await at.acceptBatch([{}, {}, {}]);
        const [a = '', b = '', c = ''] = ids;
        await at.walk(a, 'granted', 'intended', 'lost_sight');
        await at.walk(b, 'granted', 'intended');
        await at.walk(c, 'granted');
        await under.batches.setGate(await at.batch(id), gate, START_MS);
        const before = (await at.wakesOf(id)).length;
        await at.walk(a, 'not_started');
        expect(await at.wakesOf(id)).toHaveLength(before + 1);
        await at.walk(b, 'deferred');
        expect(await at.wakesOf(id)).toHaveLength(before + 2);
        await at.walk(c, 'window_closed');
        expect(await at.wakesOf(id)).toHaveLength(before + 3);
      },
    );

    test('keeps that a failure would have halted it while it was paused, until its gate is decided about', async () => {
      const { id, ids } = await at.acceptBatch([{}, {}], { onFailure: 'halt' });
      await at.walk(ids[0] ?? '', 'granted');
      const paused = await under.batches.setGate(await at.batch(id), 'paused', START_MS);
      await at.walk(ids[0] ?? '', 'check_failed');
      expect(await at.batch(id)).toMatchObject({ gate: 'paused', haltsOnResume: true });
      if (paused === null) throw new Error('not paused');
      expect(await under.batches.setGate(paused, 'open', START_MS)).toBeNull();
      await under.batches.setGate(await at.batch(id), 'halted', START_MS);
      expect((await at.batch(id)).haltsOnResume).toBeUndefined();
    });

    test('keeps whether what runs is canceled with it, and is not canceled once all have ended', async () => {
      const { id, ids } = await at.acceptBatch([{}]);
      const before = await at.batch(id);
      await under.batches.setGate(before, 'canceled', START_MS, 'cancel');
      expect(await at.batch(id)).toMatchObject({ gate: 'canceled', running: 'cancel' });
      const other = await at.acceptBatch([{ allowDuplicate: true }]);
      const seen = await at.batch(other.id);
      await at.walk(ids[0] ?? '', 'withdrawn');
      await at.walk(other.ids[0] ?? '', 'granted', 'check_failed');
      expect(await under.batches.setGate(seen, 'canceled', START_MS)).toBeNull();
      expect((await at.batch(other.id)).gate).toBe('open');
    });

    test('is not finished by a look from before one of its members was wanted again', async () => {
      const { id, ids } = await at.acceptBatch([{}]);
      const failed = await at.walk(ids[0] ?? '', 'granted', 'check_failed');
      const ended = await at.batch(id);
      await under.store.apply(retry(failed, START_MS + 1));
      await under.batches.finish(ended, START_MS + 2);
      expect(await at.batch(id)).toMatchObject({ finishedAt: null, counts: { queued: 1 } });
    });

    test('tells at once that instances were given back by one that waits for the next window', async () => {
      const { ids } = await at.acceptBatch([{}]);
      const [a = ''] = ids;
      await at.walk(a, 'granted');
      await at.step(a, 'window_closed', { wakeAt: START_MS + 3_600_000 });
      expect(new Set(await at.wakesOf(a))).toEqual(new Set(['schedule 3', 'schedule freed-3']));
    });

    test('halts on the first failure where it was asked to, in the same write', async () => {
      const { id, ids } = await at.acceptBatch([{}, {}], { onFailure: 'halt' });
      await at.walk(ids[0] ?? '', 'granted', 'check_failed');
      expect(await at.batch(id)).toMatchObject({
        gate: 'halted',
        counts: { failed: 1, queued: 1 },
      });
      expect(await at.step(ids[1] ?? '', 'granted')).toEqual({ kind: 'gated', gate: 'halted' });
    });

    test('one that depends on others is in no row until it is ready, and is woken when it may be', async () => {
      const { id, ids } = await at.acceptBatch([{}, { after: [0] }]);
      const [a = '', b = ''] = ids;
      expect((await under.leases.waitersOfBatch(id)).map((one) => one.id)).toEqual([a]);
      await at.walk(a, 'granted', 'intended', 'accepted', 'succeeded');
      expect(await at.wakesOf(b)).toHaveLength(1);
      await at.note(b, { isReady: true });
      expect((await under.leases.waitersOfBatch(id)).map((one) => one.id)).toEqual([b]);
    });

    test('is woken by its last end, is finished once, and opens again with a new attempt', async () => {
      const { id, ids } = await at.acceptBatch([{}]);
      const [a = ''] = ids;
      await at.walk(a, 'granted', 'check_failed');
      expect(await at.wakesOf(id)).toHaveLength(2);
      await under.batches.finish(await at.batch(id), START_MS + 9);
      expect(await at.batch(id)).toMatchObject({ finishedAt: START_MS + 9, counts: { failed: 1 } });
      const failed = await under.store.find(a);
      if (failed === null) throw new Error('gone');
      expect(await under.store.apply(retry(failed, START_MS + 10))).toMatchObject({
        kind: 'applied',
        migration: { status: 'queued', attempt: 2 },
      });
      expect(await at.batch(id)).toMatchObject({
        finishedAt: null,
        counts: { failed: 0, queued: 1 },
      });
      expect(await under.credentialUsers(at.credentialId)).toEqual([a]);
    });

    test('keeps the decision to try again what failed until it is carried out, and opens a halted gate', async () => {
      const { id, ids } = await at.acceptBatch([{}, {}], { onFailure: 'halt' });
      await at.walk(ids[0] ?? '', 'granted', 'check_failed');
      await at.walk(ids[1] ?? '', 'withdrawn');
      await under.batches.finish(await at.batch(id), START_MS);
      const seen = await at.batch(id);
      const [first, second] = await Promise.all([
        under.batches.askRetry(seen, START_MS + 1),
        under.batches.askRetry(seen, START_MS + 1),
      ]);
      expect([first, second].filter((one) => one !== null)).toHaveLength(1);
      const decided = await at.batch(id);
      const number = seen.version + 1;
      const is = { gate: 'open', version: number, retryRound: number, finishedAt: null };
      expect(decided).toMatchObject(is);
      expect(first ?? second).toEqual(decided);
      const due = await under.store.dueBefore(START_MS + 1, 10_000);
      expect(due.items.map((one) => one.id)).toContain(id);
      await under.batches.retryDone({ id, retryRound: number - 1 });
      expect(await at.batch(id)).toMatchObject({ retryRound: number });
      await under.batches.retryDone({ id, retryRound: number });
      expect((await at.batch(id)).retryRound).toBeUndefined();
    });

    test('a new attempt is refused while the same migration is under way', async () => {
      const { ids } = await at.acceptBatch([{}]);
      const [a = ''] = ids;
      const failed = await at.walk(a, 'granted', 'check_failed');
      const { sourceInstanceId, targetInstanceId } = failed;
      const twin = await at.accept({ sourceInstanceId, targetInstanceId });
      const refused = { kind: 'duplicate', migrationId: twin.id };
      expect(await under.store.apply(retry(failed, START_MS))).toEqual(refused);
      expect(await under.store.retryRefusals([failed])).toEqual(new Set([a]));
      await at.walk(twin.id, 'withdrawn');
      expect(await under.store.retryRefusals([failed])).toEqual(new Set());
      const foreign = { ...failed, credentialId: 'cred-none' };
      expect(await under.store.retryRefusals([foreign])).toEqual(new Set([a]));
    });

    test('lists the batches of a tenant, newest first, page by page', async () => {
      const made: string[] = [];
      for (let index = 0; index < 5; index += 1)
        made.unshift((await at.acceptBatch([{ allowDuplicate: true }])).id);
      const query = { tenant: at.tenant, limit: 2 };
      const seen: string[] = [];
      for (let afterId: string | null = null; ;) {
        const page = await under.batches.list({ ...query, afterId });
        seen.push(...page.items.map(({ id }) => id));
        afterId = page.nextAfterId;
        if (afterId === null) break;
      }
      expect(seen).toEqual(made);
      const other = await under.batches.list({ tenant: at.other, limit: 2, afterId: null });
      expect(other.items).toEqual([]);
    });

    test('the time of its next look is found when it is due, until it is taken back', async () => {
      const { id } = await at.acceptBatch([{}]);
      await under.batches.lookAgainAt(id, START_MS + 5);
      expect(
        (await under.store.dueBefore(START_MS + 4, 10_000)).items.map((one) => one.id),
      ).not.toContain(id);
      expect(
        (await under.store.dueBefore(START_MS + 5, 10_000)).items.map((one) => one.id),
      ).toContain(id);
      await under.batches.lookAgainAt(id, null);
      expect(
        (await under.store.dueBefore(START_MS + 5, 10_000)).items.map((one) => one.id),
      ).not.toContain(id);
    });
  });
}
