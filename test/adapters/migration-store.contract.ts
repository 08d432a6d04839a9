// What every MigrationStore promises with its leases and outbox, whatever keeps the records.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Intent, Migration, MigrationRequest } from '../../src/domain/migration.js';
import type { TransitionName } from '../../src/domain/transitions.js';
import { note, startMigration, transition, type Changes } from '../../src/domain/migration-step.js';
import type {
  AcceptOutcome,
  ApplyOutcome,
  InstanceLeases,
  MigrationStore,
  Outbox,
} from '../../src/use-cases/ports.js';
import { aRequest } from '../support/memory-migrations.js';
import { START_MS, TestIds } from '../support/memory-ports.js';

export interface StoreUnderTest {
  readonly store: MigrationStore;
  readonly leases: InstanceLeases;
  readonly outbox: Outbox;
  addCredential(id: string, tenant: string): Promise<void>;
  credentialUsers(id: string): Promise<readonly string[]>;
  /** The states that the events of a migration tell, in their order. */
  eventsOf(id: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

const INTENT: Intent = {
  ...{ attempt: 1, at: START_MS, nonce: 'n', requestHash: 'h' },
  ...{ importsBefore: [], rollbackEpoch: 0 },
};

/** One world a test: its own tenant, credential and instances. */
export class Scenes {
  private static made = 0;
  private readonly ids = new TestIds();
  readonly tenant: string;
  readonly other: string;
  readonly credentialId: string;
  private readonly tag: string;

  constructor(readonly under: StoreUnderTest) {
    Scenes.made += 1;
    this.tag = String(Scenes.made);
    this.tenant = `acme-${this.tag}`;
    this.other = `other-${this.tag}`;
    this.credentialId = `cred-${this.tag}`;
  }

  instance(name: string): string {
    return `rm-${name}-${this.tag}`;
  }

  fresh(fields: Partial<MigrationRequest & { tenant: string; at: number }> = {}) {
    const { tenant = this.tenant, at = START_MS, ...request } = fields;
    const id = `${this.ids.make('mig', at)}${this.tag}`;
    const whole = aRequest({
      credentialId: this.credentialId,
      sourceInstanceId: this.instance('s'),
      targetInstanceId: this.instance('t'),
      ...request,
    });
    return startMigration(
      whole,
      { id, tenant, requestId: 'req-1', batchId: null, dependsOn: [] },
      at,
    );
  }

  async accept(
    fields: Parameters<Scenes['fresh']>[0] = {},
    idempotency: { readonly key: string; readonly hash: string } | null = null,
  ): Promise<Migration & { readonly outcome: AcceptOutcome }> {
    const fresh = this.fresh(fields);
    const outcome = await this.under.store.accept({ ...fresh, idempotency });
    return { ...fresh.migration, outcome };
  }

  async step(id: string, name: TransitionName, changes: Changes = {}): Promise<ApplyOutcome> {
    const before = await this.under.store.find(id);
    if (before === null) throw new Error(`there is no ${id}`);
    const intent = name === 'intended' ? { intent: INTENT } : {};
    return this.under.store.apply(transition(before, name, START_MS, { ...intent, ...changes }));
  }

  async walk(id: string, ...names: readonly TransitionName[]): Promise<Migration> {
    for (const name of names) {
      const { kind } = await this.step(id, name);
      if (kind !== 'applied') throw new Error(`${name} was ${kind}`);
    }
    const found = await this.under.store.find(id);
    if (found === null) throw new Error(`there is no ${id}`);
    return found;
  }

  async note(id: string, changes: Changes): Promise<ApplyOutcome> {
    const before = await this.under.store.find(id);
    if (before === null) throw new Error(`there is no ${id}`);
    return this.under.store.apply(note(before, changes));
  }

  async wakesOf(id: string): Promise<readonly string[]> {
    const wakes = await this.under.outbox.pending(10_000);
    return wakes
      .filter((wake) => wake.migrationId === id)
      .map((wake) => `${wake.to} ${wake.version}`);
  }
}

export function migrationStoreContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`migration store: ${name}`, () => {
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

    test('accepts the record, its history, event, wake-up and place in the queue at once', async () => {
      const { outcome, ...migration } = await at.accept();
      expect(outcome).toEqual({ kind: 'accepted' });
      expect(await under.store.find(migration.id)).toEqual(migration);
      expect(await under.store.history(migration.id)).toMatchObject([{ from: null, to: 'queued' }]);
      expect(await under.eventsOf(migration.id)).toEqual(['queued']);
      expect(await at.wakesOf(migration.id)).toEqual(['schedule 1']);
      expect(await under.store.queued(0, 10_000)).toContainEqual(
        expect.objectContaining({
          id: migration.id,
          sourceInstanceId: migration.sourceInstanceId,
          targetInstanceId: migration.targetInstanceId,
        }),
      );
      expect(await under.leases.waitersOn([at.instance('s')])).toMatchObject([
        { id: migration.id },
      ]);
      expect(await under.credentialUsers(at.credentialId)).toEqual([migration.id]);
    });

    test('one that starts later is due then, and waits for no instance before', async () => {
      const later = await at.accept({ notBefore: START_MS + 5_000 });
      expect(
        (await under.store.dueBefore(START_MS + 4_999, 10_000)).items.map((one) => one.id),
      ).not.toContain(later.id);
      expect(
        (await under.store.dueBefore(START_MS + 5_000, 10_000)).items.map((one) => one.id),
      ).toContain(later.id);
      expect(await under.leases.waitersOn([at.instance('t')])).toEqual([]);
      await at.walk(later.id, 'due');
      expect(
        (await under.store.dueBefore(Infinity, 10_000)).items.map((one) => one.id),
      ).not.toContain(later.id);
      expect(await under.leases.waitersOn([at.instance('t')])).toHaveLength(1);
    });

    test('the same key and body answer with the record as it was first', async () => {
      const key = { key: 'k', hash: 'h' };
      const first = await at.accept({}, key);
      await at.walk(first.id, 'granted');
      const again = await at.accept({}, key);
      expect(again.outcome).toMatchObject({
        kind: 'replayed',
        migration: { id: first.id, status: 'queued' },
        entry: { to: 'queued' },
      });
      expect(await under.store.find(again.id)).toBeNull();
      const { tenant } = (await under.store.find(first.id)) ?? { tenant: '' };
      expect(await under.store.acceptedAs(tenant, key)).toEqual(again.outcome);
      for (const [who, hash] of [
        [tenant, 'other'],
        ['rival', 'h'],
      ] as const) {
        expect(await under.store.acceptedAs(who, { key: 'k', hash })).toBeNull();
      }
    });

    test('the same key at once makes one migration, and another body is refused', async () => {
      const key = { key: 'k', hash: 'h' };
      const all = await Promise.all(Array.from({ length: 20 }, () => at.accept({}, key)));
      const kinds = all.map(({ outcome }) => outcome.kind);
      expect(kinds.filter((kind) => kind === 'accepted')).toHaveLength(1);
      expect(kinds.filter((kind) => kind === 'replayed')).toHaveLength(19);
      const other = await at.accept({ priority: 5 }, { key: 'k', hash: 'other' });
      expect(other.outcome).toEqual({ kind: 'key_reused' });
    });

    test('the same migration twice is refused until the first has ended, or when allowed', async () => {
      const first = await at.accept();
      const refused = await at.accept();
      expect(refused.outcome).toEqual({ kind: 'duplicate', migrationId: first.id });
      expect(await under.store.find(refused.id)).toBeNull();
      expect((await at.accept({ allowDuplicate: true })).outcome.kind).toBe('accepted');
      const ended = await at.accept({ sourceInstanceId: at.instance('x') });
      await at.walk(ended.id, 'granted', 'check_failed');
      const next = await at.accept({ sourceInstanceId: at.instance('x') });
      expect(next.outcome.kind).toBe('accepted');
    });

    test('nothing is accepted with a credential that is gone or another tenant’s', async () => {
      const gone = await at.accept({ credentialId: 'cred-none' });
      const foreign = await at.accept({ tenant: at.other });
      expect([gone.outcome, foreign.outcome]).toEqual([
        { kind: 'credential_gone' },
        { kind: 'credential_gone' },
      ]);
      expect(await under.store.find(gone.id)).toBeNull();
      expect(await under.leases.waitersOn([at.instance('s')])).toEqual([]);
    });

    test('of two writes of one version one counts, and the other changes nothing', async () => {
      const { id, outcome: _, ...rest } = await at.accept();
      const before = { ...rest, id };
      const step = transition(before, 'granted', START_MS, { wakeAt: START_MS });
      const outcomes = await Promise.all([under.store.apply(step), under.store.apply(step)]);
      expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['applied', 'stale']);
      expect(await under.eventsOf(id)).toEqual(['queued', 'checking']);
      expect(await under.store.history(id)).toHaveLength(2);
      expect(await under.store.apply(note(before, { isOverdue: true }))).toEqual({ kind: 'stale' });
    });

    test('a write of a note is no event, and wakes at its time', async () => {
      const { id } = await at.accept();
      const checking = await at.walk(id, 'granted');
      await under.store.apply(note(checking, { wakeAt: START_MS + 7_000 }));
      expect(await under.eventsOf(id)).toEqual(['queued', 'checking']);
      expect(
        (await under.store.dueBefore(START_MS + 7_000, 10_000)).items.map((one) => one.id),
      ).toContain(id);
      expect(await at.wakesOf(id)).toContain('submit 3');
    });

    test('what was passed on leaves the outbox, what was not stays', async () => {
      const [a, b] = [await at.accept(), await at.accept({ allowDuplicate: true })];
      const wakes = await under.outbox.pending(10_000);
      await under.outbox.passedOn(wakes.filter((wake) => wake.migrationId === a.id));
      expect(await at.wakesOf(a.id)).toEqual([]);
      expect(await at.wakesOf(b.id)).toEqual(['schedule 1']);
    });
  });
}
