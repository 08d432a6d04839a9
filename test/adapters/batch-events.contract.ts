// What is told of a batch: every change of its status in the write that makes it, and how far it has come.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { UnplacedEvent } from '../../src/domain/event.js';
import { overdue, retry } from '../../src/domain/migration-step.js';
import { PROGRESS_APART_MS } from '../../src/domain/policy.js';
import type { BatchProgress } from '../../src/use-cases/ports-events.js';
import { TellProgress } from '../../src/use-cases/tell-progress.js';
import { eventually } from '../support/eventually.js';
import { START_MS } from '../support/memory-ports.js';
import { BatchScenes, type BatchStoreUnderTest } from './batch-store.contract.js';

export interface BatchEventsUnderTest extends BatchStoreUnderTest {
  readonly progress: BatchProgress;
  /** Of batches, and of imports that run too long, in their order. */
  told(tenant: string): Promise<readonly UnplacedEvent[]>;
  /** Time for the next try; in memory it passes at once. */
  tick(): void;
}

const STARTED = ['granted', 'intended', 'accepted'] as const;

export function batchEventsContract(open: () => Promise<BatchEventsUnderTest>): void {
  describe('what is told of a batch', () => {
    let under: BatchEventsUnderTest;
    let at: BatchScenes;
    let telling: TellProgress;
    beforeAll(async () => {
      under = await open();
      telling = new TellProgress(under.progress);
    });
    afterAll(() => under.close());
    beforeEach(async () => {
      at = new BatchScenes(under);
      await under.addCredential(at.credentialId, at.tenant);
    });

    const types = async (): Promise<readonly string[]> =>
      (await under.told(at.tenant)).map(({ type }) => type);

    const told = async (count: number): Promise<readonly UnplacedEvent[]> =>
      eventually(async () => {
        under.tick();
        await telling.tell();
        const events = await under.told(at.tenant);
        expect(events.length).toBeGreaterThanOrEqual(count);
        return events;
      });

    test('that it runs, with its counts in the names of the contract', async () => {
      const items = [{}, {}, { notBefore: START_MS + 1 }];
      const { id } = await at.acceptBatch(items, { name: 'shops / "east"' });
      const none = { checking: 0, submitting: 0, importing: 0, canceling: 0, outcomeUnknown: 0 };
      const counts = { total: 3, scheduled: 1, queued: 2, ...none };
      const ended = { succeeded: 0, failed: 0, canceled: 0 };
      expect(await under.told(at.tenant)).toEqual([
        {
          ...{ type: 'batch.running', at: START_MS, tenant: at.tenant },
          data: {
            ...{ batchId: id, name: 'shops / "east"', status: 'running', progress: 0 },
            counts: { ...counts, ...ended },
          },
        },
      ]);
    });

    test('each decision about it, once', async () => {
      const { id } = await at.acceptBatch([{}]);
      const batch = await at.batch(id);
      const paused = await under.batches.setGate(batch, 'paused', START_MS + 5);
      expect(await under.batches.setGate(batch, 'paused', START_MS + 6)).toBeNull();
      if (paused === null) throw new Error('not paused');
      await under.batches.setGate(paused, 'open', START_MS + 7);
      expect(await types()).toEqual(['batch.running', 'batch.paused', 'batch.running']);
      expect(await under.told(at.tenant)).toMatchObject([
        {},
        { at: START_MS + 5, data: { batchId: id, status: 'paused' } },
        { at: START_MS + 7, data: { status: 'running' } },
      ]);
    });

    test('that a failure has halted it, with the failure counted', async () => {
      const { ids } = await at.acceptBatch([{}, {}, {}], { onFailure: 'halt' });
      for (const id of ids.slice(0, 2)) await at.walk(id, ...STARTED);
      for (const id of ids.slice(0, 2)) await at.walk(id, 'import_failed');
      const halted = (await under.told(at.tenant)).filter(({ type }) => type === 'batch.halted');
      expect(halted).toMatchObject([
        {
          at: START_MS,
          data: { status: 'halted', counts: { failed: 1, importing: 1, queued: 1 } },
        },
      ]);
    });

    test('how it ended, and that it goes on when one of its migrations is tried again', async () => {
      const { id, ids } = await at.acceptBatch([{}, {}]);
      const [one = '', other = ''] = ids;
      await at.walk(one, ...STARTED, 'succeeded');
      await at.walk(other, ...STARTED, 'import_failed');
      await under.batches.finish(await at.batch(id), START_MS + 9);
      for (const name of ['retried', ...STARTED] as const) await at.walk(other, name);
      expect(await types()).toEqual(['batch.running', 'batch.partially_failed', 'batch.running']);
      expect((await under.told(at.tenant)).slice(1)).toMatchObject([
        { data: { progress: 1, counts: { succeeded: 1, failed: 1 } } },
        { data: { progress: 0.5, status: 'running', counts: { succeeded: 1, queued: 1 } } },
      ]);
    });

    test('how far it is, never twice within a second, whoever tells, and the last change too', async () => {
      const { ids } = await at.acceptBatch(Array.from({ length: 12 }, () => ({})));
      const others = [telling, new TellProgress(under.progress)];
      for (const id of ids) {
        for (const name of [...STARTED, 'succeeded'] as const) {
          await at.walk(id, name);
          await Promise.all(others.map((each) => each.tell()));
        }
      }
      const all = await eventually(async () => {
        under.tick();
        await Promise.all(others.map((each) => each.tell()));
        const events = await under.told(at.tenant);
        expect(events.at(-1)).toMatchObject({
          type: 'batch.progress',
          data: { status: 'succeeded', progress: 1, counts: { total: 12, succeeded: 12 } },
        });
        return events;
      });
      const times = all.slice(1).map((event) => event.at);
      const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
      expect(times.length).toBeGreaterThan(1);
      expect(gaps.filter((gap) => gap < PROGRESS_APART_MS)).toEqual([]);
      // Nothing has changed since: nothing more is told, however often it is looked.
      expect(await under.progress.changed(100)).toEqual([]);
      await telling.tell();
      expect(await under.told(at.tenant)).toEqual(all);
    });

    test('nothing of its progress that the event of a decision has told already', async () => {
      const { id, ids } = await at.acceptBatch([{}]);
      for (const name of [...STARTED, 'succeeded'] as const) await at.walk(ids[0] ?? '', name);
      expect(await under.progress.changed(100)).toEqual([id]);
      await under.batches.finish(await at.batch(id), START_MS + 9);
      expect(await under.progress.changed(100)).toEqual([]);
      expect(await types()).toEqual(['batch.running', 'batch.succeeded']);
    });

    test('of an import that runs too long, once for each attempt', async () => {
      const { id } = await at.accept();
      const importing = await at.walk(id, ...STARTED);
      const step = overdue(importing, START_MS + 3, { wakeAt: START_MS + 9 });
      const both = [await under.store.apply(step), await under.store.apply(step)];
      expect(both[0]).toMatchObject({ kind: 'applied', migration: { isOverdue: true } });
      expect(both[1]).toMatchObject({ kind: 'stale' });
      expect(await under.told(at.tenant)).toMatchObject([
        {
          ...{ type: 'migration.overdue', at: START_MS + 3, tenant: at.tenant },
          data: { migrationId: id, attempt: 1, version: 5, from: 'importing', to: 'importing' },
        },
      ]);
      const failed = await at.walk(id, 'import_failed');
      expect(await under.store.apply(retry(failed, START_MS + 10))).toMatchObject({
        migration: { isOverdue: false, attempt: 2 },
      });
      expect(await told(1)).toHaveLength(1);
    });
  });
}
