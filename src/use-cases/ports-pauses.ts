// What keeps work from being started where upstream does not answer: nothing is failed for that, it waits.
import type { Account, UpstreamFault } from './ports-upstream.js';

export interface UpstreamPause {
  readonly regionId: string;
  /** Of the failure that opened it: upstream's own code, or a word of ours where there was none. */
  readonly code: string;
  readonly message: string;
  /** Milliseconds since the epoch, as below. */
  readonly openedAt: number;
  /** When upstream is asked again. */
  readonly probeAt: number;
  readonly probes: number;
}

/** Who asks upstream whether it answers again: whose calls failed when the pause was opened. */
export interface Probe {
  readonly account: Account;
  readonly pause: UpstreamPause;
}

/**
 * One for each cloud account and region, shared by all processes. It opens when every call failed for a while and
 * closes at the first answer, whoever gets it. For a credential that is gone or cannot be opened there is none.
 */
export abstract class UpstreamPauses {
  /** Is any open at all? One cheap read: almost always it is none. */
  abstract anyOpen(): Promise<boolean>;
  /** Null while work may be started for this account in this region. */
  abstract openFor(who: Account): Promise<UpstreamPause | null>;
  /** A call without an answer, or one that was throttled. True when this one opened the pause. */
  abstract failed(who: Account, fault: UpstreamFault): Promise<boolean>;
  /** Upstream answered: what failed before counts no more. True when this closed a pause. */
  abstract answered(who: Account): Promise<boolean>;
  /** Those that are due. Each is given to one caller alone, and to the next when nothing comes of it. */
  abstract takeProbes(): Promise<readonly Probe[]>;
  /** The probe had no answer: the next one comes later each time. */
  abstract postpone(probe: Probe): Promise<void>;
  /** Nobody can probe it any more. */
  abstract drop(probe: Probe): Promise<void>;
  /** True for one caller, once, after pauses were closed: those that wait for nothing else have to be woken. */
  abstract takeClosed(): Promise<boolean>;
}
