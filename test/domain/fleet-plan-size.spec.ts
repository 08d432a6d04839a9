// Ten thousand migrations are planned in slices that leave the event loop to others; how fast is for `npm run bench`.
import { describe, expect, test } from 'vitest';
import { planFleet } from '../../src/domain/fleet-plan.js';
import { item, OPTIONS } from './plans.js';

describe('ten thousand migrations', () => {
  const SHAPES: Record<string, (index: number) => readonly [string, string]> = {
    'on one hub': (index) => ['hub', `t${index}`],
    'over 60 instances': (index) => [`s${(index * 7_919) % 31}`, `t${(index * 104_729) % 29}`],
    'over 2,000 instances': (index) => [
      `s${(index * 7_919) % 997}`,
      `t${(index * 104_729) % 1_003}`,
    ],
    'over 20,000 instances': (index) => [`s${index}`, `t${index}`],
  };

  test.each(Object.keys(SHAPES))('%s are planned in slices', (shape) => {
    const pairOf = SHAPES[shape] ?? ((): readonly [string, string] => ['a', 'b']);
    const items = Array.from({ length: 10_000 }, (_, index) =>
      item(...pairOf(index), { durationMs: 60_000 * (1 + ((index * 31) % 90)) }),
    );
    const planning = planFleet(items, OPTIONS);
    let slices = 0;
    for (let step = planning.next(); step.done !== true; step = planning.next()) slices += 1;
    // Some hundred items looked at, then others get their turn.
    expect(slices).toBeGreaterThan(100);
  });
});
