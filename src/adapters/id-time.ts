// The part of an id that is its time: ids made later sort later.

/** Crockford's base 32, lower case: sorts as the numbers do. */
export const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_CHARACTERS = 10;

/** The first ten characters, after the prefix, of every id made at this time (ms). */
export function timePart(atMs: number): string {
  let rest = Math.max(0, Math.floor(atMs));
  let text = '';
  for (let index = 0; index < TIME_CHARACTERS; index += 1) {
    text = (CROCKFORD[rest % 32] ?? '0') + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** When it was made (ms). */
export function timeOf(id: string): number {
  const from = id.indexOf('_') + 1;
  let atMs = 0;
  for (const digit of id.slice(from, from + TIME_CHARACTERS)) {
    atMs = atMs * 32 + CROCKFORD.indexOf(digit);
  }
  return atMs;
}
