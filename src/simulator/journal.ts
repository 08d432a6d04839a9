// Every request received, signed rightly or not, and what became of it. Holds no secret and no signature.
import type { FaultKind } from './faults.js';
import type { RpcRequest } from './rpc-request.js';

/**
 * `accepted` an import was started and the caller told; `answered` a success told; `refused` an error told;
 * `dropped` no usable answer was sent (connection cut, hung, garbage), whatever was done: see `executed`.
 */
export type JournalOutcome = 'accepted' | 'answered' | 'refused' | 'dropped';

export interface JournalEntry {
  readonly seq: number;
  /** RFC 3339 with milliseconds, by the simulator's clock. */
  readonly at: string;
  readonly action: string | null;
  readonly version: string | null;
  readonly scheme: 'V1' | 'V3';
  readonly accessKeyId: string | null;
  readonly nonce: string | null;
  readonly params: Readonly<Record<string, string>>;
  readonly outcome: JournalOutcome;
  /** The action ran to its own success: for an import, it was started. */
  readonly executed: boolean;
  /** Upstream's error code; null for a success or no answer. */
  readonly code: string | null;
  /** HTTP status sent; null when none was. */
  readonly status: number | null;
  /** Decimal text, exactly when this request started an import. */
  readonly importId: string | null;
  readonly fault: FaultKind | null;
  readonly requestId: string;
}

export type Happening = Pick<
  JournalEntry,
  'outcome' | 'executed' | 'code' | 'status' | 'importId' | 'fault' | 'requestId'
>;

export class RequestJournal {
  readonly #entries: JournalEntry[] = [];

  record(request: RpcRequest, now: number, happening: Happening): void {
    this.#entries.push({
      seq: this.#entries.length + 1,
      at: new Date(now).toISOString(),
      action: request.action,
      version: request.version,
      scheme: request.scheme,
      accessKeyId: request.accessKeyId,
      nonce: request.nonce,
      params: Object.fromEntries(request.params),
      ...happening,
    });
  }

  /** Oldest first; of one action, or after one entry, where asked. */
  entries(afterSeq = 0, action: string | null = null): readonly JournalEntry[] {
    const later = this.#entries.slice(afterSeq);
    return action === null ? later : later.filter((entry) => entry.action === action);
  }

  clear(): void {
    this.#entries.length = 0;
  }
}
