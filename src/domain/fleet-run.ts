/**
 * The run of a fleet ahead of time: at every moment starts whom the rule of scheduling starts, as long as
 * there is room. Never two on one instance, never more than the cap, none before those it waits for.
 */
import { UNKNOWN_WORK_MS } from './estimate.js';
import { Heap } from './fleet-heap.js';
import { Offers } from './fleet-offers.js';
import type { Fleet, Pace } from './fleet.js';
import { closesAt, opensAt, roomAt, type Room, type Window } from './window.js';

export interface RunTerms {
  readonly priorities: readonly number[];
  /** Of those under way what is left. Not finite where nobody knows: then its instances are not given back. */
  readonly durations: Float64Array;
  /** Those that run when the run begins; of others (`stranger`) none counts against the cap. */
  readonly underWay: ReadonlyMap<number, 'own' | 'stranger'>;
  /** None starts before. */
  readonly readyAt: Float64Array;
  readonly nowMs: number;
  readonly maxConcurrent: number | null;
  readonly window: Window | null;
  readonly fitsWindow: boolean;
}

interface Happening {
  readonly at: number;
  readonly item: number;
  readonly kind: 'due' | 'end';
}

/** By item, when it starts; NaN for one under way, and where that cannot be told. */
export function* runFleet(
  fleet: Fleet,
  terms: RunTerms,
  pace: Pace,
): Generator<void, Float64Array> {
  yield;
  const run = new FleetRun(fleet, terms);
  yield;
  for (let took = run.moveOn(); took > 0; took = run.moveOn()) {
    if (pace.isDue(took)) yield;
    for (let looked = run.startOne(); looked > 0; looked = run.startOne()) {
      if (pace.isDue(looked)) yield;
    }
  }
  return run.startedAt;
}

const EVERYTHING: Room = { upToMs: Infinity, overMs: Infinity };
const NOTHING: Room = { upToMs: -1, overMs: Infinity };

/** Two weeks of nights: who finds no room in those waits for somebody who never gives back. */
const MOST_IDLE = 14;

class FleetRun {
  readonly startedAt: Float64Array;
  private readonly offers: Offers;
  private readonly happenings = new Heap<Happening>((a, b) => a.at < b.at);
  /** By item: how many that it waits for have not ended, and one more while its time has not come. */
  private readonly unmet: Int32Array;
  private now: number;
  private waiting: number;
  private running = 0;
  private room = EVERYTHING;
  private nextOpening: number;
  private closing = Infinity;
  /** Openings in a row at which nothing ran that will end, and nothing started. */
  private idleOpenings = 0;

  constructor(
    private readonly fleet: Fleet,
    private readonly terms: RunTerms,
  ) {
    const { durations, priorities, readyAt, nowMs, window, underWay } = terms;
    this.startedAt = new Float64Array(fleet.total).fill(NaN);
    const weights = durations.map((ms) => (Number.isFinite(ms) ? ms : UNKNOWN_WORK_MS));
    this.offers = new Offers(fleet, weights, priorities);
    this.unmet = Int32Array.from(fleet.dependencies, (others) => others.length + 1);
    this.now = nowMs;
    this.waiting = fleet.total;
    this.nextOpening = window === null ? Infinity : nowMs;
    for (const [item, at] of readyAt.entries()) {
      if (underWay.has(item)) this.goOn(item);
      else this.happenings.push({ at: Math.max(nowMs, at), item, kind: 'due' });
    }
  }

  /** To the next moment at which anything changes; answers what it cost, 0 when all have started. */
  moveOn(): number {
    const next = Math.min(this.happenings.peek()?.at ?? Infinity, this.nextOpening);
    if (this.waiting === 0 || next === Infinity || this.idleOpenings > MOST_IDLE) return 0;
    this.now = next;
    let took = 4;
    for (let first = this.happenings.peek(); first !== undefined && first.at <= next;) {
      this.happenings.pop();
      this.take(first);
      first = this.happenings.peek();
      took += 4;
    }
    return took + this.followWindow();
  }

  /** Answers what it cost; 0 when nothing more can start at this moment. */
  startOne(): number {
    if (this.running >= (this.terms.maxConcurrent ?? Infinity) || this.room === NOTHING) return 0;
    const look = this.offers.lookForNext(this.room);
    if (look === null) return 0;
    if (look.started !== null) this.start(look.started);
    return look.looked;
  }

  private start(item: number): void {
    this.startedAt[item] = this.now;
    this.run(item);
  }

  private goOn(item: number): void {
    this.offers.take(item);
    this.run(item);
  }

  private run(item: number): void {
    if (this.isCounted(item)) this.running += 1;
    this.waiting -= 1;
    this.idleOpenings = 0;
    const at = this.now + (this.terms.durations[item] ?? 0);
    if (Number.isFinite(at)) this.happenings.push({ at, item, kind: 'end' });
  }

  private isCounted(item: number): boolean {
    return this.terms.underWay.get(item) !== 'stranger';
  }

  private take({ item, kind }: Happening): void {
    if (kind === 'due') return this.meet(item);
    if (this.isCounted(item)) this.running -= 1;
    this.offers.giveBack(item);
    for (const dependent of this.fleet.dependents[item] ?? []) this.meet(dependent);
  }

  private meet(item: number): void {
    const unmet = (this.unmet[item] ?? 0) - 1;
    this.unmet[item] = unmet;
    if (unmet === 0) this.offers.makeReady(item);
  }

  /** While it is open the room only shrinks. */
  private followWindow(): number {
    const { window, fitsWindow } = this.terms;
    if (window === null) return 0;
    if (this.now >= this.nextOpening) {
      this.closing = closesAt(window, this.now);
      this.nextOpening = opensAt(window, this.closing);
      this.offers.growRoom();
      if (this.happenings.peek() === undefined) this.idleOpenings += 1;
    }
    if (this.now >= this.closing) this.room = NOTHING;
    else this.room = fitsWindow ? roomAt(window, this.now) : EVERYTHING;
    return 500;
  }
}
