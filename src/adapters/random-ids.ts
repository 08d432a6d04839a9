// Ids that sort by time and cannot be guessed: a prefix, ten characters of time, sixteen (80 bits) at random.
import { randomBytes } from 'node:crypto';
import { Ids } from '../use-cases/ports.js';
import { CROCKFORD, timePart } from './id-time.js';

const RANDOM_CHARACTERS = 16;

export class RandomIds extends Ids {
  override make(prefix: 'mig' | 'bat' | 'cred' | 'evt' | 'key' | 'whk', atMs: number): string {
    const random = Array.from(randomBytes(RANDOM_CHARACTERS), (byte) => CROCKFORD[byte % 32]);
    return `${prefix}_${timePart(atMs)}${random.join('')}`;
  }

  override token(): string {
    return randomBytes(12).toString('base64url');
  }
}
