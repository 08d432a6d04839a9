// The timeline of ten thousand migrations is made in slices that leave the event loop to others; how fast is for `npm run bench`.
import { describe, expect, test } from 'vitest';
import type { Member } from '../../src/domain/batch-row.js';
import { timelineOf } from '../../src/domain/batch-timeline.js';
import { member, TERMS } from './timelines.js';

const MINUTE = 60_000;

/** They come in the order of their ids. */
const idOf = (index: number): string => `m${String(index).padStart(5, '0')}`;

describe('ten thousand migrations', () => {
  const SHAPES: Record<string, (index: number) => string> = {
    'on one hub': (index) => `hub>t${index}`,
    'over 60 instances': (index) => `s${(index * 7_919) % 31}>t${(index * 104_729) % 29}`,
    'over 2,000 instances': (index) => `s${(index * 7_919) % 997}>t${(index * 104_729) % 1_003}`,
    'over 20,000 instances': (index) => `s${index}>t${index}`,
  };

  test.each(Object.keys(SHAPES))('%s have a timeline in slices', (shape) => {
    const pairOf = SHAPES[shape] ?? (() => 'a>b');
    const busy = new Set<string>();
    const members = Array.from({ length: 10_000 }, (_, index): Member => {
      const pair = pairOf(index);
      const durationMs = MINUTE * (40 + ((index * 31) % 90));
      if (index % 3 === 0) return member(idOf(index), pair, { status: 'succeeded', durationMs });
      const isFree = pair.split('>').every((one) => !busy.has(one));
      for (const one of pair.split('>')) busy.add(one);
      return member(idOf(index), pair, { status: isFree ? 'importing' : 'queued', durationMs });
    });
    const making = timelineOf(members, [], TERMS);
    let slices = 0;
    for (let step = making.next(); step.done !== true; step = making.next()) slices += 1;
    expect(slices).toBeGreaterThan(20);
  });
});
