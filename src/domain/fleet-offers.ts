/**
 * Who starts next of a whole fleet, without looking at all who wait: the one that `nextToStart` would take.
 *
 * Each free instance offers one: the first in the order among its own that can start. The best offer is
 * the best of all who can, since the order looks at the busier of two instances, and that one offers it,
 * too. All are of one age, so nobody bars another. Work that waits only shrinks, so an offer can only
 * have become weaker since it was made; it is made anew when its turn comes and it no longer holds.
 */
import { Heap } from './fleet-heap.js';
import type { Fleet } from './fleet.js';
import { precedes, standingOf, type Situation, type Standing, type Waiter } from './scheduling.js';
import { fitsIn, type Room } from './window.js';

interface Offer {
  readonly instance: number;
  readonly item: number;
  readonly standing: Standing;
  /** Only the last offer of an instance counts. */
  readonly version: number;
}

type Best = Pick<Offer, 'item' | 'standing'>;

/** `started`: null while it is not known yet. `looked`: how many items were looked at. */
interface Look {
  readonly started: number | null;
  readonly looked: number;
}

export class Offers {
  /** All that wait, one instance's after the other's, in the order but for their instances' work. */
  private readonly items: Int32Array;
  /** Of each: the instance at its other end. */
  private readonly others: Int32Array;
  /** By instance: where its items begin, and how many are left. */
  private readonly firsts: Int32Array;
  private readonly counts: Int32Array;
  private readonly waiters: readonly Waiter[];
  private readonly isReady: Uint8Array;
  private readonly isStarted: Uint8Array;
  private readonly isBusy: Uint8Array;
  private readonly isAsked: Uint8Array;
  private readonly work: Float64Array;
  private readonly versions: Int32Array;
  private readonly made = new Heap<Offer>((a, b) => precedes(a.standing, b.standing));
  /** Instances that have to make an offer now, and those that have to when there is more room. */
  private readonly asked: number[] = [];
  private hungry: number[] = [];
  private readonly comparison: Pick<Situation, 'nowMs' | 'remainingWork'>;

  constructor(
    private readonly fleet: Fleet,
    private readonly durations: Float64Array,
    priorities: readonly number[],
  ) {
    const { sources, targets, places } = fleet;
    const instances = fleet.instanceIds.length;
    this.waiters = priorities.map((priority, item) => waiterOf(fleet, item, priority));
    this.isReady = new Uint8Array(fleet.total);
    this.isStarted = new Uint8Array(fleet.total);
    this.isBusy = new Uint8Array(instances);
    this.isAsked = new Uint8Array(instances);
    this.work = new Float64Array(instances);
    this.versions = new Int32Array(instances);
    this.items = new Int32Array(2 * fleet.total);
    this.others = new Int32Array(2 * fleet.total);
    this.firsts = new Int32Array(instances);
    this.counts = new Int32Array(instances);
    for (let instance = 1; instance < instances; instance += 1) {
      const before = fleet.lines[instance - 1]?.length ?? 0;
      this.firsts[instance] = (this.firsts[instance - 1] ?? 0) + before;
    }
    const byPriority = (a: number, b: number): number =>
      (priorities[b] ?? 0) - (priorities[a] ?? 0) || a - b;
    for (const item of [...sources.keys()].sort(byPriority)) {
      this.putInLine(item, sources[item] ?? 0, targets[item] ?? 0);
      this.putInLine(item, targets[item] ?? 0, sources[item] ?? 0);
    }
    for (const [item, duration] of durations.entries()) {
      for (const end of [sources[item] ?? 0, targets[item] ?? 0]) {
        this.work[end] = (this.work[end] ?? 0) + duration;
      }
    }
    const remainingWork = (id: string): number => this.work[places.get(id) ?? 0] ?? 0;
    this.comparison = { nowMs: 0, remainingWork };
  }

  private putInLine(item: number, instance: number, other: number): void {
    const count = this.counts[instance] ?? 0;
    const place = (this.firsts[instance] ?? 0) + count;
    this.items[place] = item;
    this.others[place] = other;
    this.counts[instance] = count + 1;
  }

  /** Nothing but instances and room keeps it from starting any more. */
  makeReady(item: number): void {
    this.isReady[item] = 1;
    this.ask(this.fleet.sources[item] ?? 0);
  }

  giveBack(item: number): void {
    for (const end of [this.fleet.sources[item] ?? 0, this.fleet.targets[item] ?? 0]) {
      this.isBusy[end] = 0;
      this.ask(end);
    }
  }

  /** Else room only shrinks. */
  growRoom(): void {
    for (const instance of this.hungry) this.ask(instance);
    this.hungry = [];
  }

  /** One look; null when nothing can start in that room. Takes both instances of what it starts. */
  lookForNext(room: Room): Look | null {
    const asked = this.asked.pop();
    if (asked !== undefined) return this.offer(asked, room);
    const best = this.made.pop();
    if (best === undefined) return null;
    const { instance, item, version } = best;
    if (version !== this.versions[instance] || this.isBusy[instance] === 1) return NOT_YET;
    if (!this.holds(best, room)) return this.offer(instance, room);
    this.take(item);
    return { started: item, looked: 8 };
  }

  /** It has both of its instances from now on. */
  take(item: number): void {
    this.isStarted[item] = 1;
    for (const end of [this.fleet.sources[item] ?? 0, this.fleet.targets[item] ?? 0]) {
      this.isBusy[end] = 1;
      this.work[end] = (this.work[end] ?? 0) - (this.durations[item] ?? 0);
    }
  }

  private ask(instance: number): void {
    if (this.isAsked[instance] === 1) return;
    this.isAsked[instance] = 1;
    this.asked.push(instance);
  }

  /** Its other instance may be taken, or was and has less work than before. */
  private holds({ item, standing }: Offer, room: Room): boolean {
    if (!this.isAble(item) || !fitsIn(room, this.durations[item] ?? 0)) return false;
    return standingOf(this.waiter(item), this.comparison).work === standing.work;
  }

  private offer(instance: number, room: Room): Look {
    this.isAsked[instance] = 0;
    if (this.isBusy[instance] === 1) return NOT_YET;
    const looked = (this.counts[instance] ?? 0) + 8;
    const best = this.bestOf(instance, room);
    const version = (this.versions[instance] ?? 0) + 1;
    this.versions[instance] = version;
    if (best !== null) this.made.push({ instance, version, ...best });
    return { started: null, looked };
  }

  /** The innermost loop of a plan, hence its plain style: a hundred million looks for a busy hub. */
  private bestOf(instance: number, room: Room): Best | null {
    const { items, others, isStarted, isReady, isBusy, work, durations } = this;
    let best: Best | null = null;
    let least = -1;
    const first = this.firsts[instance] ?? 0;
    const end = first + (this.counts[instance] ?? 0);
    let [kept, lacksRoom] = [first, false];
    for (let place = first; place < end; place += 1) {
      const [item, other] = [items[place] ?? 0, others[place] ?? 0];
      if (isStarted[item] === 1) continue;
      items[kept] = item;
      others[kept] = other;
      kept += 1;
      // After the first in the line, only one whose other instance is busier can come before it.
      if (isBusy[other] === 1 || isReady[item] === 0 || (work[other] ?? 0) <= least) continue;
      if (fitsIn(room, durations[item] ?? 0)) best = this.better(item, best);
      else lacksRoom = true;
      least = best?.standing.work ?? -1;
    }
    this.counts[instance] = kept - first;
    if (lacksRoom) this.hungry.push(instance);
    return best;
  }

  private better(item: number, best: Best | null): Best {
    const standing = standingOf(this.waiter(item), this.comparison);
    return best === null || precedes(standing, best.standing) ? { item, standing } : best;
  }

  private isAble(item: number): boolean {
    const { sources, targets } = this.fleet;
    if (this.isReady[item] === 0 || this.isBusy[sources[item] ?? 0] === 1) return false;
    return this.isBusy[targets[item] ?? 0] === 0;
  }

  private waiter(item: number): Waiter {
    return this.waiters[item] ?? waiterOf(this.fleet, item, 0);
  }
}

const NOT_YET: Look = { started: null, looked: 1 };

/** Queued together: only priority, work and the place in the list tell them apart. */
function waiterOf(fleet: Fleet, item: number, priority: number): Waiter {
  const { sources, targets, instanceIds } = fleet;
  return {
    id: String(item).padStart(9, '0'),
    sourceInstanceId: instanceIds[sources[item] ?? 0] ?? '',
    targetInstanceId: instanceIds[targets[item] ?? 0] ?? '',
    ...{ priority, queuedAt: 0, batchId: null, engine: 'MySQL', bytes: null },
  };
}
