// The cursor of a list: opaque to callers, the id of the last item they have seen to us.

const ID = /^[a-z]{2,5}_[0-9A-Za-z]{1,64}$/;

export const cursorAfter = (id: string): string => Buffer.from(id, 'latin1').toString('base64url');

/** The id to go on after; null for a text that no answer of ours ever held. */
export function idOfCursor(cursor: string): string | null {
  const id = Buffer.from(cursor, 'base64url').toString('latin1');
  return ID.test(id) && cursorAfter(id) === cursor ? id : null;
}
