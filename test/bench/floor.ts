// The floor that figures are compared with: what this machine and this Redis do right now with nothing of ours.
import type { Redis } from 'ioredis';

export interface Spread {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95), max: sorted.at(-1) ?? Number.NaN };
}

/** One durable write and its answer, one after the other: milliseconds. */
export async function durableWriteMs(redis: Redis, key: string, times = 300): Promise<Spread> {
  const took: number[] = [];
  for (let index = 0; index < times; index += 1) {
    const from = performance.now();
    await redis.set(key, index);
    took.push(performance.now() - from);
  }
  await redis.del(key);
  return spreadOf(took);
}

export const rounded = ({ p50, p95, max }: Spread): string =>
  `p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms, max ${max.toFixed(1)} ms`;
