// The one table of what may follow what in the life of a migration.
import type { MigrationStatus } from './migration.js';

interface Rule {
  readonly from: readonly MigrationStatus[];
  readonly to: MigrationStatus;
}

/** Every transition there is. What is not listed does not happen. */
export const TRANSITIONS = {
  /** Its time has come. */
  due: { from: ['scheduled'], to: 'queued' },
  /** Both instances were free and are now held. */
  granted: { from: ['queued'], to: 'checking' },
  /** A lasting precondition is not met; nothing was submitted. */
  check_failed: { from: ['checking'], to: 'failed' },
  /** The intent is on record; the call may be under way. */
  intended: { from: ['checking'], to: 'submitting' },
  /** The call did not happen, was throttled, or met an instance that others keep busy: the next attempt comes later. */
  deferred: { from: ['submitting'], to: 'checking' },
  /** Upstream refused for good, or the waiting took too long. */
  refused: { from: ['checking', 'submitting'], to: 'failed' },
  /** Upstream answered with an ImportId. */
  accepted: { from: ['submitting', 'outcome_unknown'], to: 'importing' },
  /** Exactly one import of the target can be ours, and the evidence agrees. */
  adopted: { from: ['submitting', 'outcome_unknown', 'checking'], to: 'importing' },
  /** The instances show an import running; its id is not known yet. */
  seen_running: { from: ['submitting', 'outcome_unknown'], to: 'importing' },
  /** It cannot be established whether the call took effect. */
  lost_sight: { from: ['submitting', 'checking'], to: 'outcome_unknown' },
  /** Before anything was submitted its batch was paused, or upstream did not answer; the instances go back. */
  put_back: { from: ['checking'], to: 'queued' },
  /** The window of its batch closed before anything was submitted. */
  window_closed: { from: ['queued', 'checking'], to: 'scheduled' },
  /** It is not wanted any more, and nothing was submitted. */
  withdrawn: { from: ['scheduled', 'queued', 'checking'], to: 'canceled' },
  /** A cancel was asked for while the call was under way, which turned out not to have taken effect. */
  stopped: { from: ['submitting', 'outcome_unknown'], to: 'canceled' },
  /** Wanted again after it had ended: a new attempt. */
  retried: { from: ['failed', 'canceled'], to: 'queued' },
  /** The same before its time, or outside of the window of its batch. */
  retried_later: { from: ['failed', 'canceled'], to: 'scheduled' },
  /** A recorded decision that the call did not take effect; the instances go back. */
  not_started: { from: ['outcome_unknown'], to: 'queued' },
  /** A cancel of the running import was asked for; upstream is told next. */
  cancel_asked: { from: ['importing'], to: 'canceling' },
  /** Upstream does not cancel it: the import goes on. */
  cancel_refused: { from: ['canceling'], to: 'importing' },
  /** Upstream is canceling the import. */
  cancel_seen: { from: ['importing'], to: 'canceling' },
  succeeded: { from: ['importing', 'canceling'], to: 'succeeded' },
  import_failed: { from: ['importing', 'canceling'], to: 'failed' },
  import_canceled: { from: ['importing', 'canceling'], to: 'canceled' },
} as const satisfies Record<string, Rule>;

export type TransitionName = keyof typeof TRANSITIONS;

export function mayFollow(from: MigrationStatus, name: TransitionName): boolean {
  const sources: readonly MigrationStatus[] = TRANSITIONS[name].from;
  return sources.includes(from);
}
