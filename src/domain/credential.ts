// What may be seen of a credential, and which secrets each type has. Knows no secret itself.
import type { Violation } from './errors.js';

const MASK = '****';
/** An AccessKeyId of this length or more shows four characters at each end; upstream's have 16 to 30. */
const FULL_LENGTH = 12;

/** First and last four characters. A shorter id shows less, never more than half of itself. */
export function maskKeyId(accessKeyId: string): string {
  const characters = [...accessKeyId];
  const shown = characters.length >= FULL_LENGTH ? 4 : Math.floor(characters.length / 4);
  const last = shown === 0 ? [] : characters.slice(-shown);
  return [...characters.slice(0, shown), MASK, ...last].join('');
}

/** A temporary credential is three parts that belong together; a lasting one has no token. */
export function tokenViolations(type: 'access_key' | 'sts', hasToken: boolean): Violation[] {
  const pointer = '/securityToken';
  if (type === 'sts' && !hasToken) {
    return [
      { pointer, code: 'required', message: 'A credential of type sts has a security token' },
    ];
  }
  if (type === 'access_key' && hasToken) {
    return [{ pointer, code: 'unknown_property', message: 'Only type sts has a security token' }];
  }
  return [];
}
