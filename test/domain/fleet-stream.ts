// One migration of no urgency, and work that never stops arriving on both of its instances.
import { nextToStart, type Situation, type Waiter } from '../../src/domain/scheduling.js';

interface Stream {
  readonly priority: number;
  readonly importMs: number;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** How long it waits, in milliseconds; Infinity when it has not started within a day. */
export function endlessStream({ priority, importMs }: Stream): number {
  const waiting = new Set<Waiter>([waiterOf('patient', 'a', 'b', { priority: 0, queuedAt: 0 })]);
  const busyUntil = new Map<string, number>();
  for (let nowMs = 0; nowMs < DAY; nowMs += MINUTE) {
    // There are always three more on each, and those on b begin half an import later than those on a.
    for (const [own, from] of [
      ['a', 0],
      ['b', importMs / 2],
    ] as const) {
      const others = [...waiting].filter(
        (one) => one.sourceInstanceId === own && one.id !== 'patient',
      );
      const wanted = nowMs >= from ? 3 : 0;
      for (let more = others.length; more < wanted; more += 1) {
        const id = `${own}${nowMs}-${more}`;
        waiting.add(waiterOf(id, own, `x-${id}`, { priority, queuedAt: nowMs }));
      }
    }
    const situation = situationOf(nowMs, waiting, busyUntil);
    for (let next = pick(waiting, situation); next !== null; next = pick(waiting, situation)) {
      if (next.id === 'patient') return nowMs;
      waiting.delete(next);
      busyUntil.set(next.sourceInstanceId, nowMs + importMs);
      busyUntil.set(next.targetInstanceId, nowMs + importMs);
    }
    // Before the stream on b begins it is kept busy, so that the two never become free together.
    if (nowMs === 0) busyUntil.set('b', importMs / 2);
  }
  return Infinity;
}

const pick = (waiting: ReadonlySet<Waiter>, situation: Situation): Waiter | null =>
  nextToStart(waiting, situation);

const waiterOf = (
  id: string,
  source: string,
  target: string,
  own: Pick<Waiter, 'priority' | 'queuedAt'>,
): Waiter => ({
  ...{ id, sourceInstanceId: source, targetInstanceId: target },
  ...{ batchId: null, engine: 'MySQL', bytes: null },
  ...own,
});

function situationOf(
  nowMs: number,
  waiting: ReadonlySet<Waiter>,
  busyUntil: ReadonlyMap<string, number>,
): Situation {
  const on = (id: string): Waiter[] =>
    [...waiting].filter((one) => one.sourceInstanceId === id || one.targetInstanceId === id);
  return {
    nowMs,
    isFree: (id) => (busyUntil.get(id) ?? 0) <= nowMs,
    mayStart: () => true,
    remainingWork: (id) => on(id).length,
    waitingOn: on,
    isStuck: () => false,
  };
}
