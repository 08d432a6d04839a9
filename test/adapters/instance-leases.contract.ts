// Instances are taken both or neither, fenced, given back only by an end, and an ImportId is bound once.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { transition } from '../../src/domain/migration-step.js';
import { START_MS } from '../support/memory-ports.js';
import { Scenes, type StoreUnderTest } from './migration-store.contract.js';

export function instanceLeasesContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`instance leases: ${name}`, () => {
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

    const held = async (...names: readonly string[]) => {
      const holders = await under.leases.holders(names.map((one) => at.instance(one)));
      return names.map((one) => holders.get(at.instance(one))?.migrationId ?? null);
    };

    test('a grant takes both instances under one fence', async () => {
      const { id } = await at.accept();
      const { fence } = await at.walk(id, 'granted');
      const holders = await under.leases.holders([at.instance('s'), at.instance('t'), 'rm-none']);
      expect(fence).toBeGreaterThan(0);
      expect([...holders]).toEqual([
        [at.instance('s'), { migrationId: id, fence }],
        [at.instance('t'), { migrationId: id, fence }],
      ]);
      expect(await under.leases.waitersOn([at.instance('s')])).toEqual([]);
    });

    test.each([
      { sourceInstanceId: 't', targetInstanceId: 'u', busy: 't' },
      { sourceInstanceId: 'u', targetInstanceId: 's', busy: 's' },
    ])('when $busy is taken neither is, and nothing is written', async (pair) => {
      const first = await at.accept();
      await at.walk(first.id, 'granted');
      const second = await at.accept({
        sourceInstanceId: at.instance(pair.sourceInstanceId),
        targetInstanceId: at.instance(pair.targetInstanceId),
      });
      const outcome = await at.step(second.id, 'granted');
      expect(outcome).toEqual({
        kind: 'occupied',
        instanceId: at.instance(pair.busy),
        by: first.id,
      });
      expect(await held('s', 't', 'u')).toEqual([first.id, first.id, null]);
      expect(await under.store.find(second.id)).toMatchObject({ status: 'queued', version: 1 });
      expect(await under.eventsOf(second.id)).toEqual(['queued']);
    });

    test('of many that want one instance at the same time one gets it', async () => {
      const all = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          at.accept({ sourceInstanceId: at.instance(`s${index}`) }),
        ),
      );
      const outcomes = await Promise.all(all.map(({ id }) => at.step(id, 'granted')));
      expect(outcomes.filter(({ kind }) => kind === 'applied')).toHaveLength(1);
      expect(outcomes.filter(({ kind }) => kind === 'occupied')).toHaveLength(7);
    });

    test('each grant has a higher fence, and a write with an older one is refused', async () => {
      const { id } = await at.accept();
      const first = await at.walk(id, 'granted', 'intended', 'lost_sight');
      const second = await at.walk(id, 'not_started', 'granted');
      expect(second.fence).toBeGreaterThan(first.fence ?? Infinity);
      const late = { ...second, fence: first.fence };
      expect(await under.store.apply(transition(late, 'intended', START_MS))).toEqual({
        kind: 'stale',
      });
      expect(await under.store.find(id)).toEqual(second);
    });

    test('every end gives both back and wakes who waits for them', async () => {
      const { id } = await at.accept();
      const waiting = await at.accept({ sourceInstanceId: at.instance('w') });
      const ended = await at.walk(id, 'granted', 'intended', 'accepted', 'succeeded');
      expect(await held('s', 't')).toEqual([null, null]);
      expect(ended).toMatchObject({ status: 'succeeded', fence: null, wakeAt: null });
      expect(await at.wakesOf(id)).toContain(`schedule ${ended.version}`);
      expect(await under.leases.waitersOn([at.instance('t')])).toMatchObject([{ id: waiting.id }]);
      expect(await under.credentialUsers(at.credentialId)).toEqual([waiting.id]);
      expect(
        (await under.store.dueBefore(Infinity, 10_000)).items.map((one) => one.id),
      ).not.toContain(id);
    });

    test('an unknown outcome keeps both; "not started" gives them back and queues it again', async () => {
      const { id } = await at.accept();
      await at.walk(id, 'granted', 'intended', 'lost_sight');
      expect(await held('s', 't')).toEqual([id, id]);
      const queued = await at.walk(id, 'not_started');
      expect(await held('s', 't')).toEqual([null, null]);
      expect(await at.wakesOf(id)).toContain(`schedule ${queued.version}`);
      expect((await under.store.queued(0, 10_000)).map((place) => place.id)).toContain(id);
      expect(await under.credentialUsers(at.credentialId)).toEqual([id]);
    });

    test('the work of an instance is what waits for it, by known and unknown sizes', async () => {
      const first = await at.accept();
      await at.walk(first.id, 'granted');
      await at.step(first.id, 'check_failed', { dataBytes: 500 });
      const second = await at.accept();
      await at.accept({ sourceInstanceId: at.instance('w') });
      const names = ['s', 't', 'w', 'x'].map((one) => at.instance(one));
      const sums = async () =>
        [...(await under.leases.work(names)).values()].map((one) => [
          ...[one.sized, one.bytes, one.unsized],
        ]);
      expect(await sums()).toEqual([
        ...[
          [1, 500, 0],
          [1, 500, 1],
          [0, 0, 1],
          [0, 0, 0],
        ],
      ]);
      const waiting = await under.leases.waitersOn([at.instance('t')]);
      expect(new Set(waiting.map(({ bytes }) => bytes))).toEqual(new Set([500, null]));
      await at.walk(second.id, 'granted');
      expect((await sums()).slice(0, 2)).toEqual([
        [0, 0, 0],
        [0, 0, 1],
      ]);
    });

    test('an ImportId is bound to one migration of its target, and found by its tenant alone', async () => {
      const first = await at.accept();
      await at.walk(first.id, 'granted', 'intended');
      await at.step(first.id, 'accepted', { importId: '77' });
      await at.walk(first.id, 'succeeded');
      const second = await at.accept();
      await at.walk(second.id, 'granted', 'intended');
      const before = await under.store.find(second.id);
      expect(await at.step(second.id, 'accepted', { importId: '77' })).toEqual({
        kind: 'import_bound',
        by: first.id,
      });
      expect(await under.store.find(second.id)).toEqual(before);
      const owners = await under.store.owners(at.instance('t'), ['77', '78']);
      expect([...owners]).toEqual([['77', first.id]]);
      expect((await under.store.owners(at.instance('s'), ['77'])).size).toBe(0);
      expect(await under.store.idByImport(at.tenant, '77')).toBe(first.id);
      expect(await under.store.idByImport(at.other, '77')).toBeNull();
    });

    test('an intent is refused when its writer has not seen the latest rollback', async () => {
      const { id } = await at.accept();
      await at.walk(id, 'granted');
      const intent = {
        ...{ attempt: 1, at: START_MS, nonce: 'n', requestHash: 'h' },
        ...{ importsBefore: [], rollbackEpoch: 1 },
      };
      expect(await at.step(id, 'intended', { intent })).toEqual({ kind: 'stale' });
      expect(await under.store.find(id)).toMatchObject({ status: 'checking' });
    });
  });
}
