// The promises of the protocol as one check over a whole world: after each step, and at the end.
import {
  holdsInstances,
  instancesOf,
  isEnded,
  type Migration,
} from '../../src/domain/migration.js';
import { TRANSITIONS } from '../../src/domain/transitions.js';
import type { AcceptedImport } from './memory-cloud.js';
import type { World } from './memory-world.js';

type Floor = Pick<Migration, 'version' | 'attempt' | 'status'>;

const LISTED: ReadonlySet<string> = new Set(
  Object.values(TRANSITIONS).flatMap(({ from, to }) => from.map((status) => `${status} ${to}`)),
);

export class Invariants {
  private readonly floors = new Map<string, Floor>();
  private readonly broken: string[] = [];
  private fence = 0;
  private hasLostWrites = false;

  constructor(private readonly world: World) {
    world.cloud.onRequest = (command, nonce) => {
      const record = world.redis.records.get(command.migrationId);
      const isOnRecord = record?.status === 'submitting' && record.intent?.nonce === nonce;
      if (!isOnRecord && !this.hasLostWrites) {
        this.broken.push(`${nonce} left although the record does not show its intent`);
      }
    };
  }

  /** Redis went back: what it had reached before says nothing any more. */
  forget(): void {
    this.hasLostWrites = true;
    this.floors.clear();
    this.fence = 0;
  }

  /** What does not hold now, in sentences; then the story that led to it. */
  violations(): readonly string[] {
    return this.withStory(this.found());
  }

  /** What does not hold once faults have stopped and the service had time. */
  violationsAtEnd(): readonly string[] {
    return this.withStory(this.foundAtEnd());
  }

  private withStory(found: readonly string[]): readonly string[] {
    return found.length === 0 ? [] : [...found, this.story()];
  }

  private found(): readonly string[] {
    const { world } = this;
    return [
      ...this.broken,
      ...world.migrations.flatMap((record) => [
        ...this.submissionsOf(record),
        ...this.leasesOf(record),
        ...this.historyOf(record),
        ...this.fallOf(record),
      ]),
      ...this.strayLeases(),
    ];
  }

  private foundAtEnd(): readonly string[] {
    const { world } = this;
    const { redis, queue } = world;
    const found = [...this.found()];
    const isRest = (record: Migration): boolean =>
      isEnded(record.status) || record.status === 'outcome_unknown' || this.isBlocked(record);
    for (const record of world.migrations.filter((one) => !isRest(one))) {
      found.push(`${record.id} is still ${record.status}`);
    }
    for (const one of world.cloud.accepted) found.push(...this.ownerOf(one));
    if (!world.migrations.every(({ status }) => isEnded(status))) return found;
    if (redis.leases.size > 0) found.push('all have ended but instances are held');
    if (redis.outbox.length > 0) found.push('all have ended but the outbox is not empty');
    if (queue.waiting.length > 0) found.push('all have ended but jobs are left');
    return found;
  }

  /** For a person who has to understand a failure. */
  private story(): string {
    const { journal, cloud, clock } = this.world;
    const start = this.world.migrations[0]?.createdAt ?? clock.now();
    const at = (ms: number): string => `${String((ms - start) / 1_000).padStart(7)} s`;
    const steps = journal.steps.map(({ name, after, entry }) => {
      const message = entry?.message ?? '';
      return { ms: entry?.at ?? 0, text: `${after.id.slice(-3)} ${name} ${message}` };
    });
    const imports = cloud.accepted.map((one) => ({
      ms: one.at,
      text: `${one.migrationId.slice(-3)} upstream accepts ${one.importId}, attempt ${one.attempt}`,
    }));
    return [...steps, ...imports]
      .toSorted((a, b) => a.ms - b.ms)
      .map(({ ms, text }) => `${at(ms)}  ${text}`)
      .join('\n');
  }

  /** A declared "not started" is believed only when nothing can come any more: so one import at most. */
  private submissionsOf({ id, importId }: Migration): string[] {
    const { accepted, requests } = this.world.cloud;
    const found: string[] = [];
    const own = accepted.filter((one) => one.migrationId === id);
    if (own.length > 1) found.push(`${id} has ${own.length} imports`);
    if (importId !== null && !own.some((one) => one.importId === importId)) {
      found.push(`${id} is bound to ${importId}, an import of another`);
    }
    const sent = requests.filter((nonce) => nonce.startsWith(`${id}/`));
    if (new Set(sent).size < sent.length && !this.hasLostWrites) {
      found.push(`${id} sent one attempt twice`);
    }
    return found;
  }

  private leasesOf(record: Migration): string[] {
    if (!holdsInstances(record.status)) {
      return record.fence === null ? [] : [`${record.id} has a fence but no instances`];
    }
    return instancesOf(record).flatMap((instanceId) => {
      const holder = this.world.redis.leases.get(instanceId);
      const isOwn = holder?.migrationId === record.id && holder.fence === record.fence;
      return isOwn ? [] : [`${record.id} is ${record.status} but does not hold ${instanceId}`];
    });
  }

  private strayLeases(): string[] {
    const { leases, records } = this.world.redis;
    return [...leases].flatMap(([instanceId, { migrationId }]) => {
      const record = records.get(migrationId);
      const isRight = record !== undefined && holdsInstances(record.status);
      return isRight ? [] : [`${instanceId} is held by ${migrationId}, which may hold none`];
    });
  }

  private historyOf({ id, status }: Migration): string[] {
    const history = this.world.redis.histories.get(id) ?? [];
    const found: string[] = [];
    history.forEach((entry, index) => {
      if (entry.from !== (history[index - 1]?.to ?? null)) found.push(`${id}: a gap at ${index}`);
      if (entry.from !== null && !LISTED.has(`${entry.from} ${entry.to}`)) {
        found.push(`${id} went from ${entry.from} to ${entry.to}`);
      }
    });
    if (history.at(-1)?.to !== status) found.push(`the history of ${id} does not end in ${status}`);
    const events = this.world.redis.events.filter((event) => event.migrationId === id);
    if (events.map((event) => event.to).join() !== history.map((entry) => entry.to).join()) {
      found.push(`the events of ${id} are not its history`);
    }
    return found;
  }

  private fallOf(record: Migration): string[] {
    const { id, version, attempt, status, fence } = record;
    const floor = this.floors.get(id);
    this.floors.set(id, record);
    this.fence = Math.max(this.fence, fence ?? 0);
    if (this.world.redis.counters.fence < this.fence) return ['the fence fell'];
    if (floor === undefined) return [];
    const found: string[] = [];
    if (version < floor.version || attempt < floor.attempt) found.push(`${id} fell`);
    if (isEnded(floor.status) && status !== floor.status) found.push(`${id} rose from its end`);
    return found;
  }

  /** Bound, or known to be unknown with both instances held; one that ended unbound was told by the databases. */
  private ownerOf({ importId, migrationId }: AcceptedImport): string[] {
    const record = this.world.redis.records.get(migrationId);
    if (record === undefined) return [`the migration of import ${importId} is lost`];
    const isToldByDatabases = record.evidence.at(-1)?.kind === 'target_databases';
    // Behind an unknown outcome, and reconciled before its next call.
    const isYetToLook =
      this.isBlocked(record) && record.rollbackEpoch < this.world.redis.rollback.epoch;
    const isKept =
      record.importId === importId ||
      record.status === 'outcome_unknown' ||
      isYetToLook ||
      (isEnded(record.status) && record.importId === null && isToldByDatabases);
    return isKept ? [] : [`import ${importId} is not bound to ${migrationId} (${record.status})`];
  }

  private isBlocked(record: Migration): boolean {
    const { leases, records } = this.world.redis;
    return (
      record.status === 'queued' &&
      instancesOf(record).some((instanceId) => {
        const holder = leases.get(instanceId);
        return (
          holder !== undefined && records.get(holder.migrationId)?.status === 'outcome_unknown'
        );
      })
    );
  }
}
