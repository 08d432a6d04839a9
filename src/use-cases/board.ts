// What one decision knows: filled piece by piece while it is made, and asked by the rule of scheduling.
import type { Batch } from '../domain/batch.js';
import { batchHold, roomIn } from '../domain/batch-gate.js';
import type { Engine } from '../domain/db-info.js';
import { estimateMs, workMs, type DurationModel, type WaitingWork } from '../domain/estimate.js';
import type { Migration } from '../domain/migration.js';
import { ageOf, nextToStart, type Situation, type Waiter } from '../domain/scheduling.js';
import { fitsIn, type Room } from '../domain/window.js';
import type { Holder } from './ports.js';

const instancesOf = (waiter: Waiter): readonly [string, string] => [
  waiter.sourceInstanceId,
  waiter.targetInstanceId,
];

export class Board implements Situation {
  private readonly waiters = new Map<string, Waiter>();
  private readonly byInstance = new Map<string, Waiter[]>();
  private readonly complete = new Set<string>();
  private readonly seen = new Set<string>();
  private readonly holders = new Map<string, string>();
  private readonly taken = new Set<string>();
  private readonly stuck = new Set<string>();
  private readonly work = new Map<string, number>();
  private readonly batches = new Map<string, Batch | null>();
  /** What each batch allows, until something about it changes; null: nothing. */
  private readonly allowances = new Map<string, { readonly room: Room | null } | null>();
  private youngest = Number.POSITIVE_INFINITY;
  private oldest = 0;
  private readonly picked = new Set<string>();
  private readonly barred = new Map<string, 'submission' | 'looks'>();

  constructor(
    readonly nowMs: number,
    private readonly models: Readonly<Record<Engine, DurationModel | null>>,
  ) {}

  next(): Waiter | null {
    return nextToStart(this.waiters.values(), this);
  }

  add(waiters: readonly Waiter[], complete: readonly string[]): void {
    for (const instanceId of complete) this.complete.add(instanceId);
    for (const waiter of waiters) {
      if (this.waiters.has(waiter.id) || this.picked.has(waiter.id)) continue;
      this.waiters.set(waiter.id, waiter);
      const age = ageOf(waiter, this.nowMs);
      this.youngest = Math.min(this.youngest, age);
      this.oldest = Math.max(this.oldest, age);
      for (const instanceId of instancesOf(waiter)) {
        const row = this.byInstance.get(instanceId);
        if (row === undefined) this.byInstance.set(instanceId, [waiter]);
        else row.push(waiter);
      }
    }
  }

  /** These cannot be submitted now, whatever is free; with `looks` they cannot be looked at, either. */
  bar(ids: Iterable<string>, what: 'submission' | 'looks' = 'submission'): void {
    for (const id of ids) this.barred.set(id, what);
  }

  /** Of those on the board: instances and batches that nothing is known of yet. */
  unseen(): { readonly instances: readonly string[]; readonly batchIds: readonly string[] } {
    const instances = [...this.byInstance.keys()].filter((one) => !this.seen.has(one));
    const batchIds = new Set<string>();
    for (const { batchId } of this.waiters.values()) {
      if (batchId !== null && !this.batches.has(batchId)) batchIds.add(batchId);
    }
    return { instances, batchIds: [...batchIds] };
  }

  see(
    instances: readonly string[],
    holders: ReadonlyMap<string, Holder>,
    work: ReadonlyMap<string, WaitingWork>,
  ): void {
    for (const instanceId of instances) {
      this.seen.add(instanceId);
      const holder = holders.get(instanceId);
      if (holder !== undefined) this.holders.set(instanceId, holder.migrationId);
      const engine = this.byInstance.get(instanceId)?.[0]?.engine ?? 'MySQL';
      const waiting = work.get(instanceId) ?? { sized: 0, bytes: 0, unsized: 0 };
      this.work.set(instanceId, workMs(this.models[engine], waiting));
    }
  }

  allow(batchIds: readonly string[], batches: ReadonlyMap<string, Batch>): void {
    for (const id of batchIds) this.batches.set(id, batches.get(id) ?? null);
  }

  /**
   * Holders of instances that somebody older waits for: only these can bar others, and only while they
   * will give back. Nobody is older while all are of one age.
   */
  doubtfulHolders(): readonly string[] {
    if (this.areOfOneAge) return [];
    const holders = new Set<string>();
    for (const waiter of this.waiters.values()) {
      if (ageOf(waiter, this.nowMs) === 0) continue;
      for (const instanceId of instancesOf(waiter)) {
        const holder = this.holders.get(instanceId);
        if (holder !== undefined) holders.add(holder);
      }
    }
    return [...holders];
  }

  findStuck(holders: readonly Migration[]): void {
    for (const { status, sourceInstanceId, targetInstanceId } of holders) {
      if (status !== 'outcome_unknown') continue;
      this.stuck.add(sourceInstanceId).add(targetInstanceId);
    }
  }

  /** Instances of it that others may wait for, too, whom nobody has looked up yet. */
  unknownOf(waiter: Waiter): readonly string[] {
    return instancesOf(waiter).filter((instanceId) => !this.complete.has(instanceId));
  }

  pick(waiter: Waiter): void {
    this.waiters.delete(waiter.id);
    this.picked.add(waiter.id);
    for (const instanceId of instancesOf(waiter)) this.taken.add(instanceId);
    this.count(waiter, 1);
  }

  /** It was not granted; these instances are free all the same. */
  putBack(waiter: Waiter, free: readonly string[]): void {
    for (const instanceId of free) this.taken.delete(instanceId);
    this.count(waiter, -1);
  }

  /** Its gate or its cap let nothing start any more. */
  close(batchId: string): void {
    this.batches.set(batchId, null);
    this.allowances.delete(batchId);
  }

  isFree(instanceId: string): boolean {
    return !this.holders.has(instanceId) && !this.taken.has(instanceId);
  }

  mayStart(waiter: Waiter): boolean {
    const bar = this.barred.get(waiter.id);
    if (bar === 'looks') return false;
    if (waiter.isLookOnly === true) return true;
    if (bar !== undefined) return false;
    if (waiter.batchId === null) return true;
    const allowance = this.allowanceOf(waiter.batchId);
    if (allowance === null) return false;
    const durationMs = estimateMs(this.models[waiter.engine], waiter.bytes);
    return allowance.room === null || durationMs === null || fitsIn(allowance.room, durationMs);
  }

  remainingWork(instanceId: string): number {
    return this.work.get(instanceId) ?? 0;
  }

  /** Nobody bars another of the same age: then nobody need be looked at. */
  waitingOn(instanceId: string): Iterable<Waiter> {
    if (this.areOfOneAge) return [];
    const row = this.byInstance.get(instanceId) ?? [];
    return row.filter(({ id }) => this.waiters.has(id));
  }

  isStuck(instanceId: string): boolean {
    return this.stuck.has(instanceId);
  }

  private get areOfOneAge(): boolean {
    return this.youngest >= this.oldest;
  }

  private count({ batchId }: Waiter, by: 1 | -1): void {
    const batch = batchId === null ? null : this.batches.get(batchId);
    if (batch == null || batch.maxConcurrent === null) return;
    const counts = { ...batch.counts, checking: batch.counts.checking + by };
    this.batches.set(batch.id, { ...batch, counts });
    this.allowances.delete(batch.id);
  }

  private allowanceOf(batchId: string): { readonly room: Room | null } | null {
    const known = this.allowances.get(batchId);
    if (known !== undefined) return known;
    const batch = this.batches.get(batchId) ?? null;
    const isHeld = batch === null || batchHold(batch, this.nowMs) !== null;
    const allowance = isHeld ? null : { room: roomIn(batch, this.nowMs) };
    this.allowances.set(batchId, allowance);
    return allowance;
  }
}
