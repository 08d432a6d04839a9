// Live facts in, findings out: every check is always reported, and what could not be read never passes.
import type { DatabasePair, Engine } from './db-info.js';
import * as databases from './database-rules.js';
import * as instances from './instance-rules.js';
import type { ReservedOnTarget } from './reservations.js';
import { fail, fold, pass, skip, textOf, type Verdict } from './verdict.js';

export const CHECK_IDS = [
  'instances_differ',
  'instances_visible',
  'engine_supported',
  'engines_match',
  'dedicated_class',
  'not_sqlserver_2017_cluster',
  'source_running',
  'target_running',
  'instances_unlocked',
  'source_databases_running',
  'target_databases_running',
  'target_names_free',
  'target_storage_sufficient',
  'instances_not_reserved',
] as const;

export type CheckId = (typeof CHECK_IDS)[number];

export interface Check {
  readonly id: CheckId;
  readonly status: 'pass' | 'fail' | 'warn' | 'skipped';
  readonly subject: 'source' | 'target' | 'both';
  readonly message: string;
  /** What was seen, for a person to act on. */
  readonly observed: Readonly<Record<string, unknown>>;
}

export interface PreflightReport {
  readonly ok: boolean;
  /** Milliseconds since the epoch. */
  readonly checkedAt: number;
  readonly checks: readonly Check[];
}

/** One instance as upstream describes it. Words are upstream's own. */
export interface InstanceFacts {
  readonly instanceId: string;
  readonly status: string;
  readonly engine: string;
  readonly engineVersion: string | null;
  readonly category: string | null;
  readonly regionId: string | null;
  /** `d` dedicated, `h` dedicated host, `s` shared, `x` general purpose. */
  readonly classType: string | null;
  readonly instanceClass: string | null;
  readonly lockMode: string | null;
  readonly instanceType: string | null;
  readonly storageBytes: number | null;
}

export interface DatabaseFacts {
  readonly name: string;
  readonly status: string;
}

/** Bytes; null where upstream gave none. */
export interface UsageFacts {
  readonly diskUsedBytes: number | null;
  readonly dataBytes: number | null;
}

/** What was read, or why it could not be. */
export type Fact<T> =
  { readonly known: true; readonly value: T } | { readonly known: false; readonly why: string };

export interface PreflightFacts {
  readonly request: {
    readonly sourceInstanceId: string;
    readonly targetInstanceId: string;
    readonly engine: Engine;
    readonly databases: readonly DatabasePair[];
  };
  /** Null: upstream does not know the instance for this account. */
  readonly source: Fact<InstanceFacts | null>;
  readonly target: Fact<InstanceFacts | null>;
  readonly sourceDatabases: Fact<readonly DatabaseFacts[]>;
  readonly targetDatabases: Fact<readonly DatabaseFacts[]>;
  readonly sourceUsage: Fact<UsageFacts>;
  readonly targetUsage: Fact<UsageFacts>;
  /** Instance id → the other migration that holds it; null for one that the caller may not know of. */
  readonly heldBy: ReadonlyMap<string, string | null>;
  /** What other migrations bring to the target. */
  readonly reservedOnTarget: ReservedOnTarget;
  readonly atMs: number;
}

export interface PreflightOutcome {
  /**
   * `ok` when nothing failed. A skipped check does not count against it, but for the one that both
   * instances are there: one that could not be read at all must never look fine.
   */
  readonly report: PreflightReport;
  /** What to wait for, when only states that pass by themselves stand in the way; else null. */
  readonly waitFor: string | null;
}

export function runPreflight(facts: PreflightFacts): PreflightOutcome {
  const findings = CHECK_IDS.map((id) => ({ id, ...RULES[id](facts) }));
  const checks = findings.map(({ id, subject, verdicts, observed }): Check => {
    return { id, ...fold(verdicts), subject, observed };
  });
  const failures = findings
    .flatMap(({ verdicts }) => verdicts)
    .filter(({ status }) => status === 'fail');
  const isWorthWaiting = failures.length > 0 && failures.every(({ isPassing }) => isPassing);
  const ok = failures.length === 0 && !checks.some(isUnseen);
  return {
    report: { ok, checkedAt: facts.atMs, checks },
    waitFor: isWorthWaiting ? textOf(failures) : null,
  };
}

export const isUnseen = ({ id, status }: Check): boolean =>
  id === 'instances_visible' && status === 'skipped';

/** Asked of one engine alone; of the other they are skipped. */
export const ASKED_OF = {
  target_databases_running: 'MySQL',
  target_names_free: 'SQLServer',
} as const satisfies Partial<Record<CheckId, Engine>>;

interface Finding extends Pick<Check, 'subject' | 'observed'> {
  readonly verdicts: readonly Verdict[];
}

type Rule = (facts: PreflightFacts) => Finding;
type Side = 'source' | 'target';

const RULES: Readonly<Record<CheckId, Rule>> = {
  instances_differ: instancesDiffer,
  instances_visible: instancesVisible,
  engine_supported: onInstances('both', ['engine', 'instanceType'], instances.engineSupported),
  engines_match: onInstances('both', ['engine', 'engineVersion'], instances.engineAsked),
  dedicated_class: onInstances('both', ['classType', 'instanceClass'], instances.dedicatedClass),
  not_sqlserver_2017_cluster: onInstances(
    'both',
    ['engine', 'engineVersion', 'category'],
    instances.notSqlServer2017Cluster,
  ),
  source_running: onInstances('source', ['status'], instances.running),
  target_running: onInstances('target', ['status'], instances.running),
  instances_unlocked: onInstances('both', ['lockMode'], instances.unlocked),
  source_databases_running: onDatabases(null, 'source', databases.allRunning),
  target_databases_running: onDatabases('target_databases_running', 'target', databases.allRunning),
  target_names_free: onDatabases('target_names_free', 'target', databases.namesFree),
  target_storage_sufficient: targetStorageSufficient,
  instances_not_reserved: instancesNotReserved,
};

const found = (subject: Side, { verdict, observed }: databases.Seen): Finding => {
  return { subject, verdicts: [verdict], observed };
};
const idOf = ({ request }: PreflightFacts, side: Side): string => request[`${side}InstanceId`];
const unread = (what: string, why: string): Verdict => skip(`${what} could not be read: ${why}`);

/** Applies a rule to each instance that could be read; `fields` are the facts it looks at. */
function onInstances(
  subject: Check['subject'],
  fields: readonly (keyof InstanceFacts)[],
  rule: (instance: InstanceFacts, facts: PreflightFacts) => Verdict,
): Rule {
  const sides: readonly Side[] = subject === 'both' ? ['source', 'target'] : [subject];
  return (facts) => {
    const observed: Record<string, unknown> = {};
    const verdicts = sides.map((side) => {
      const fact = facts[side];
      observed[side] = null;
      if (!fact.known) return unread(idOf(facts, side), fact.why);
      if (fact.value === null) return skip(`${idOf(facts, side)} was not found.`);
      const instance = fact.value;
      observed[side] = Object.fromEntries(fields.map((field) => [field, instance[field]]));
      return rule(instance, facts);
    });
    return { subject, verdicts, observed };
  };
}

function instancesDiffer({ request }: PreflightFacts): Finding {
  const { sourceInstanceId, targetInstanceId } = request;
  const verdict =
    sourceInstanceId.toLowerCase() === targetInstanceId.toLowerCase()
      ? fail(`${sourceInstanceId} is both source and target.`)
      : pass('Source and target are two instances.');
  return { subject: 'both', verdicts: [verdict], observed: { sourceInstanceId, targetInstanceId } };
}

function instancesVisible(facts: PreflightFacts): Finding {
  const observed: Record<string, unknown> = {};
  const verdicts = (['source', 'target'] as const).map((side) => {
    const fact = facts[side];
    const id = idOf(facts, side);
    observed[side] = fact.known ? fact.value !== null : null;
    if (!fact.known) return unread(id, fact.why);
    if (fact.value !== null) return pass(`${id} was found.`);
    return fail(`The ${side} ${id} was not found with this credential.`);
  });
  return { subject: 'both', verdicts, observed };
}

/** Applies a rule to the databases of one side; asked of one engine alone, or (null) of both. */
function onDatabases(
  id: keyof typeof ASKED_OF | null,
  side: Side,
  rule: (
    wanted: readonly string[],
    present: readonly DatabaseFacts[],
    side: Side,
    engine: Engine,
  ) => databases.Seen,
): Rule {
  return (facts) => {
    const { request } = facts;
    const fact = facts[`${side}Databases`];
    const engine = id === null ? request.engine : ASKED_OF[id];
    const unseen = (verdict: Verdict): Finding => found(side, { verdict, observed: {} });
    if (request.engine !== engine) return unseen(skip(`Asked of ${engine} only.`));
    if (!fact.known) return unseen(unread(`The databases of ${idOf(facts, side)}`, fact.why));
    const wanted = request.databases.map((pair) => pair[side]);
    return found(side, rule(wanted, fact.value, side, engine));
  };
}

function targetStorageSufficient(facts: PreflightFacts): Finding {
  const { request, target, targetUsage, sourceUsage, sourceDatabases } = facts;
  const room = {
    storage: target.known ? (target.value?.storageBytes ?? null) : null,
    used: targetUsage.known ? targetUsage.value.diskUsedBytes : null,
    sourceData: sourceUsage.known ? sourceUsage.value.dataBytes : null,
  };
  const unreadWhy = [target, targetUsage, sourceUsage].flatMap((it) => (it.known ? [] : it.why));
  const why = [...new Set(unreadWhy)].join('; ') || 'upstream does not tell them.';
  const moved = request.databases.map(({ source }) => source);
  const areAllMoved = sourceDatabases.known && databases.areAll(moved, sourceDatabases.value);
  const { reservedOnTarget } = facts;
  return found('target', databases.storageSufficient(room, reservedOnTarget, { areAllMoved, why }));
}

function instancesNotReserved({ request, heldBy }: PreflightFacts): Finding {
  const both = [request.sourceInstanceId, request.targetInstanceId];
  return { subject: 'both', ...instances.notHeld(both, heldBy) };
}
