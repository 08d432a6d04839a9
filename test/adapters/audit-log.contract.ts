// What every AuditLog promises, whatever keeps the entries.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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
      const { items, nextAfter } = await log.list(aQuery({ tenant }));
      expect([items, nextAfter]).toEqual([[second, first], null]);
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

    test('of a tenant that never did anything is empty', async () => {
      const page = await log.list(aQuery({ tenant: freshTenant() }));
      expect(page).toEqual({ items: [], nextAfter: null });
    });
  });
}
