// What happened, told once: to those who listen (server-sent events) and to those who are called (webhooks).

/**
 * `migration.<status>`, `migration.overdue`, `batch.<status>`, `batch.progress`, `credential.unhealthy`,
 * `webhook.disabled`.
 */
export type EventType = `${'migration' | 'batch' | 'credential' | 'webhook'}.${string}`;

/** Which things it is about: by these a reader sees only what concerns it. */
export interface EventSubjects {
  readonly migrationId?: string;
  readonly batchId?: string | null;
  readonly sourceInstanceId?: string;
  readonly targetInstanceId?: string;
}

export interface ServiceEvent {
  /** `evt_…`: later events have greater ids, so that an id is also a place in the log. */
  readonly id: string;
  readonly type: EventType;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly tenant: string;
  readonly data: EventSubjects & Readonly<Record<string, unknown>>;
}
