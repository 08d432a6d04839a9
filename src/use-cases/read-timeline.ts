// The timeline of a batch: made of its records and the plan ahead, once a second for all who look at it.
import { Injectable } from '@nestjs/common';
import type { Batch } from '../domain/batch.js';
import type { Member } from '../domain/batch-row.js';
import { timelineOf, type BatchTimeline } from '../domain/batch-timeline.js';
import type { Engine } from '../domain/db-info.js';
import { estimateMs, type DurationModel } from '../domain/estimate.js';
import { Problem } from '../domain/errors.js';
import { holdsInstances, isEnded, type Migration } from '../domain/migration.js';
import { LearnedDurations } from './learned-durations.js';
import { Clock, InstanceLeases, MigrationStore, Pause } from './ports.js';
import { BatchStore } from './ports-batches.js';

/** Read at once; between two pages others have their turn. */
const PAGE = 500;

/** Others have their turn after this long: a pause for every step of a plan would take longer than the plan. */
const SLICE_MS = 10;

/** So long the one that was made last serves all who ask. */
const FRESH_MS = 1_000;

/** One of ten thousand members takes a few megabytes. */
const MOST_KEPT = 8;

interface Kept {
  readonly version: number;
  readonly timeline: Promise<BatchTimeline>;
  /** Infinite while it is being made. */
  freshUntil: number;
}

type Models = Readonly<Record<Engine, DurationModel | null>>;

@Injectable()
export class ReadTimeline {
  private readonly kept = new Map<string, Kept>();

  constructor(
    private readonly batches: BatchStore,
    private readonly migrations: MigrationStore,
    private readonly leases: InstanceLeases,
    private readonly durations: LearnedDurations,
    private readonly clock: Clock,
    private readonly pause: Pause,
  ) {}

  /** Throws Problem not_found. */
  async find(tenant: string, id: string): Promise<BatchTimeline> {
    const batch = await this.batches.find(id);
    if (batch === null || batch.tenant !== tenant) {
      throw new Problem('not_found', 'There is no such batch.');
    }
    const known = this.kept.get(id);
    const isFresh = known !== undefined && this.clock.now() < known.freshUntil;
    if (isFresh && known.version === batch.version) return known.timeline;
    return this.keep(batch);
  }

  private keep(batch: Batch): Promise<BatchTimeline> {
    const timeline = this.make(batch).finally(() => {
      kept.freshUntil = this.clock.now() + FRESH_MS;
    });
    const kept: Kept = { version: batch.version, timeline, freshUntil: Infinity };
    timeline.catch(() => this.forget(batch.id, kept));
    this.kept.delete(batch.id);
    this.kept.set(batch.id, kept);
    const [oldest] = this.kept.keys();
    if (this.kept.size > MOST_KEPT && oldest !== undefined) this.kept.delete(oldest);
    return timeline;
  }

  private forget(id: string, kept: Kept): void {
    if (this.kept.get(id) === kept) this.kept.delete(id);
  }

  private async make(batch: Batch): Promise<BatchTimeline> {
    const models = await this.durations.models();
    const read = await this.membersOf(batch, models);
    const instances = new Set(read.filter(isOpen).flatMap(instancesOf));
    const holders = await this.holders([...instances]);
    const members = await this.reread(read, holders, models);
    const own = new Set(members.map(({ id }) => id));
    const others = new Set([...holders.values()].filter((id) => !own.has(id)));
    const strangers = (await this.migrations.findAll([...others])).filter(({ status }) =>
      holdsInstances(status),
    );
    const { maxConcurrent, window, gate } = batch;
    const making = timelineOf(members, await this.sized(strangers, models), {
      ...{ nowMs: this.clock.now(), maxConcurrent, window, fitsWindow: window?.fit ?? false },
      outlook: gate === 'open' || gate === 'paused' ? gate : 'over',
    });
    let since = this.clock.now();
    for (;;) {
      const step = making.next();
      if (step.done === true) return step.value;
      if (this.clock.now() - since < SLICE_MS) continue;
      await this.pause.wait(0);
      since = this.clock.now();
    }
  }

  private async membersOf(batch: Batch, models: Models): Promise<readonly Member[]> {
    const members: Member[] = [];
    let afterId: string | null = null;
    for (;;) {
      const ids: readonly string[] = await this.batches.members(batch, afterId, PAGE);
      members.push(...(await this.sized(await this.migrations.findAll(ids), models)));
      if (ids.length < PAGE) return members;
      afterId = ids.at(-1) ?? null;
    }
  }

  private async sized(
    migrations: readonly Migration[],
    models: Models,
  ): Promise<readonly Member[]> {
    const sources = new Set(migrations.filter(isOpen).map((one) => one.sourceInstanceId));
    const sizes = await this.leases.dataSizes([...sources]);
    return migrations.map((migration) => {
      const bytes = migration.dataBytes ?? sizes.get(migration.sourceInstanceId) ?? null;
      return memberOf(migration, estimateMs(models[migration.engine], bytes));
    });
  }

  private async holders(instanceIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const holders = new Map<string, string>();
    for (let from = 0; from < instanceIds.length; from += PAGE) {
      const page = await this.leases.holders(instanceIds.slice(from, from + PAGE));
      for (const [instanceId, { migrationId }] of page) holders.set(instanceId, migrationId);
    }
    return holders;
  }

  /** Those that took or gave back their instances while the others were read: else two would run on one. */
  private async reread(
    members: readonly Member[],
    holders: ReadonlyMap<string, string>,
    models: Models,
  ): Promise<readonly Member[]> {
    const moved = members.filter((member) => {
      const holds = instancesOf(member).map((instanceId) => holders.get(instanceId) === member.id);
      return holds.some((one) => one !== holdsInstances(member.status));
    });
    const found = await this.migrations.findAll(moved.map(({ id }) => id));
    const now = new Map((await this.sized(found, models)).map((member) => [member.id, member]));
    return members.map((member) => now.get(member.id) ?? member);
  }
}

const isOpen = ({ status }: Pick<Member, 'status'>): boolean => !isEnded(status);

const instancesOf = (member: Member): readonly [string, string] => [
  member.sourceInstanceId,
  member.targetInstanceId,
];

/** What the timeline needs of it: ten thousand whole records would be fifty megabytes. */
function memberOf(migration: Migration, durationMs: number | null): Member {
  const { id, status, sourceInstanceId, targetInstanceId, dependsOn } = migration;
  const { priority, notBefore, createdAt, queuedAt } = migration;
  const { submittedAt, startedAt, finishedAt } = migration;
  return {
    ...{ id, status, sourceInstanceId, targetInstanceId, dependsOn, priority, notBefore },
    ...{ createdAt, queuedAt, submittedAt, startedAt, finishedAt, durationMs },
  };
}
