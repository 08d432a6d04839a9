// Which members of a batch `retry-failed` tries again, and in which order.
import { isEnded, type Migration } from './migration.js';

/** What the decision about a member rests on: ten thousand whole records would be fifty megabytes. */
export interface RetryMember extends Pick<Migration, 'id' | 'status' | 'dependsOn' | 'retryRound'> {
  readonly reasonCode: string | null;
}

export const retryMemberOf = (migration: Migration): RetryMember => {
  const { id, status, dependsOn, retryRound, reason } = migration;
  return { id, status, dependsOn, retryRound, reasonCode: reason?.code ?? null };
};

export interface RetryPlan {
  /** Ids; those of a wave depend on those of earlier waves alone, so that none finds a failure any more. */
  readonly waves: readonly (readonly string[])[];
  /** They depend on what ended and is not tried again: they would only end once more. */
  readonly barred: readonly string[];
}

const FOLLOWS_A_FAILURE: ReadonlySet<string | null> = new Set([
  'batch_halted',
  'dependency_failed',
  'upstream_canceled',
]);

/** What a person canceled stays canceled. `round`: each member is tried again once for each decision. */
export const isRetried = (member: RetryMember, round: number | null): boolean =>
  (member.status === 'failed' ||
    (member.status === 'canceled' && FOLLOWS_A_FAILURE.has(member.reasonCode))) &&
  (round === null || member.retryRound !== round);

/** `members`: all of the batch. Time is linear in them and their dependencies. */
export function retryPlan(members: readonly RetryMember[], round: number | null): RetryPlan {
  const byId = new Map(members.map((member) => [member.id, member]));
  const wanted = members.filter((member) => isRetried(member, round));
  const wantedIds = new Set(wanted.map(({ id }) => id));
  const isMet = (id: string): boolean => {
    const other = byId.get(id);
    return other !== undefined && (other.status === 'succeeded' || !isEnded(other.status));
  };
  const missing = new Map<string, number>();
  const dependents = new Map<string, string[]>();
  for (const { id, dependsOn } of wanted) {
    const others = dependsOn.filter((other) => wantedIds.has(other) || !isMet(other));
    missing.set(id, others.length);
    for (const other of others) {
      const known = dependents.get(other);
      if (known === undefined) dependents.set(other, [id]);
      else known.push(id);
    }
  }
  const waves: (readonly string[])[] = [];
  let wave = wanted.map(({ id }) => id).filter((id) => missing.get(id) === 0);
  const planned = new Set<string>();
  while (wave.length > 0) {
    waves.push(wave);
    for (const id of wave) planned.add(id);
    const freed = wave.flatMap((id) => dependents.get(id) ?? []);
    for (const id of freed) missing.set(id, (missing.get(id) ?? 0) - 1);
    wave = [...new Set(freed)].filter((id) => missing.get(id) === 0);
  }
  return { waves, barred: wanted.map(({ id }) => id).filter((id) => !planned.has(id)) };
}
