// The rules between the migrations of a batch, against slower statements of the same rules, and on hostile sizes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkBatchRules,
  type RuledItem,
  type RulesReading,
} from '../../src/domain/batch-rules.js';
import { cyclesOf } from '../../src/domain/dependency-cycles.js';
import { MAX_BATCH_DEPENDENCIES } from '../../src/domain/policy.js';

const MANY = 1_000_000;

function finished<T>(work: Generator<void, T>): { readonly value: T; readonly yields: number } {
  for (let yields = 0; ; yields += 1) {
    const step = work.next();
    if (step.done === true) return { value: step.value, yields };
  }
}

const check = (items: readonly RuledItem[], most = MANY): RulesReading =>
  finished(checkBatchRules(items, most)).value;

const item = (key: string | null, ...dependsOn: readonly string[]): RuledItem => ({
  ...{ key, dependsOn, sameness: null, allowDuplicate: false },
});

/** Can `to` be reached from `from` in one step or more? */
function reaches(graph: readonly (readonly number[])[], from: number, to: number): boolean {
  const seen = new Set<number>();
  const open = [...(graph[from] ?? [])];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (place === to) return true;
    if (!seen.has(place)) open.push(...(graph[place] ?? []));
    seen.add(place);
  }
  return false;
}

const graphs = fc.integer({ min: 1, max: 12 }).chain((size) =>
  fc.array(fc.uniqueArray(fc.nat(size - 1), { maxLength: 3 }), {
    ...{ minLength: size, maxLength: size },
  }),
);

describe('cycles', () => {
  it('are found exactly where something waits for itself, one for each tangle, each a real way', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const cycles = finished(cyclesOf(graph)).value;
        for (const cycle of cycles) {
          cycle.forEach((place, index) => {
            expect(graph[place]).toContain(cycle[(index + 1) % cycle.length]);
          });
          expect(new Set(cycle).size).toBe(cycle.length);
        }
        const tangled = [...graph.keys()].filter((place) => reaches(graph, place, place));
        // The first place of each tangle stands for it.
        const firsts = tangled.filter(
          (place) =>
            !tangled.some(
              (other) =>
                other < place && reaches(graph, other, place) && reaches(graph, place, other),
            ),
        );
        expect(cycles.map(([first]) => first)).toEqual(firsts);
      }),
      { numRuns: 2_000 },
    );
  });

  it('are the shortest through their first place', () => {
    expect(finished(cyclesOf([[1], [2], [0, 3], [0], [4]])).value).toEqual([[0, 1, 2], [4]]);
  });

  it('of ten thousand are found without recursion, and their message is short', () => {
    const ring = [...Array(10_000).keys()].map((n) => item(`k${n}`, `k${(n + 1) % 10_000}`));
    const [cycle] = check(ring).violations;
    expect(cycle).toMatchObject({ pointer: '/migrations/0/dependsOn', code: 'dependency_cycle' });
    expect(cycle?.message).toContain('k0 → k1 → ');
    expect(cycle?.message).toContain('… 9981 more …');
    expect(cycle?.message.endsWith('k9999 → k0')).toBe(true);
  });
});

describe('ten thousand migrations', () => {
  it('may wait for each other in one chain, in either direction', () => {
    const forwards = [...Array(10_000).keys()].map((n) =>
      item(`k${n}`, ...(n ? [`k${n - 1}`] : [])),
    );
    expect(check(forwards).violations).toEqual([]);
    expect(check(forwards.toReversed()).violations).toEqual([]);
  });

  it('with a hundred dependencies each are checked in many short steps', () => {
    const items = [...Array(10_000).keys()].map((n) =>
      item(`k${n}`, ...[...Array(Math.min(n, 100)).keys()].map((i) => `k${n - 1 - i}`)),
    );
    const { value, yields } = finished(checkBatchRules(items, MANY));
    expect(value.dependsOn[9_999]).toHaveLength(100);
    expect(yields).toBeGreaterThan(300);
  });

  it('may have as many dependencies in all as the limit, and are told where it is passed', () => {
    const each = MAX_BATCH_DEPENDENCIES / 1_000;
    const items = [...Array(1_000 + each).keys()].map((n) =>
      item(`k${n}`, ...(n < each ? [] : [...Array(each).keys()].map((i) => `k${n - 1 - i}`))),
    );
    expect(check(items).violations).toEqual([]);
    const more = [...items, item('more', 'k0', 'k1'), item('still', 'k0')];
    expect(check(more).violations).toEqual([
      {
        pointer: `/migrations/${items.length}/dependsOn`,
        code: 'too_many_dependencies',
        message: `There are ${MAX_BATCH_DEPENDENCIES + 3} dependencies in all; at most ${MAX_BATCH_DEPENDENCIES} are allowed`,
      },
    ]);
  });
});

describe('keys', () => {
  it('lead to the places they name, and to the first of two', () => {
    const { dependsOn, violations } = check([
      item('a', 'b'),
      item('b'),
      item('b'),
      item(null, 'b', 'a', 'b'),
    ]);
    expect(dependsOn).toEqual([[1], [], [], [1, 0]]);
    expect(violations).toMatchObject([{ pointer: '/migrations/2/key', code: 'key_duplicate' }]);
    expect(violations[0]?.message).toContain('index 1');
  });

  it('that nobody has are told one by one, and unreadable ones are passed over', () => {
    const items = [{ ...item('a'), dependsOn: ['x', null, 'a2', '__proto__'] }];
    expect(check(items).violations.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual(
      [0, 2, 3].map((index) => `/migrations/0/dependsOn/${index} dependency_unknown`),
    );
  });
});

describe('the same migration', () => {
  const same = (sameness: string | null, allowDuplicate = false): RuledItem => ({
    ...{ key: null, dependsOn: [], sameness, allowDuplicate },
  });

  it('is refused for every later one that does not allow it, with the place of the first', () => {
    const { violations } = check([same('a'), same('b'), same('a'), same('a', true), same('a')]);
    expect(violations.map(({ pointer }) => pointer)).toEqual(['/migrations/2', '/migrations/4']);
    for (const { code, message } of violations) {
      expect(code).toBe('migration_duplicate');
      expect(message).toContain('index 0');
    }
  });

  it('is not seen in what could not be read', () => {
    expect(check([same(null), same(null)]).violations).toEqual([]);
  });
});

it('gives the first violations of each rule when there are more than wanted', () => {
  const items = [...Array(50).keys()].map(() => item('a', 'x'));
  const { violations } = check(items, 10);
  expect(violations.map(({ code }) => code)).toEqual([
    ...Array<string>(10).fill('key_duplicate'),
    ...Array<string>(10).fill('dependency_unknown'),
  ]);
  expect(violations[9]?.pointer).toBe('/migrations/10/key');
});
