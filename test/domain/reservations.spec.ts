// What other migrations bring to a target: counted once for each source, certain or at most, and never taken for free space.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runPreflight, type Check, type PreflightFacts } from '../../src/domain/preflight.js';
import {
  NOTHING_RESERVED,
  TargetReservations,
  type Bringer,
  type ReservedOnTarget,
} from '../../src/domain/reservations.js';
import { GB, mySql, running, sqlServer } from '../support/preflight-facts.js';

const bringer = (name: string, bytes: number | null, isExact = false): Bringer => ({
  ...{ sourceInstanceId: `rm-${name}`, bytes, isExact },
});

function reservedBy(bringers: readonly Bringer[], ownSource = 'rm-source'): ReservedOnTarget {
  const reservations = new TargetReservations();
  for (const one of bringers) reservations.add(one);
  return reservations.besides(ownSource);
}

describe('reservations on a target', () => {
  test('are none while nobody brings anything', () => {
    expect(reservedBy([])).toEqual(NOTHING_RESERVED);
    expect(NOTHING_RESERVED).toEqual({
      ...{ exactBytes: 0, atMostBytes: 0, migrations: 0, unknownSources: 0 },
    });
  });

  test('count each source once, however many migrations come from it', () => {
    const all = [bringer('a', 10), bringer('a', 10), bringer('b', 5)];
    expect(reservedBy(all)).toMatchObject({ exactBytes: 0, atMostBytes: 15, migrations: 3 });
  });

  test('leave out the data of the source that is asked about: it is counted as its own', () => {
    const all = [bringer('source', 40), bringer('b', 5)];
    expect(reservedBy(all)).toMatchObject({ atMostBytes: 5, migrations: 2 });
  });

  test('do not count what is certain to come from a source a second time, in either order', () => {
    const all = [bringer('a', 10), bringer('a', 10, true), bringer('a', 10)];
    expect(reservedBy(all)).toMatchObject({ exactBytes: 10, atMostBytes: 0, migrations: 3 });
  });

  test('say how many sources are of unknown size; one that somebody knows is known', () => {
    const all = [bringer('a', null), bringer('b', null), bringer('b', 5), bringer('source', null)];
    expect(reservedBy(all)).toMatchObject({ atMostBytes: 5, unknownSources: 1 });
    expect(reservedBy([bringer('a', null, true)])).toMatchObject({ exactBytes: 0 });
  });

  test('are the same in whatever order they are met', () => {
    const size = fc.constantFrom(null, 7);
    const one = fc.record({ name: fc.constantFrom('source', 'a', 'b'), isExact: fc.boolean() });
    fc.assert(
      fc.property(fc.array(one), size, (plans, bytes) => {
        const all = plans.map(({ name, isExact }) => bringer(name, bytes, isExact));
        // Two that hold one target at a time there are not.
        const exact = all.filter((each) => each.isExact).slice(0, 1);
        const mixed = [...all.filter((each) => !each.isExact), ...exact];
        expect(reservedBy(mixed)).toEqual(reservedBy(mixed.toReversed()));
      }),
    );
  });
});

/** 100 GB of storage, 30 GB used, 10 GB on the source. */
function storage(reserved: Partial<ReservedOnTarget>, facts: PreflightFacts = mySql()): Check {
  const reservedOnTarget = { ...NOTHING_RESERVED, migrations: 1, ...reserved };
  const { report } = runPreflight({ ...facts, reservedOnTarget });
  const found = report.checks.find(({ id }) => id === 'target_storage_sufficient');
  if (found === undefined) throw new Error('the check was not reported');
  return found;
}
const wholeMoves = sqlServer({ sourceDatabases: running('src') });

describe('the space on the target', () => {
  test('that another migration is certain to fill is not free', () => {
    expect(storage({ exactBytes: 60 * GB - 1 }).status).toBe('pass');
    expect(storage({ exactBytes: 60 * GB }).status).toBe('warn');
    expect(storage({ exactBytes: 70 * GB }).status).toBe('fail');
    expect(storage({ exactBytes: 60 * GB }, wholeMoves).status).toBe('fail');
    expect(storage({ exactBytes: 60 * GB - 1 }, wholeMoves).status).toBe('pass');
  });

  test('that others may fill is a warning, never a failure and never a pass', () => {
    expect(storage({ atMostBytes: 60 * GB - 1 }).status).toBe('pass');
    expect(storage({ atMostBytes: 60 * GB }).status).toBe('warn');
    expect(storage({ atMostBytes: 900 * GB }, wholeMoves).status).toBe('warn');
  });

  test('is told with every number that it depends on', () => {
    const { observed, message } = storage({
      ...{ exactBytes: 2 * GB, atMostBytes: 3 * GB, migrations: 4, unknownSources: 1 },
    });
    expect(observed).toEqual({
      ...{ storageBytes: 100 * GB, usedBytes: 30 * GB, sourceDataBytes: 10 * GB },
      ...{ reservedBytes: 2 * GB, reservedAtMostBytes: 3 * GB, reservingMigrations: 4 },
      areAllMoved: false,
    });
    expect(message).toContain(`${68 * GB} bytes free`);
    expect(message).toContain(`${2 * GB} bytes that another migration brings`);
    expect(message).toContain(`up to ${3 * GB} bytes`);
    expect(message).toContain('1 other source(s)');
    expect(storage({}, wholeMoves).observed).toMatchObject({ areAllMoved: true });
  });
});
