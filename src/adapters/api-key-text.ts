// What an API key looks like: a prefix that secret scanners can find, the id it is looked up by, and 256 random bits.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const PREFIX = 'rdsi';
const SECRET_BYTES = 32;
/** The id without its prefix `key_`; the secret in base64url, which has `_` too, so lengths tell the parts. */
const TEXT = /^rdsi_([0-9a-z]{26})_[A-Za-z0-9_-]{43}$/;

/** `rdsi_<id without its prefix>_<secret>`. */
export const makeKeyText = (id: string): string =>
  `${PREFIX}_${id.slice(id.indexOf('_') + 1)}_${randomBytes(SECRET_BYTES).toString('base64url')}`;

/** Null for a text that is no key of ours. */
export function idOfKeyText(text: string): string | null {
  const [, id] = TEXT.exec(text) ?? [];
  return id === undefined ? null : `key_${id}`;
}

/**
 * Of the whole text. One round of SHA-256 is enough: a slow hash makes guessing a password dear, and
 * nobody guesses 256 random bits, however fast the hash is.
 */
export const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Compared with instead of a digest that is not there: the answer takes as long. */
const NO_DIGEST = digestOf('no key');

/** `stored` null: there is no such id. */
export function isDigestOf(text: string, stored: Buffer | null): boolean {
  const isEqual = timingSafeEqual(digestOf(text), stored ?? NO_DIGEST);
  return isEqual && stored !== null;
}
