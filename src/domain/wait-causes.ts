// What a migration that was not submitted yet waits for, in one word: each counts under one cause.
import type { Migration } from './migration.js';
import { WAIT_KINDS, type WaitReason } from './waiting.js';

export const WAIT_CAUSES = [
  ...WAIT_KINDS,
  /** An operator has to resume it. */
  'parked',
  /** An instance of it is held by another. */
  'instances',
  /** Nothing holds it back: it is decided on next, or behind others that come before it. */
  'turn',
  /** Its instances are being read. */
  'checks',
] as const;
export type WaitCause = (typeof WAIT_CAUSES)[number];

/** The first of its reasons; instances that others hold come after those, as it could not use them. */
export function waitCause(
  { status, parked }: Pick<Migration, 'status' | 'parked'>,
  reasons: readonly WaitReason[],
  isBlocked: boolean,
): WaitCause {
  if (parked !== null) return 'parked';
  const [first] = reasons;
  if (first !== undefined) return first.kind;
  if (status === 'checking') return 'checks';
  // Its time has come, and that is written next.
  if (status === 'scheduled') return 'turn';
  return isBlocked ? 'instances' : 'turn';
}
