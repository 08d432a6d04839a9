// Ids that sort by time and, of one process, in the order of their making: a prefix, ten characters of time, and
// sixteen (79 bits) that are random for the first of a millisecond and count up for those that follow it. They say
// when and after which other something was made; they are no secrets.
import { randomBytes } from 'node:crypto';
import { Ids } from '../use-cases/ports.js';
import { CROCKFORD, timePart } from './id-time.js';

const TAIL_CHARACTERS = 16;

export class RandomIds extends Ids {
  private time = '';
  private tail: readonly number[] = [];

  override make(prefix: 'mig' | 'bat' | 'cred' | 'evt' | 'key' | 'whk', atMs: number): string {
    const time = timePart(atMs);
    this.tail = time === this.time ? following(this.tail) : randomTail();
    this.time = time;
    return `${prefix}_${time}${this.tail.map((digit) => CROCKFORD[digit]).join('')}`;
  }

  override token(): string {
    return randomBytes(12).toString('base64url');
  }
}

/** The first digit is in the lower half, so that counting up has room for longer than a process lives. */
const randomTail = (): readonly number[] =>
  Array.from(randomBytes(TAIL_CHARACTERS), (byte, index) => byte % (index === 0 ? 16 : 32));

function following(tail: readonly number[]): readonly number[] {
  const next = [...tail];
  for (let index = next.length - 1; index >= 0; index -= 1) {
    const digit = (next[index] ?? 0) + 1;
    next[index] = digit % 32;
    if (digit < 32) break;
  }
  return next;
}
