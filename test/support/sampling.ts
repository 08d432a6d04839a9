/**
 * How much of a long suite a run takes: a part that its seed chooses, or all of it under `npm run test:exhaustive`.
 * The reporter prints the seed; TEST_SEED repeats a run.
 */
export const isExhaustive = process.env['TEST_LENGTH'] === 'full';

const given = process.env['TEST_SEED'];
export const SEED = given === undefined || given === '' ? 1 : Number(given);
if (!Number.isSafeInteger(SEED)) throw new Error(`TEST_SEED must be an integer; it is ${given}`);

/** Uniform in [0, 1), the same for the same seed. */
export type Random = () => number;

/** The numbers of one test: its name keeps them apart from those of others, whatever else runs before it. */
export function randomOf(name: string): Random {
  let state = SEED >>> 0;
  for (const character of name)
    state = (Math.imul(state, 31) + (character.codePointAt(0) ?? 0)) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** How often a random test is repeated, or how large its input is. */
export const lengthOf = (sampled: number, full: number): number => (isExhaustive ? full : sampled);

/** All, or as many of them as the sample has, in their order. */
export function sampleOf<T>(name: string, all: readonly T[], count: number): readonly T[] {
  if (isExhaustive || all.length <= count) return all;
  const random = randomOf(name);
  let left = count;
  return all.filter((_, index) => {
    const isTaken = random() * (all.length - index) < left;
    if (isTaken) left -= 1;
    return isTaken;
  });
}
