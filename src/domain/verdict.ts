// What one look at one thing says, and how several looks fold into one: the gravest decides.

export type VerdictStatus = 'pass' | 'fail' | 'warn' | 'skipped';

export interface Verdict {
  readonly status: VerdictStatus;
  /** Whole sentences, for a person. */
  readonly text: string;
  /** A failure that is over by itself after a while. */
  readonly isPassing: boolean;
}

const say = (status: VerdictStatus, text: string): Verdict => ({ status, text, isPassing: false });

export const pass = (text: string): Verdict => say('pass', text);
export const fail = (text: string): Verdict => say('fail', text);
export const warn = (text: string): Verdict => say('warn', text);
export const skip = (text: string): Verdict => say('skipped', text);
export const failForNow = (text: string): Verdict => ({ status: 'fail', text, isPassing: true });

/** What is not known outweighs what is fine: half a look is not a pass. */
const GRAVEST_FIRST: readonly VerdictStatus[] = ['fail', 'skipped', 'warn', 'pass'];

export function fold(verdicts: readonly Verdict[]): { status: VerdictStatus; message: string } {
  const status =
    GRAVEST_FIRST.find((one) => verdicts.some((verdict) => verdict.status === one)) ?? 'skipped';
  return { status, message: textOf(verdicts.filter((verdict) => verdict.status === status)) };
}

export const textOf = (verdicts: readonly Verdict[]): string =>
  [...new Set(verdicts.map(({ text }) => text))].join(' ');

export function named(names: readonly string[]): string {
  const rest = names.length - 10;
  return names.slice(0, 10).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
