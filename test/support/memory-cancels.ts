// Wishes to cancel, as the little world answers them: SQL Server takes its time, MySQL does not know how.
import type { Engine } from '../../src/domain/db-info.js';
import type { UpstreamFault } from '../../src/use-cases/ports-upstream.js';

export type Refused = Pick<UpstreamFault, 'class' | 'code'>;

interface Cancelable {
  readonly endsAt: number;
  readonly succeeds: boolean;
  readonly isCanceled: boolean;
}

export class MemoryCancels {
  /** While set, every wish is answered so, and nothing is done. */
  fault: Refused | null = null;
  /** From the wish until the import is canceled. */
  takesMs = 10_000;
  /** Every wish that reached upstream. */
  readonly asked: {
    readonly targetInstanceId: string;
    readonly importId: string;
    readonly at: number;
  }[] = [];

  /** The import as it is from now on, or why it stays as it was. */
  decide<T extends Cancelable>(found: T | undefined, engine: Engine, now: number): T | Refused {
    if (this.fault !== null) return this.fault;
    if (found === undefined) return { class: 'not_found', code: 'InvalidTaskId.NotFound' };
    if (engine === 'MySQL') return { class: 'rejected', code: 'EngineNotSupported' };
    if (found.isCanceled || found.endsAt <= now) {
      return { class: 'rejected', code: 'OperationDenied.IncorrectTaskStatus' };
    }
    return { ...found, endsAt: now + this.takesMs, succeeds: false, isCanceled: true };
  }
}
