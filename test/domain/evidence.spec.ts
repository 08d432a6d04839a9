// What upstream shows is adopted only when one import can be ours and something else backs it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { weighEvidence, type Judgement, type Sighting } from '../../src/domain/evidence.js';

const running = { importId: '7', words: ['Importing'], databases: ['orders'] };
const ended = { ...running, words: ['Success'] };
const nameless = { ...running, databases: [] };

const RUN = { sourceStatus: 'Running', targetStatus: 'Running' };
const SHOWN = { sourceStatus: 'TRANSING', targetStatus: 'Importing' };

/** A call without an answer, a complete and empty listing, and two instances at rest. */
const sighting = (fields: Partial<Sighting>): Sighting => ({
  listing: [],
  importsBefore: [],
  ownedByOthers: new Set(),
  databases: [{ source: 'orders', target: 'orders_new' }],
  isAfterRollback: false,
  ...RUN,
  ...fields,
});

interface Row {
  readonly when: string;
  readonly seen: Partial<Sighting>;
  readonly kind: Judgement['kind'];
}

const ROWS: readonly Row[] = [
  { when: 'nothing is listed and both run', seen: {}, kind: 'nothing' },
  { when: 'nothing is listed yet but both show an import', seen: SHOWN, kind: 'seen_running' },
  {
    when: 'nothing is listed and only one instance shows something',
    seen: { targetStatus: 'Importing' },
    kind: 'unsettled',
  },
  {
    when: 'nothing is listed and a state could not be read',
    seen: { sourceStatus: null },
    kind: 'unsettled',
  },
  { when: 'there is no listing and both run', seen: { listing: null }, kind: 'unsettled' },
  {
    when: 'there is no listing but both show an import',
    seen: { listing: null, ...SHOWN },
    kind: 'seen_running',
  },
  {
    when: 'one is listed and both show an import',
    seen: { listing: [running], ...SHOWN },
    kind: 'adopt',
  },
  { when: 'one is listed and has ended', seen: { listing: [ended] }, kind: 'adopt' },
  {
    when: 'one is listed as running but both instances run',
    seen: { listing: [running] },
    kind: 'ambiguous',
  },
  {
    when: 'one is listed that upstream names no databases of',
    seen: { listing: [nameless], ...SHOWN },
    kind: 'adopt',
  },
  {
    when: 'that one may have been there before',
    seen: { listing: [nameless], importsBefore: null, ...SHOWN },
    kind: 'ambiguous',
  },
  {
    when: 'one with our databases may have been there before',
    seen: { listing: [running], importsBefore: null, ...SHOWN },
    kind: 'adopt',
  },
  {
    when: 'the one that is listed was there before',
    seen: { listing: [ended], importsBefore: ['7'] },
    kind: 'nothing',
  },
  {
    when: 'the one that is listed belongs to another migration',
    seen: { listing: [ended], ownedByOthers: new Set(['7']) },
    kind: 'nothing',
  },
  {
    when: 'the one that is listed moves other databases',
    seen: { listing: [{ ...ended, databases: ['billing'] }] },
    kind: 'nothing',
  },
  {
    when: 'one is listed by the name it has on the target, in another case',
    seen: { listing: [{ ...ended, databases: ['ORDERS_NEW'] }] },
    kind: 'adopt',
  },
  {
    when: 'two are listed that can be ours',
    seen: { listing: [ended, { ...ended, importId: '8' }], ...SHOWN },
    kind: 'ambiguous',
  },
  {
    when: 'two are listed and one was there before',
    seen: { listing: [ended, { ...ended, importId: '8' }], importsBefore: ['7'] },
    kind: 'adopt',
  },
  {
    when: 'Redis lost writes and one has ended: another may have started it',
    seen: { listing: [ended], importsBefore: null, isAfterRollback: true },
    kind: 'ambiguous',
  },
  {
    when: 'Redis lost writes but both instances show the one with our databases',
    seen: { listing: [running], importsBefore: null, isAfterRollback: true, ...SHOWN },
    kind: 'adopt',
  },
  {
    when: 'a word of it is unknown and both run',
    seen: { listing: [{ ...ended, words: ['Weird'] }] },
    kind: 'ambiguous',
  },
  {
    when: 'both show an import, and it is the one that was there before',
    seen: { listing: [running], importsBefore: ['7'], ...SHOWN },
    kind: 'unsettled',
  },
  {
    when: 'both show an import, and one of other databases runs',
    seen: { listing: [{ ...running, databases: ['billing'] }], ...SHOWN },
    kind: 'unsettled',
  },
  {
    when: 'both show an import, and the one that was there before has ended',
    seen: { listing: [ended], importsBefore: ['7'], ...SHOWN },
    kind: 'seen_running',
  },
  {
    when: 'one of its rows is still moving and both run',
    seen: { listing: [{ ...ended, words: ['Success', 'Importing'] }] },
    kind: 'ambiguous',
  },
];

test.each(ROWS)('$when: $kind', ({ seen, kind }) => {
  const judgement = weighEvidence(sighting(seen));
  expect(judgement.kind).toBe(kind);
  expect(judgement.detail).toContain('source ');
});

test.each([
  {
    when: 'an import that is not ours runs',
    seen: { listing: [running], importsBefore: ['7'], ...SHOWN },
    isOthers: true,
  },
  { when: 'an instance restarts', seen: { targetStatus: 'Restarting' }, isOthers: true },
  { when: 'the source is exported elsewhere', seen: { sourceStatus: 'TRANSING' }, isOthers: true },
  {
    when: 'the target imports what is not listed',
    seen: { targetStatus: 'Importing' },
    isOthers: false,
  },
  { when: 'a state could not be read', seen: { sourceStatus: null }, isOthers: false },
  { when: 'there is no listing', seen: { listing: null }, isOthers: false },
])('while $when, what keeps the instances is another’s: $isOthers', ({ seen, isOthers }) => {
  expect(weighEvidence(sighting(seen))).toMatchObject({ kind: 'unsettled', isOthers });
});

describe('for whatever upstream shows', () => {
  const status = fc.constantFrom('Running', 'TRANSING', 'Importing', 'Restarting', null);
  const record = fc.record({
    importId: fc.constantFrom('1', '2', '3'),
    words: fc.array(fc.constantFrom('Importing', 'Success', 'Failed', 'Weird'), { minLength: 1 }),
    databases: fc.subarray(['orders', 'billing']),
  });
  const sightings: fc.Arbitrary<Sighting> = fc.record({
    listing: fc.option(fc.uniqueArray(record, { selector: (one) => one.importId })),
    importsBefore: fc.option(fc.subarray(['1', '2', '3'])),
    ownedByOthers: fc.subarray(['1', '2', '3']).map((ids) => new Set(ids)),
    databases: fc.constant([{ source: 'orders', target: 'orders_new' }]),
    isAfterRollback: fc.boolean(),
    sourceStatus: status,
    targetStatus: status,
  });

  test('an import is never adopted that was there before or belongs to another', () => {
    fc.assert(
      fc.property(sightings, (seen) => {
        const judgement = weighEvidence(seen);
        if (judgement.kind !== 'adopt') return;
        expect(seen.importsBefore ?? []).not.toContain(judgement.importId);
        expect(seen.ownedByOthers.has(judgement.importId)).toBe(false);
        expect(seen.listing?.map((one) => one.importId)).toContain(judgement.importId);
      }),
    );
  });

  test('"nothing" is only said with a complete listing and both instances Running', () => {
    fc.assert(
      fc.property(sightings, (seen) => {
        if (weighEvidence(seen).kind !== 'nothing') return;
        expect(seen.listing).not.toBeNull();
        expect([seen.sourceStatus, seen.targetStatus]).toEqual(['Running', 'Running']);
      }),
    );
  });
});
