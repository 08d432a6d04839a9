/**
 * What one instance must be to take part in an import. A word that upstream did not tell is never
 * taken for a good one. Sources: RDS documentation of ImportDatabaseBetweenInstances, "Primary
 * instance types", the instance state table, DescribeDBInstanceAttribute.
 */
import { isRunning } from './import-status.js';
import { fail, failForNow, pass, skip, warn, type Verdict } from './verdict.js';

interface Named {
  readonly instanceId: string;
}

const is = (word: string, ...words: readonly string[]): boolean =>
  words.some((one) => one.toLowerCase() === word.toLowerCase());

/** Upstream refuses replicas, guards and temporary instances with the same code as a wrong engine. */
export function engineSupported(
  it: Named & { readonly engine: string; readonly instanceType: string | null },
): Verdict {
  if (!is(it.engine, 'MySQL', 'SQLServer')) {
    return fail(`${it.instanceId} runs ${it.engine}; only MySQL and SQLServer can be imported.`);
  }
  if (it.instanceType === null) return skip(`Upstream does not tell the type of ${it.instanceId}.`);
  if (is(it.instanceType, 'Primary')) return pass(`${it.instanceId} is a ${it.engine} primary.`);
  return fail(`${it.instanceId} is of type ${it.instanceType}; only Primary can take part.`);
}

export function engineAsked(
  it: Named & { readonly engine: string },
  { request }: { readonly request: { readonly engine: string } },
): Verdict {
  return is(it.engine, request.engine)
    ? pass(`${it.instanceId} runs ${it.engine}.`)
    : fail(`${it.instanceId} runs ${it.engine}; the migration is of ${request.engine} databases.`);
}

const DEDICATED_CLASS = /^(?:(?:rds\.)?mysql\.st|rds\.mssql\.st|(?:mysql|mssql)\.x[248])\./i;
const SHARED_CLASS =
  /^(?:rds\.(?:mysql|mssql)\.(?:t1|m1|[sc]\d*)|mysql\.n\d*|mssql\.s[248]|rds\.mys2|rds\.mss1)\./i;

/** The class type decides (d, h: dedicated; s: shared; x: general purpose), else the pattern of the class. */
export function dedicatedClass(
  it: Named & { readonly classType: string | null; readonly instanceClass: string | null },
): Verdict {
  const { instanceId, classType, instanceClass } = it;
  const type = classType ?? '';
  const name = instanceClass ?? '';
  const shown = `class ${instanceClass ?? 'untold'}, type ${classType ?? 'untold'}`;
  if (type === '' && name === '') return skip(`Upstream does not tell the class of ${instanceId}.`);
  if (is(type, 'd', 'h')) return pass(`${instanceId} is dedicated (${shown}).`);
  if (!is(type, 's', 'x')) {
    if (DEDICATED_CLASS.test(name)) return pass(`${instanceId} is dedicated (${shown}).`);
    // A class that came up after this was written: upstream decides, not we.
    if (!SHARED_CLASS.test(name)) {
      return warn(
        `${instanceId} has an unknown class (${shown}); only dedicated ones can take part.`,
      );
    }
  }
  return fail(`${instanceId} is not dedicated (${shown}); only dedicated ones can take part.`);
}

/** The cluster edition is `2017_ent`, or any 2017 whose category is AlwaysOn. */
export function notSqlServer2017Cluster(
  it: Named & {
    readonly engine: string;
    readonly engineVersion: string | null;
    readonly category: string | null;
  },
): Verdict {
  const { instanceId, engineVersion, category } = it;
  const fine = pass(`${instanceId} is no SQL Server 2017 cluster.`);
  if (!is(it.engine, 'SQLServer')) return fine;
  if (engineVersion !== null && !engineVersion.startsWith('2017')) return fine;
  if (category !== null && !is(category, 'AlwaysOn') && !is(engineVersion ?? '', '2017_ent')) {
    return fine;
  }
  const isCertain = engineVersion !== null && (is(engineVersion, '2017_ent') || category !== null);
  return isCertain
    ? fail(`${instanceId} is a SQL Server 2017 cluster; these cannot take part.`)
    : skip(`Upstream does not tell whether ${instanceId} is a SQL Server 2017 cluster.`);
}

/** Upstream's states are an open set: all but these two are taken for states on the way to Running. */
export function running(it: Named & { readonly status: string }): Verdict {
  const { instanceId, status } = it;
  if (status === '') return skip(`Upstream does not tell the state of ${instanceId}.`);
  if (isRunning(status)) return pass(`${instanceId} is Running.`);
  const text = `${instanceId} is ${status}, not Running.`;
  return is(status, 'Released', 'Deleting') ? fail(text) : failForNow(text);
}

/** The lock of a restoration goes with it; any other stays until somebody pays, frees space or unlocks. */
export function unlocked(it: Named & { readonly lockMode: string | null }): Verdict {
  const { instanceId, lockMode } = it;
  if (lockMode === null) return skip(`Upstream does not tell whether ${instanceId} is locked.`);
  if (is(lockMode, 'Unlock')) return pass(`${instanceId} is not locked.`);
  const text = `${instanceId} is locked (${lockMode}).`;
  return is(lockMode, 'LockByRestoration') ? failForNow(text) : fail(text);
}

/** Whoever holds one gives it back in time. A holder of null is one that the caller may not know of. */
export function notHeld(
  instanceIds: readonly string[],
  heldBy: ReadonlyMap<string, string | null>,
): { readonly verdicts: readonly Verdict[]; readonly observed: { readonly held: unknown } } {
  const held = instanceIds.flatMap((instanceId) => {
    const migrationId = heldBy.get(instanceId);
    return migrationId === undefined ? [] : [{ instanceId, migrationId }];
  });
  const verdicts = held.map(({ instanceId, migrationId }) => {
    const holder = migrationId ?? 'another migration';
    return failForNow(`${instanceId} is held by ${holder}, which has not ended.`);
  });
  if (held.length === 0) verdicts.push(pass('No other migration holds them.'));
  return { verdicts, observed: { held } };
}
