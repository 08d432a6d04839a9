// What a migration can be waiting for, beside instances that others hold.

export const WAIT_KINDS = [
  'not_before',
  'window',
  'dependency',
  'batch_limit',
  'batch_paused',
  'quota',
  'upstream_busy',
  'upstream_unavailable',
  'operation_gone',
  'fence',
] as const;
export type WaitKind = (typeof WAIT_KINDS)[number];

export interface WaitReason {
  readonly kind: WaitKind;
  /** Milliseconds since the epoch; null where it is not known. */
  readonly until: number | null;
  /** For a person to read. */
  readonly detail: string;
}
