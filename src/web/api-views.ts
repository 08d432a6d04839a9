// What the page reads of the API's answers: the fields it uses, by the names of the contract.

export const STATUSES = [
  ...(['scheduled', 'queued', 'checking', 'submitting', 'importing', 'canceling'] as const),
  ...(['outcome_unknown', 'succeeded', 'failed', 'canceled'] as const),
] as const;
export type Status = (typeof STATUSES)[number];

export type Action = 'cancel' | 'retry' | 'resolve' | 'resume';

export interface Reason {
  readonly code: string;
  readonly message: string;
  readonly upstreamCode?: string;
  readonly upstreamRequestId?: string;
  readonly retryable: boolean;
  readonly remedy: string;
}

export interface Wait {
  readonly kind: string;
  readonly until: string | null;
  readonly detail: string;
}

export interface Check {
  readonly id: string;
  readonly status: 'pass' | 'fail' | 'warn' | 'skipped';
  readonly subject: 'source' | 'target' | 'both';
  readonly message: string;
  readonly observed: Readonly<Record<string, unknown>>;
}

export interface Estimate {
  readonly finishAt: string;
  readonly basis: string;
}

export interface HistoryEntry {
  readonly at: string;
  readonly from: Status | null;
  readonly to: Status;
  readonly code: string | null;
  readonly message: string | null;
}

export interface Migration {
  readonly id: string;
  readonly batchId: string | null;
  readonly status: Status;
  readonly reason: Reason | null;
  readonly credentialId: string;
  readonly regionId: string;
  readonly sourceInstanceId: string;
  readonly targetInstanceId: string;
  readonly engine: 'MySQL' | 'SQLServer';
  readonly databases: readonly { readonly source: string; readonly target: string }[];
  readonly importId: string | null;
  readonly upstreamRequestId: string | null;
  readonly upstream: {
    readonly sourceStatus: string | null;
    readonly targetStatus: string | null;
    readonly importStatus: string | null;
    readonly checkedAt: string;
  } | null;
  readonly blockedBy: readonly {
    readonly instanceId: string;
    readonly migrationId: string | null;
  }[];
  readonly waitingFor: readonly Wait[];
  readonly preflightReport: {
    readonly ok: boolean;
    readonly checkedAt: string;
    readonly checks: readonly Check[];
  } | null;
  readonly priority: number;
  readonly notBefore: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly attempt: number;
  readonly allowedActions: readonly Action[];
  readonly cancelAskedAt: string | null;
  readonly estimate: (Estimate & { readonly startAt: string }) | null;
  readonly createdAt: string;
  readonly submittedAt: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly history: readonly HistoryEntry[];
}

export interface Counts {
  readonly total: number;
  readonly scheduled: number;
  readonly queued: number;
  readonly checking: number;
  readonly submitting: number;
  readonly importing: number;
  readonly canceling: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly canceled: number;
  readonly outcomeUnknown: number;
}

export type BatchStatus =
  | ('running' | 'paused' | 'halted' | 'succeeded' | 'partially_failed' | 'failed')
  | ('canceling' | 'canceled');

export interface Batch {
  readonly id: string;
  readonly name: string | null;
  readonly status: BatchStatus;
  readonly counts: Counts;
  readonly progress: number;
  readonly estimate: Estimate | null;
  readonly maxConcurrent: number | null;
  readonly onFailure: 'continue' | 'halt';
  readonly window: {
    readonly start: string;
    readonly end: string;
    readonly timeZone: string;
  } | null;
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

export interface Bar {
  readonly migrationId: string;
  readonly status: Status;
  readonly kind: 'ran' | 'runs' | 'planned';
  /** Places in `instances`. */
  readonly source: number;
  readonly target: number;
  readonly startAt: string | null;
  readonly finishAt: string | null;
  /** Place in the order of the plan, 0 is next. */
  readonly step: number | null;
}

export interface Timeline {
  readonly batchId: string;
  readonly at: string;
  readonly instances: readonly {
    readonly instanceId: string;
    readonly isCritical: boolean;
    readonly remainingMs: number | null;
  }[];
  readonly bound: { readonly instanceId: string; readonly finishAt: string } | null;
  readonly bars: readonly Bar[];
}

export interface ServiceEvent {
  readonly id: string;
  readonly type: string;
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** RFC 9457. */
export interface ProblemDetails {
  readonly title: string;
  readonly detail: string;
  readonly code: string;
  readonly requestId: string;
  readonly errors?: readonly {
    readonly pointer: string;
    readonly code: string;
    readonly message: string;
  }[];
}
