// Runs a fleet event by event, as the service does: each thing given back makes a decision of `nextToStart`.
import { nextToStart, type Situation, type Waiter } from '../../src/domain/scheduling.js';
import { closesAt, fitsIn, opensAt, type Room } from '../../src/domain/window.js';
import type { RandomFleet } from './fleets.js';

export interface Ran {
  readonly startAt: readonly number[];
  readonly endAt: readonly number[];
}

interface Ending {
  readonly at: number;
  readonly index: number;
}

/** Throws when some never started. */
export function simulate(fleet: RandomFleet): Ran {
  const world = new World(fleet);
  while (world.decide()) world.wait();
  if (world.startAt.includes(-1)) throw new Error('deadlock: nothing runs, and some never started');
  return { startAt: world.startAt, endAt: world.endAt };
}

const ANY: Room = { upToMs: Infinity, overMs: Infinity };
const CLOSED: Room = { upToMs: -1, overMs: Infinity };

class World implements Situation {
  nowMs: number;
  readonly startAt: number[];
  readonly endAt: number[];
  private readonly rows = new Map<string, Set<Waiter>>();
  private readonly work = new Map<string, number>();
  private readonly taken = new Set<string>();
  private readonly touched = new Set<string>();
  private readonly dependents = new Map<number, number[]>();
  private readonly queued = new Map<string, Waiter>();
  private readonly indexes = new Map<string, number>();
  private running: Ending[] = [];
  private pending: number[];
  private room: Room = ANY;
  private closes = Infinity;
  private opens: number;

  constructor(private readonly fleet: RandomFleet) {
    this.nowMs = fleet.startMs;
    this.startAt = fleet.moves.map(() => -1);
    this.endAt = fleet.moves.map(() => -1);
    this.pending = [...fleet.moves.keys()];
    this.opens = fleet.window === null ? Infinity : fleet.startMs;
    for (const [index, { dependsOn }] of fleet.moves.entries()) {
      for (const one of dependsOn) {
        this.dependents.set(one, [...(this.dependents.get(one) ?? []), index]);
      }
    }
  }

  /** Starts whoever can; false when nothing is left to wait for. */
  decide(): boolean {
    this.queueDue();
    this.see();
    const ready = this.asked().filter((one) => this.isReady(one));
    for (let next = nextToStart(ready, this); next !== null; next = nextToStart(ready, this)) {
      this.start(next);
      ready.splice(ready.indexOf(next), 1);
    }
    return this.running.length + this.pending.length + this.queued.size > 0;
  }

  /** Till something ends, falls due or opens. */
  wait(): void {
    const times = this.running.map(({ at }) => at);
    for (const index of this.pending) times.push(this.dueAt(index));
    times.push(this.opens);
    const later = times.filter((at) => at > this.nowMs);
    if (later.every((at) => at === Infinity))
      throw new Error('deadlock: nothing will happen any more');
    this.nowMs = Math.min(...later);
    for (const ending of this.running.filter(({ at }) => at <= this.nowMs)) this.end(ending);
  }

  isFree(instanceId: string): boolean {
    return !this.taken.has(instanceId);
  }

  mayStart(waiter: Waiter): boolean {
    const move = this.fleet.moves[this.indexes.get(waiter.id) ?? -1];
    return this.hasRoom() && fitsIn(this.room, move?.expectedMs ?? 0);
  }

  remainingWork(instanceId: string): number {
    return this.work.get(instanceId) ?? 0;
  }

  waitingOn(instanceId: string): Iterable<Waiter> {
    return [...(this.rows.get(instanceId) ?? [])].filter((one) => this.isReady(one));
  }

  isStuck(): boolean {
    return false;
  }

  /** Who waits on what was given back since a decision could be made; below a cap, everybody. */
  private asked(): readonly Waiter[] {
    if (!this.hasRoom()) return [];
    const touched = [...this.touched].filter((instanceId) => this.isFree(instanceId));
    this.touched.clear();
    if (this.fleet.maxConcurrent !== null) {
      return [...this.queued.values()].filter(
        (one) => this.isFree(one.sourceInstanceId) && this.isFree(one.targetInstanceId),
      );
    }
    return [...new Set(touched.flatMap((one) => [...(this.rows.get(one) ?? [])]))];
  }

  private hasRoom(): boolean {
    return this.room.upToMs >= 0 && this.running.length < (this.fleet.maxConcurrent ?? Infinity);
  }

  private see(): void {
    const { window, fitsWindow } = this.fleet;
    if (window === null) return;
    if (this.nowMs >= this.opens) {
      this.closes = closesAt(window, this.nowMs);
      this.opens = opensAt(window, this.closes);
      for (const instanceId of this.rows.keys()) this.touched.add(instanceId);
    }
    const upToMs = this.closes - this.nowMs;
    this.room = upToMs > 0 ? { upToMs: fitsWindow ? upToMs : Infinity, overMs: Infinity } : CLOSED;
  }

  private dueAt(index: number): number {
    return Math.max(this.fleet.startMs, this.fleet.moves[index]?.notBefore ?? 0);
  }

  private queueDue(): void {
    const due = this.pending.filter((index) => this.dueAt(index) <= this.nowMs);
    if (due.length === 0) return;
    this.pending = this.pending.filter((index) => this.dueAt(index) > this.nowMs);
    for (const index of due) {
      const move = this.fleet.moves[index];
      if (move === undefined) continue;
      const waiter: Waiter = {
        id: `mig_${String(index).padStart(6, '0')}`,
        sourceInstanceId: move.source,
        targetInstanceId: move.target,
        ...{ priority: move.priority, queuedAt: this.dueAt(index), batchId: 'bat_1' },
        ...{ engine: 'MySQL', bytes: null },
      };
      this.indexes.set(waiter.id, index);
      this.queued.set(waiter.id, waiter);
      for (const end of [move.source, move.target]) {
        this.work.set(end, this.remainingWork(end) + move.expectedMs);
        this.touched.add(end);
        this.rows.set(end, (this.rows.get(end) ?? new Set()).add(waiter));
      }
    }
  }

  private isReady(waiter: Waiter): boolean {
    const move = this.fleet.moves[this.indexes.get(waiter.id) ?? -1];
    const isOver = (one: number): boolean => {
      const end = this.endAt[one] ?? -1;
      return end >= 0 && end <= this.nowMs;
    };
    return move?.dependsOn.every(isOver) ?? false;
  }

  private start(waiter: Waiter): void {
    const index = this.indexes.get(waiter.id) ?? -1;
    const move = this.fleet.moves[index];
    if (move === undefined) return;
    this.startAt[index] = this.nowMs;
    this.endAt[index] = this.nowMs + move.actualMs;
    this.running.push({ at: this.nowMs + move.actualMs, index });
    this.queued.delete(waiter.id);
    for (const end of [move.source, move.target]) {
      this.taken.add(end);
      this.rows.get(end)?.delete(waiter);
      this.work.set(end, this.remainingWork(end) - move.expectedMs);
    }
  }

  private end(ending: Ending): void {
    this.running = this.running.filter((one) => one !== ending);
    const move = this.fleet.moves[ending.index];
    if (move === undefined) return;
    for (const end of [move.source, move.target]) this.taken.delete(end);
    const others = this.dependents.get(ending.index) ?? [];
    for (const { source, target } of [
      move,
      ...others.flatMap((one) => this.fleet.moves[one] ?? []),
    ]) {
      this.touched.add(source).add(target);
    }
  }
}
