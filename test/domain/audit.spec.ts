// A chain of audit entries as it was written passes; one that was changed, cut or shuffled in any way does not.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CHAIN_START,
  chained,
  hashedText,
  verifyChain,
  type AuditEntry,
} from '../../src/domain/audit.js';
import { sha256 } from '../support/memory-audit.js';
import { aNote } from '../support/audit-notes.js';

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const ended = fc.record({
  phase: fc.constant('ended' as const),
  outcome: fc.record({
    status: fc.integer({ min: 200, max: 599 }),
    code: fc.constantFrom(null, 'not_found' as const, 'already_ended' as const),
  }),
});
const begun = fc.constant({ phase: 'begun' as const, outcome: null });
const note = fc
  .tuple(
    fc.record({ at: text, keyId: text, action: text, resource: text, requestId: text }),
    fc.record({ source: text }),
    fc.oneof(begun, ended),
  )
  .map(([first, second, how]) => ({ tenant: 'acme', ...first, ...second, ...how }));

const chain = fc
  .array(note, { minLength: 1, maxLength: 12 })
  .map((notes) => chained(notes, CHAIN_START, sha256));

const rehashed = (entry: AuditEntry): AuditEntry => ({ ...entry, hash: sha256(hashedText(entry)) });
const until = (entries: readonly AuditEntry[]): AuditEntry => {
  const last = entries.at(-1);
  if (last === undefined) throw new Error('the chain is empty');
  return last;
};

/** Any chain of at least `minLength`, and a place in it. */
const placed = (minLength: number) =>
  chain
    .filter((entries) => entries.length >= minLength)
    .chain((entries) => fc.tuple(fc.constant(entries), fc.nat({ max: entries.length - 1 })));

test('the hash is of the JSON without blanks, with its names in order', () => {
  const [entry] = chained([{ ...aNote(), at: '2026-11-24T12:00:00.000Z' }], CHAIN_START, sha256);
  const written =
    '{"action":"migrations.cancel","at":"2026-11-24T12:00:00.000Z","keyId":"key_1","outcome":null,' +
    `"phase":"begun","previousHash":"${'0'.repeat(64)}","requestId":"req_1",` +
    '"resource":"/v1/migrations/mig_1/cancel","seq":1,"source":"10.0.3.17","tenant":"acme"}';
  expect(entry?.hash).toBe(createHash('sha256').update(written).digest('hex'));
});

describe('a chain', () => {
  test('as it was written has no findings, whole or in parts', () => {
    fc.assert(
      fc.property(placed(1), ([entries, from]) => {
        const after = entries[from - 1] ?? CHAIN_START;
        expect(verifyChain(entries, sha256, { until: until(entries) })).toEqual([]);
        expect(verifyChain(entries.slice(from), sha256, { after })).toEqual([]);
      }),
    );
  });

  test('goes on where another process left it', () => {
    fc.assert(
      fc.property(chain, fc.array(note, { maxLength: 5 }), (entries, notes) => {
        const more = chained(notes, until(entries), sha256);
        expect(verifyChain([...entries, ...more], sha256)).toEqual([]);
      }),
    );
  });

  test('shows every field that was changed', () => {
    const fields = ['at', 'keyId', 'action', 'resource', 'requestId', 'source', 'tenant'] as const;
    fc.assert(
      fc.property(placed(1), fc.constantFrom(...fields), ([entries, at], field) => {
        const changed = entries.map((entry, index) =>
          index === at ? { ...entry, [field]: `${entry[field]}x` } : entry,
        );
        expect(verifyChain(changed, sha256)).toContainEqual({ seq: at + 1, fault: 'changed' });
      }),
    );
  });

  test('shows an outcome that was changed', () => {
    fc.assert(
      fc.property(placed(1), ([entries, at]) => {
        const changed = entries.map((entry, index) =>
          index === at ? { ...entry, outcome: { status: 999, code: null } } : entry,
        );
        expect(verifyChain(changed, sha256)).toEqual([{ seq: at + 1, fault: 'changed' }]);
      }),
    );
  });

  test('shows a change whose own hash was made anew, unless it is the last and no later link is known', () => {
    fc.assert(
      fc.property(placed(1), ([entries, at]) => {
        const forged = entries.map((entry, index) =>
          index === at ? rehashed({ ...entry, keyId: `${entry.keyId}x` }) : entry,
        );
        const seq = at + (at === entries.length - 1 ? 1 : 2);
        const known = { until: until(entries) };
        expect(verifyChain(forged, sha256, known)).toEqual([{ seq, fault: 'unlinked' }]);
      }),
    );
  });

  test('shows what was taken out, at the end where its last link is known', () => {
    fc.assert(
      fc.property(placed(1), ([entries, at]) => {
        const rest = entries.filter((_, index) => index !== at);
        const seq = at + (at === entries.length - 1 ? 1 : 2);
        const known = { until: until(entries) };
        expect(verifyChain(rest, sha256, known)).toContainEqual({ seq, fault: 'missing' });
      }),
    );
  });

  test('shows what was put in, however well it was forged', () => {
    fc.assert(
      fc.property(placed(1), note, ([entries, at], extra) => {
        const before = entries[at - 1] ?? CHAIN_START;
        const put = [...entries.slice(0, at), ...chained([extra], before, sha256)];
        const findings = verifyChain([...put, ...entries.slice(at)], sha256);
        expect(findings).toContainEqual({ seq: at + 1, fault: 'out_of_order' });
      }),
    );
  });

  test('shows every other order', () => {
    fc.assert(
      fc.property(placed(2), ([entries, at]) => {
        const other = (at + 1) % entries.length;
        const swapped = entries.with(at, entries[other] ?? until(entries));
        const both = swapped.with(other, entries[at] ?? until(entries));
        expect(verifyChain(both, sha256)).not.toEqual([]);
      }),
    );
  });

  test('shows an entry of another tenant in its place', () => {
    fc.assert(
      fc.property(placed(2), ([entries, at]) => {
        const others = entries.slice(at).map((entry) => ({ ...entry, tenant: 'rival' }));
        const before = entries[at - 1] ?? CHAIN_START;
        const mixed = [...entries.slice(0, at), ...chained(others, before, sha256)];
        const expected = at === 0 ? [] : mixed.slice(at).map(({ seq }) => ({ seq }));
        expect(verifyChain(mixed, sha256)).toEqual(
          expected.map(({ seq }) => ({ seq, fault: 'foreign' })),
        );
      }),
    );
  });

  test('of nothing is whole, unless something must be there', () => {
    expect(verifyChain([], sha256)).toEqual([]);
    const known = { until: { seq: 3, hash: 'x' } };
    expect(verifyChain([], sha256, known)).toEqual([{ seq: 3, fault: 'missing' }]);
  });
});
