// The cursor of a list: opaque to callers, the id of the last item they have seen to us.

/** What the ids of a list begin with. */
export type IdPrefix = 'mig' | 'bat' | 'cred' | 'key' | 'whk' | 'evt';

const UNIQUE_PART = /^[0-9A-Za-z]{1,64}$/;

export const cursorAfter = (id: string): string => Buffer.from(id, 'latin1').toString('base64url');

/** The id to go on after; null for a text that no answer of this list ever held. */
export function idOfCursor(cursor: string, prefix: IdPrefix): string | null {
  const id = Buffer.from(cursor, 'base64url').toString('latin1');
  const isOurs = id.startsWith(`${prefix}_`) && UNIQUE_PART.test(id.slice(prefix.length + 1));
  return isOurs && cursorAfter(id) === cursor ? id : null;
}
