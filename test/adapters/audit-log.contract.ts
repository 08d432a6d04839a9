// What every AuditLog promises, whatever keeps the entries.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { verifyChain, type AuditEntry } from '../../src/domain/audit.js';
import type { AuditLog, AuditQuery } from '../../src/use-cases/ports-audit.js';
import { aNote } from '../support/audit-notes.js';
import { sha256 } from '../support/memory-audit.js';
import { START_MS } from '../support/memory-ports.js';

export interface AuditLogUnderTest {
  readonly log: AuditLog;
  close(): Promise<void>;
}

export const aQuery = (more: Partial<AuditQuery> = {}): AuditQuery => ({
  ...{ tenant: null, keyId: null, action: null, limit: 50, after: null },
  ...more,
});

/** Oldest first, by pages of this size. */
export async function readAll(
  log: AuditLog,
  more: Partial<AuditQuery>,
): Promise<readonly AuditEntry[]> {
  const found: AuditEntry[] = [];
  for (let after: number | null = null; ;) {
    const page = await log.list(aQuery({ ...more, after }));
    found.push(...page.items);
    if (page.nextAfter === null) return found.reverse();
    after = page.nextAfter;
  }
}

export function auditLogContract(name: string, open: () => Promise<AuditLogUnderTest>): void {
  describe(`audit log: ${name}`, () => {
    let under: AuditLogUnderTest;
    let log: AuditLog;
    let tenants = 0;
    beforeAll(async () => {
      under = await open();
      log = under.log;
    });
    afterAll(() => under.close());

    const freshTenant = (): string => `tenant-${(tenants += 1)}`;
    async function filled(tenant: string, count: number): Promise<void> {
      for (let n = 1; n <= count; n += 1) {
        const keyId = n % 3 === 0 ? 'key_third' : 'key_1';
        await log.append(aNote({ tenant, keyId, requestId: `req_${n}` }));
      }
    }

    test('gives back what was noted, in its place, with its time written out', async () => {
      const tenant = freshTenant();
      const outcome = { status: 409, code: 'already_ended' } as const;
      const first = await log.append(aNote({ tenant }));
      const second = await log.append(aNote({ tenant, phase: 'ended', outcome, at: START_MS + 7 }));
      const { at: _, ...note } = aNote({ tenant });
      expect(first).toMatchObject({ ...note, seq: 1, previousHash: '0'.repeat(64) });
      expect(second).toMatchObject({ seq: 2, phase: 'ended', outcome, previousHash: first.hash });
      expect(second.at).toBe(new Date(START_MS + 7).toISOString());
      const page = await log.list(aQuery({ tenant }));
      expect(page).toEqual({ items: [second, first], nextAfter: null, anchor: null });
    });

    test('many at once make one chain, each tenant its own', async () => {
      const both = [freshTenant(), freshTenant()];
      const notes = Array.from({ length: 600 }, (_, n) =>
        aNote({ tenant: both[n % 2] ?? '', requestId: `req_${n}` }),
      );
      const written = await Promise.all(notes.map((note) => log.append(note)));
      for (const [turn, tenant] of both.entries()) {
        const entries = await readAll(log, { tenant, limit: 200 });
        expect(verifyChain(entries, sha256)).toEqual([]);
        // In the order they came.
        expect(entries).toEqual(written.filter((_, n) => n % 2 === turn));
      }
    });

    test('is read in pages of any size, also while it grows', async () => {
      const tenant = freshTenant();
      await filled(tenant, 7);
      for (const limit of [1, 2, 3, 6, 7, 8]) {
        const entries = await readAll(log, { tenant, limit });
        expect(entries.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
      }
      const first = await log.list(aQuery({ tenant, limit: 3 }));
      await filled(tenant, 2);
      const second = await log.list(aQuery({ tenant, limit: 3, after: first.nextAfter }));
      expect(second.items.map(({ seq }) => seq)).toEqual([4, 3, 2]);
    });

    test('is read by key and by action', async () => {
      const tenant = freshTenant();
      await filled(tenant, 9);
      await log.append(aNote({ tenant, action: 'credentials.create', keyId: 'key_third' }));
      for (const limit of [1, 2, 50]) {
        const ofKey = await readAll(log, { tenant, keyId: 'key_third', limit });
        expect(ofKey.map(({ seq }) => seq)).toEqual([3, 6, 9, 10]);
        const both = { keyId: 'key_third', action: 'credentials.create' };
        const one = await readAll(log, { tenant, ...both, limit });
        expect(one.map(({ seq }) => seq)).toEqual([10]);
      }
      expect(await readAll(log, { tenant, action: 'batches.pause' })).toEqual([]);
    });

    test('without a tenant it shows all of them, newest first', async () => {
      const [one, other] = [freshTenant(), freshTenant()];
      const written = [];
      for (const tenant of [one, other, other, one]) {
        written.push(await log.append(aNote({ tenant, action: 'batches.pause' })));
      }
      for (const limit of [1, 3, 4]) {
        const seen = await readAll(log, { action: 'batches.pause', limit });
        expect(seen).toEqual(written);
        const { items } = await log.list(aQuery({ limit }));
        expect(items).toEqual(written.toReversed().slice(0, limit));
      }
    });

    describe('what is old', () => {
      const DAY_MS = 86_400_000;
      const NOW_MS = START_MS + 1_000 * DAY_MS;
      let old: AuditLogUnderTest;
      beforeEach(async () => {
        old = await open();
      });
      afterEach(() => old.close());

      /** One entry a day from the first day on, of two tenants in turn. */
      async function daily(days: readonly number[]): Promise<readonly AuditEntry[]> {
        const written = [];
        for (const [n, day] of days.entries()) {
          const tenant = n % 2 === 0 ? 'one' : 'other';
          written.push(await old.log.append(aNote({ tenant, at: START_MS + day * DAY_MS })));
        }
        return written;
      }
      async function dropAll(byDay: number): Promise<number> {
        const byMs = START_MS + byDay * DAY_MS;
        for (let dropped = 0; ;) {
          const count = await old.log.dropBefore(byMs, NOW_MS);
          if (count === 0) return dropped;
          dropped += count;
        }
      }

      test('is dropped, and what is left is chained to the last that was', async () => {
        const written = await daily([1, 2, 3, 4, 5, 6, 7, 8]);
        expect(await dropAll(0)).toBe(0);
        expect(await dropAll(5)).toBe(5);
        for (const [tenant, anchored] of [
          ['one', written[4]],
          ['other', written[3]],
        ] as const) {
          const kept = await readAll(old.log, { tenant, limit: 1 });
          expect(kept).toEqual(written.slice(5).filter((entry) => entry.tenant === tenant));
          const { anchor } = await old.log.list(aQuery({ tenant }));
          expect(anchor).toEqual({ seq: anchored?.seq, hash: anchored?.hash });
          expect(verifyChain(kept, sha256, anchor === null ? {} : { after: anchor })).toEqual([]);
        }
        expect(await readAll(old.log, { limit: 1 })).toEqual(written.slice(5));
        expect((await old.log.list(aQuery())).anchor).toBeNull();
      });

      test('is dropped to the last, and the chain goes on from there', async () => {
        const written = await daily([1, 2, 3]);
        expect(await dropAll(900)).toBe(3);
        const empty = await old.log.list(aQuery({ tenant: 'one' }));
        expect(empty).toMatchObject({ items: [], nextAfter: null, anchor: { seq: 2 } });
        expect((await old.log.list(aQuery())).items).toEqual([]);
        const next = await old.log.append(aNote({ tenant: 'one', at: NOW_MS }));
        expect(next).toMatchObject({ seq: 3, previousHash: written[2]?.hash });
        expect((await old.log.list(aQuery())).items).toEqual([next]);
      });

      test.each(['one', null])('is not missed between two pages of %s', async (tenant) => {
        const written = await daily([1, 2, 3, 4, 5, 6, 7, 8]);
        const own = written.filter((entry) => tenant === null || entry.tenant === tenant);
        const first = await old.log.list(aQuery({ tenant, limit: 2 }));
        await dropAll(3);
        const second = await old.log.list(aQuery({ tenant, limit: 2, after: first.nextAfter }));
        expect(second.items).toEqual(
          own
            .toReversed()
            .slice(2, 4)
            .filter(({ at }) => at > dayOf(3)),
        );
        await dropAll(900);
        const third = await old.log.list(aQuery({ tenant, after: second.nextAfter ?? 3 }));
        expect([third.items, third.nextAfter]).toEqual([[], null]);
      });
      const dayOf = (day: number): string => new Date(START_MS + day * DAY_MS).toISOString();

      test('goes with what a clock that was wrong has dated to come, and keeps nothing else from going', async () => {
        await daily([1, 5_000, 2, 6, 3, 5_000]);
        expect(await dropAll(4)).toBe(3);
        const kept = await readAll(old.log, {});
        expect(kept.map(({ at }) => at)).toEqual([6, 3, 5_000].map(dayOf));
      });

      test('goes in steps, whoever takes them', async () => {
        const notes = Array.from({ length: 1_203 }, () => aNote({ tenant: 'one' }));
        await Promise.all(notes.map((note) => old.log.append(note)));
        const both = await Promise.all([dropAll(1), dropAll(1)]);
        expect(both.reduce((sum, count) => sum + count) + (await dropAll(1))).toBe(1_203);
        const { anchor } = await old.log.list(aQuery({ tenant: 'one' }));
        expect(anchor?.seq).toBe(1_203);
      });
    });

    test('of a tenant that never did anything is empty', async () => {
      const page = await log.list(aQuery({ tenant: freshTenant() }));
      expect(page).toEqual({ items: [], nextAfter: null, anchor: null });
    });
  });
}
