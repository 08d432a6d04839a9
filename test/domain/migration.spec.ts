// Only the listed transitions happen; versions grow; an end gives the instances back and is final.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  holdsInstances,
  instancesOf,
  isEnded,
  sameness,
  STATUSES,
  taskFor,
  type Migration,
  type MigrationStatus,
} from '../../src/domain/migration.js';
import { mayFollow, TRANSITIONS, type TransitionName } from '../../src/domain/transitions.js';
import { note, startMigration, transition } from '../../src/domain/migration-step.js';
import { aMigration, aRequest } from '../support/memory-migrations.js';
import { START_MS } from '../support/memory-ports.js';

const NAMES = Object.keys(TRANSITIONS) as TransitionName[];

/** Written out once more on purpose: a change of the table has to be made twice. */
const TABLE: Record<TransitionName, readonly [readonly MigrationStatus[], MigrationStatus]> = {
  due: [['scheduled'], 'queued'],
  granted: [['queued'], 'checking'],
  check_failed: [['checking'], 'failed'],
  intended: [['checking'], 'submitting'],
  deferred: [['submitting'], 'checking'],
  refused: [['checking', 'submitting'], 'failed'],
  accepted: [['submitting', 'outcome_unknown'], 'importing'],
  adopted: [['submitting', 'outcome_unknown', 'checking'], 'importing'],
  seen_running: [['submitting', 'outcome_unknown'], 'importing'],
  lost_sight: [['submitting', 'checking'], 'outcome_unknown'],
  put_back: [['checking'], 'queued'],
  window_closed: [['queued', 'checking'], 'scheduled'],
  withdrawn: [['scheduled', 'queued', 'checking'], 'canceled'],
  stopped: [['submitting', 'outcome_unknown'], 'canceled'],
  cancel_asked: [['importing'], 'canceling'],
  cancel_refused: [['canceling'], 'importing'],
  retried: [['failed', 'canceled'], 'queued'],
  retried_later: [['failed', 'canceled'], 'scheduled'],
  not_started: [['outcome_unknown'], 'queued'],
  cancel_seen: [['importing'], 'canceling'],
  succeeded: [['importing', 'canceling'], 'succeeded'],
  import_failed: [['importing', 'canceling'], 'failed'],
  import_canceled: [['importing', 'canceling'], 'canceled'],
};

const inStatus = (status: MigrationStatus): Migration => {
  return {
    ...aMigration().migration,
    status,
    version: 7,
    fence: holdsInstances(status) ? 3 : null,
  };
};

const every = NAMES.flatMap((name) => STATUSES.map((from) => ({ name, from })));
const isListed = ({ name, from }: (typeof every)[number]): boolean => TABLE[name][0].includes(from);

test.each(every.filter(isListed))('$name leads from $from where the table says', (one) => {
  const { name, from } = one;
  const { before, after, entry } = transition(inStatus(from), name, START_MS + 5);
  const to = TABLE[name][1];
  expect(mayFollow(from, name)).toBe(true);
  expect(after).toMatchObject({ status: to, version: before.version + 1 });
  expect(after.fence).toBe(holdsInstances(to) ? before.fence : null);
  expect(after.finishedAt).toBe(isEnded(to) ? START_MS + 5 : null);
  expect(entry).toMatchObject({ at: START_MS + 5, from, to });
});

test.each(every.filter((one) => !isListed(one)))('$name never follows $from', ({ name, from }) => {
  expect(mayFollow(from, name)).toBe(false);
  const step = () => transition(inStatus(from), name, START_MS);
  expect(step).toThrow(`${name} does not follow ${from}`);
});

test('only a new attempt leads out of an end, never out of a success; ends are looked after by nobody', () => {
  const ends = STATUSES.filter(isEnded);
  expect(ends).toEqual(['succeeded', 'failed', 'canceled']);
  for (const end of ends) {
    const out = NAMES.filter((name) => mayFollow(end, name));
    expect(out).toEqual(end === 'succeeded' ? [] : ['retried', 'retried_later']);
    expect(taskFor(end)).toBeNull();
    expect(holdsInstances(end)).toBe(false);
  }
});

test('instances are held exactly from the grant to the end, an unknown outcome included', () => {
  expect(STATUSES.filter(holdsInstances)).toEqual([
    'checking',
    'submitting',
    'importing',
    'canceling',
    'outcome_unknown',
  ]);
});

test('instances are given back before anything is submitted, by a recorded "not started", or by an end', () => {
  const releasing = NAMES.filter(
    (name) => TABLE[name][0].some(holdsInstances) && !holdsInstances(TABLE[name][1]),
  );
  expect(releasing.sort()).toEqual(
    [
      'check_failed',
      'import_canceled',
      'import_failed',
      'not_started',
      'put_back',
      'refused',
      'stopped',
      'succeeded',
      'window_closed',
      'withdrawn',
    ].sort(),
  );
});

test('every status that has not ended is looked after by one task', () => {
  for (const status of STATUSES.filter((one) => !isEnded(one))) {
    expect(['schedule', 'submit', 'track']).toContain(taskFor(status));
  }
});

test('along any walk the history folds to the record, and version and attempt never fall', () => {
  const walk = fc.array(fc.nat(100), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(walk, (choices) => {
      let { migration: now, entry: last } = aMigration();
      for (const choice of choices) {
        const open = NAMES.filter((name) => mayFollow(now.status, name));
        const name = open[choice % open.length];
        if (name === undefined) break;
        const step = transition(now, name, now.createdAt + choice);
        expect(step.entry?.from).toBe(last.to);
        expect(step.after.version).toBe(now.version + 1);
        expect(step.after.attempt).toBeGreaterThanOrEqual(now.attempt);
        expect(step.entry?.to).toBe(step.after.status);
        if (step.entry !== null) last = step.entry;
        now = step.after;
      }
    }),
  );
});

describe('a step', () => {
  test('changes nothing of the request and nothing of the record it starts from', () => {
    const before = Object.freeze(inStatus('checking'));
    const { after } = transition(before, 'intended', START_MS);
    for (const field of ['id', 'tenant', ...Object.keys(aRequest())] as (keyof Migration)[]) {
      expect(after[field]).toEqual(before[field]);
    }
  });

  test('clears the wake-up unless it names the next one', () => {
    const before = { ...inStatus('checking'), wakeAt: START_MS };
    expect(transition(before, 'intended', START_MS).after.wakeAt).toBeNull();
    expect(transition(before, 'intended', START_MS, { wakeAt: 9 }).after.wakeAt).toBe(9);
  });

  test('tells a new reason in the history, and an old one not again', () => {
    const reason = { code: 'outcome_unknown', message: 'nothing was seen' } as const;
    const lost = transition(inStatus('submitting'), 'lost_sight', START_MS, { reason });
    expect(lost.entry).toMatchObject({ code: 'outcome_unknown', message: 'nothing was seen' });
    const adopted = transition(lost.after, 'adopted', START_MS, { message: 'found' });
    expect(adopted.entry).toMatchObject({ code: null, message: 'found' });
  });

  test('that is a note grows the version and leaves status and history alone', () => {
    const { after, entry, name } = note(inStatus('importing'), { isOverdue: true });
    expect({ entry, name }).toEqual({ entry: null, name: null });
    expect(after).toMatchObject({ status: 'importing', version: 8, isOverdue: true });
  });
});

describe('a new migration', () => {
  test('waits in the queue, or for its time', () => {
    const own = { batchId: null, dependsOn: [] };
    const identity = { id: 'mig_1', tenant: 'acme', requestId: 'r', ...own };
    const soon = startMigration(aRequest({ notBefore: START_MS }), identity, START_MS).migration;
    expect(soon).toMatchObject({ status: 'queued', queuedAt: START_MS, wakeAt: null });
    const later = startMigration(aRequest({ notBefore: START_MS + 1 }), identity, START_MS);
    expect(later.migration).toMatchObject({
      ...{ status: 'scheduled', queuedAt: null, wakeAt: START_MS + 1 },
      ...{ version: 1, attempt: 1, fence: null, importId: null, intent: null },
    });
    expect(later.entry).toMatchObject({ from: null, to: 'scheduled' });
  });

  test('is the same as another whatever the order of its databases', () => {
    const a = { source: 'a', target: 'x' };
    const b = { source: 'b', target: 'y' };
    const of = (databases: (typeof a)[]) => sameness(aRequest({ databases }));
    expect(of([a, b])).toBe(of([b, a]));
    expect(of([a, b])).not.toBe(of([a]));
    expect(of([{ source: 'a', target: 'y' }])).not.toBe(of([a]));
    expect(instancesOf(aRequest())).toEqual(['rm-source', 'rm-target']);
  });
});
