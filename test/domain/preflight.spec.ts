// Preflight: each check fails for its own reason, none passes on what was not read, and what passes by itself is waited for.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CHECK_IDS,
  runPreflight,
  type Check,
  type CheckId,
  type PreflightFacts,
} from '../../src/domain/preflight.js';
import { both, GB, known, mySql, running, sqlServer, unknown } from '../support/preflight-facts.js';

const state = (status: string) => known([{ name: 'orders', status }]);
const asking = (facts: PreflightFacts, request: Partial<PreflightFacts['request']>) => ({
  ...facts,
  request: { ...facts.request, ...request },
});
const full = known({ diskUsedBytes: 95 * GB, dataBytes: 1 });

function check(facts: PreflightFacts, id: CheckId): Check {
  const found = runPreflight(facts).report.checks.find((one) => one.id === id);
  if (found === undefined) throw new Error(`${id} was not reported`);
  return found;
}

const idsWith = (facts: PreflightFacts, status: Check['status']): readonly CheckId[] =>
  runPreflight(facts).report.checks.flatMap((one) => (one.status === status ? [one.id] : []));

test.each([
  ['MySQL', mySql(), ['target_names_free']],
  ['SQL Server', sqlServer(), ['target_databases_running']],
])('%s: fit instances pass every check that is asked of their engine', (_, facts, skipped) => {
  const { report, waitFor } = runPreflight(facts);
  expect(report).toMatchObject({ ok: true, checkedAt: facts.atMs });
  expect(waitFor).toBeNull();
  expect(idsWith(facts, 'skipped')).toEqual(skipped);
  expect(idsWith(facts, 'pass')).toHaveLength(CHECK_IDS.length - skipped.length);
});

const LASTING: readonly (readonly [CheckId, RegExp, PreflightFacts])[] = [
  [
    'instances_differ',
    /both source and target/,
    asking(mySql(), { targetInstanceId: 'RM-Source' }),
  ],
  ['instances_visible', /source rm-source was not found/, mySql({ source: known(null) })],
  ['instances_visible', /target rm-target was not found/, sqlServer({ target: known(null) })],
  ['engine_supported', /of type Readonly/, mySql({}, { source: { instanceType: 'Readonly' } })],
  ['engines_match', /runs MySQL; .* SQLServer/, sqlServer({}, { target: { engine: 'MySQL' } })],
  ['engines_match', /runs SQLServer; .* MySQL/, mySql({}, both({ engine: 'SQLServer' }))],
  ['dedicated_class', /not dedicated/, mySql({}, { source: { classType: 's' } })],
  ['dedicated_class', /not dedicated/, sqlServer({}, { target: { classType: 'X' } })],
  ['not_sqlserver_2017_cluster', /2017/, sqlServer({}, { source: { engineVersion: '2017_ent' } })],
  ['source_running', /Released/, mySql({}, { source: { status: 'Released' } })],
  ['target_running', /DELETING/, sqlServer({}, { target: { status: 'DELETING' } })],
  ['instances_unlocked', /LockByDiskQuota/, mySql({}, { target: { lockMode: 'LockByDiskQuota' } })],
  ['source_databases_running', /source: orders/, mySql({ sourceDatabases: running('ORDERS') })],
  ['source_databases_running', /source: src/, sqlServer({ sourceDatabases: running('other') })],
  ['source_databases_running', /orders \(Cold\)/, mySql({ sourceDatabases: state('Cold') })],
  ['target_databases_running', /target: orders/, mySql({ targetDatabases: running() })],
  ['target_databases_running', /Deleting/, mySql({ targetDatabases: state('Deleting') })],
  ['target_names_free', /already: dest/, sqlServer({ targetDatabases: running('DEST') })],
  ['target_storage_sufficient', /free/, sqlServer({ targetUsage: full })],
];

test.each(LASTING)('%s fails alone, for good: %s', (id, message, facts) => {
  expect(idsWith(facts, 'fail')).toEqual([id]);
  expect(check(facts, id).message).toMatch(message);
  expect(runPreflight(facts)).toMatchObject({ report: { ok: false }, waitFor: null });
});

const held = new Map([['rm-target', 'mig_9']]);
const PASSING: readonly (readonly [CheckId, RegExp, PreflightFacts])[] = [
  ['source_running', /rm-source is Rebooting/, mySql({}, { source: { status: 'Rebooting' } })],
  ['source_running', /TRANSING/, sqlServer({}, { source: { status: 'TRANSING' } })],
  ['target_running', /Importing/, mySql({}, { target: { status: 'Importing' } })],
  ['target_running', /NEW_WORD/, sqlServer({}, { target: { status: 'NEW_WORD' } })],
  ['instances_unlocked', /Restoration/, mySql({}, { source: { lockMode: 'LockByRestoration' } })],
  ['source_databases_running', /Creating/, mySql({ sourceDatabases: state('Creating') })],
  ['target_databases_running', /Creating/, mySql({ targetDatabases: state('Creating') })],
  ['instances_not_reserved', /rm-target is held by mig_9/, sqlServer({ heldBy: held })],
];

describe('what passes by itself', () => {
  test.each(PASSING)('%s is waited for: %s', (id, message, facts) => {
    expect(idsWith(facts, 'fail')).toEqual([id]);
    expect(runPreflight(facts).report.ok).toBe(false);
    expect(runPreflight(facts).waitFor).toMatch(message);
  });

  test('is not waited for when anything else stands in the way', () => {
    const sides = { source: { status: 'Rebooting' }, target: { classType: 's' } };
    expect(runPreflight(mySql({}, sides)).waitFor).toBeNull();
    const oneLocked = {
      source: { lockMode: 'LockByRestoration' },
      target: { lockMode: 'ManualLock' },
    };
    expect(runPreflight(mySql({}, oneLocked)).waitFor).toBeNull();
  });

  test("does not tell which migration holds an instance when that is not the caller's to know", () => {
    const facts = mySql({ heldBy: new Map([['rm-source', null]]) });
    const { message, observed } = check(facts, 'instances_not_reserved');
    expect(message).toBe('rm-source is held by another migration, which has not ended.');
    expect(observed).toEqual({ held: [{ instanceId: 'rm-source', migrationId: null }] });
  });

  test('is named in full when there is more than one', () => {
    const { waitFor } = runPreflight(mySql({ heldBy: held }, both({ status: 'Restoring' })));
    expect(waitFor).toMatch(/rm-source is Restoring.*rm-target is Restoring.*held by mig_9/s);
  });
});

describe('storage', () => {
  test('too little for all data of the source is a warning while only a part of it moves', () => {
    const { status, observed } = check(mySql({ targetUsage: full }), 'target_storage_sufficient');
    expect(status).toBe('warn');
    expect(observed).toMatchObject({ usedBytes: 95 * GB, sourceDataBytes: 10 * GB });
    expect(runPreflight(mySql({ targetUsage: full })).report.ok).toBe(true);
  });

  test('nothing free at all fails, and the space must exceed the data', () => {
    const used = (bytes: number) => ({
      targetUsage: known({ diskUsedBytes: bytes, dataBytes: 1 }),
    });
    expect(check(mySql(used(100 * GB)), 'target_storage_sufficient').status).toBe('fail');
    expect(check(sqlServer(used(90 * GB)), 'target_storage_sufficient').status).toBe('fail');
    expect(check(sqlServer(used(90 * GB - 1)), 'target_storage_sufficient').status).toBe('pass');
  });

  test('a source whose databases are not known is never said to move whole', () => {
    for (const sourceDatabases of [unknown('timeout'), running()]) {
      const facts = sqlServer({ targetUsage: full, sourceDatabases });
      expect(check(facts, 'target_storage_sufficient').status).toBe('warn');
    }
  });
});

describe('what was not read', () => {
  const READS = [
    'source',
    'target',
    'sourceDatabases',
    'targetDatabases',
    'sourceUsage',
    'targetUsage',
  ] as const;
  const NEEDS: Readonly<Record<CheckId, readonly (typeof READS)[number][]>> = {
    instances_differ: [],
    instances_visible: ['source', 'target'],
    engine_supported: ['source', 'target'],
    engines_match: ['source', 'target'],
    dedicated_class: ['source', 'target'],
    not_sqlserver_2017_cluster: ['source', 'target'],
    source_running: ['source'],
    target_running: ['target'],
    instances_unlocked: ['source', 'target'],
    source_databases_running: ['sourceDatabases'],
    target_databases_running: ['targetDatabases'],
    target_names_free: ['targetDatabases'],
    target_storage_sufficient: ['target', 'sourceUsage', 'targetUsage'],
    instances_not_reserved: [],
  };

  test('never passes, is skipped with the reason, and every check is still reported in order', () => {
    const base = fc.constantFrom(mySql(), sqlServer());
    fc.assert(
      fc.property(base, fc.subarray([...READS]), (facts, missing) => {
        const lost = Object.fromEntries(missing.map((read) => [read, unknown(`lost ${read}`)]));
        const { report, waitFor } = runPreflight({ ...facts, ...lost });
        expect(report.checks.map(({ id }) => id)).toEqual(CHECK_IDS);
        const areSeen = !missing.includes('source') && !missing.includes('target');
        expect([report.ok, waitFor]).toEqual([areSeen, null]);
        for (const { id, status, message } of report.checks) {
          const lacking = NEEDS[id].filter((read) => missing.includes(read));
          expect(status === 'skipped' || lacking.length === 0).toBe(true);
          const isAsked = !message.startsWith('Asked of');
          const untold = lacking.filter((read) => isAsked && !message.includes(`lost ${read}`));
          expect(untold).toEqual([]);
        }
      }),
    );
  });

  test('a definite failure of one instance stands although the other could not be read', () => {
    const facts = mySql({ target: unknown('timeout') }, { source: { engine: 'PostgreSQL' } });
    expect(idsWith(facts, 'fail')).toEqual(['engine_supported', 'engines_match']);
  });

  test('a word that upstream left out is as one that was not read', () => {
    const untold = { instanceType: null, classType: null, instanceClass: null, lockMode: null };
    const facts = sqlServer(
      {},
      both({ ...untold, status: '', engineVersion: null, category: null }),
    );
    expect(idsWith(facts, 'pass')).not.toContain('dedicated_class');
    expect(idsWith(facts, 'skipped')).toEqual([
      'engine_supported',
      'dedicated_class',
      'not_sqlserver_2017_cluster',
      'source_running',
      'target_running',
      'instances_unlocked',
      'target_databases_running',
    ]);
  });
});
