// Before all facts of a held-back migration are read once more: is the instance that it waits for ready at last?
import { running, unlocked } from '../domain/instance-rules.js';
import type { Migration } from '../domain/migration.js';
import { textOf } from '../domain/verdict.js';
import {
  isPassing,
  type SessionOutcome,
  type Upstream,
  type UpstreamFault,
} from './ports-upstream.js';

type Rechecked =
  /** It may be ready: the checks decide. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'busy'; readonly detail: string }
  | { readonly kind: 'fault'; readonly fault: UpstreamFault }
  | Exclude<SessionOutcome, { kind: 'open' }>;

/**
 * One call, behind all other work: however many wait for a busy instance, they take no calls from those
 * whose instances are ready.
 */
export async function recheckInstance(
  upstream: Pick<Upstream, 'open'>,
  migration: Migration,
): Promise<Rechecked> {
  const opened = await upstream.open(migration, 1, 'background');
  if (opened.kind !== 'open') return opened;
  const read = await opened.session.instance(awaitedInstance(migration));
  if (!read.ok) {
    return isPassing(read.fault) ? { kind: 'fault', fault: read.fault } : { kind: 'ready' };
  }
  const instance = read.value;
  if (instance === null) return { kind: 'ready' };
  const failed = [running(instance), unlocked(instance)].filter(({ status }) => status === 'fail');
  const isBusy = failed.length > 0 && failed.every((verdict) => verdict.isPassing);
  return isBusy ? { kind: 'busy', detail: textOf(failed) } : { kind: 'ready' };
}

/** The source where its check failed last time, else the target: that is what upstream refuses most. */
function awaitedInstance({
  sourceInstanceId,
  targetInstanceId,
  preflightReport,
}: Migration): string {
  const failed = preflightReport?.checks.filter(({ status }) => status === 'fail') ?? [];
  return failed.some(({ subject }) => subject === 'source') ? sourceInstanceId : targetInstanceId;
}
