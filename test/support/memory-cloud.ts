/**
 * A little world of instances and imports, as far as submissions can tell: an import takes time and
 * both instances show it, a listing shows imports late and only of its window, a nonce is refused twice, an
 * old timestamp and an instance that is not Running are refused. Everything accepted stays on record.
 */
import type { Engine } from '../../src/domain/db-info.js';
import type { Migration } from '../../src/domain/migration.js';
import type { Clock } from '../../src/use-cases/ports.js';
import type { SubmissionCommand, SubmissionOutcome } from '../../src/use-cases/ports-upstream.js';
import { MemoryCancels, type Refused } from './memory-cancels.js';
import { MemoryReads } from './memory-surveys.js';

const OLDEST_TIMESTAMP_MS = 15 * 60_000;
/** As long as a timestamp is good: upstream need not remember longer. */
const NONCE_LIFE_MS = OLDEST_TIMESTAMP_MS;

/** What happens to the next submission. */
export const SUBMISSION_FAULTS = [
  'not_sent',
  'throttled',
  'error_before',
  'error_after',
  'reply_lost',
  'no_import_id',
  'delayed',
  'busy_before',
  'busy_after',
] as const;
export type SubmissionFault = (typeof SUBMISSION_FAULTS)[number];

export interface AcceptedImport {
  readonly importId: string;
  /** What the world knows and upstream does not tell: whose request it was. */
  readonly migrationId: string;
  readonly attempt: number;
  readonly sourceInstanceId: string;
  readonly targetInstanceId: string;
  readonly databases: readonly string[];
  readonly at: number;
  readonly endsAt: number;
  readonly succeeds: boolean;
  readonly isCanceled: boolean;
}

export interface CloudOptions {
  readonly engine: Engine;
  readonly importMs: number;
  /** How long after its begin a listing may not show an import yet. */
  readonly visibleAfterMs: number;
  /** Until then the instances do not show it, either. */
  readonly hidesStates?: boolean;
  readonly hasListing: boolean;
  readonly succeeds: boolean;
}

export const FAIR_CLOUD: CloudOptions = {
  engine: 'SQLServer',
  importMs: 90_000,
  visibleAfterMs: 0,
  hasListing: true,
  succeeds: true,
};

export class MemoryCloud {
  readonly accepted: AcceptedImport[] = [];
  /** Every request that left, by its nonce. */
  readonly requests: string[] = [];
  readonly faults: SubmissionFault[] = [];
  readonly reads: MemoryReads;
  /** While set, reads fail so. */
  readFault: 'throttled' | 'unclear' | 'auth' | 'gone' | null = null;
  /** While set, only the listing of imports fails so. */
  listingFault: 'throttled' | 'unclear' | null = null;
  /** While set, only the listing of databases fails so. */
  databasesFault: 'throttled' | 'unclear' | null = null;
  readonly cancels = new MemoryCancels();
  /** How often a key was verified. */
  verifications = 0;
  /** Called as a request leaves. */
  onRequest: (command: SubmissionCommand, nonce: string) => void = () => undefined;
  private readonly nonces = new Map<string, number>();
  private delayed: { readonly command: SubmissionCommand; readonly arrivesAt: number }[] = [];
  private readonly databases = new Map<string, Set<string>>();

  /** Instances that do something else than an import. */
  readonly busy = new Set<string>();

  constructor(
    readonly clock: Clock,
    readonly options: CloudOptions = FAIR_CLOUD,
  ) {
    this.reads = new MemoryReads(clock);
  }

  /** The databases that a migration needs to find. */
  seed(migration: Pick<Migration, 'sourceInstanceId' | 'targetInstanceId' | 'databases'>): void {
    const { sourceInstanceId, targetInstanceId, databases } = migration;
    for (const { source, target } of databases) {
      this.databasesOf(sourceInstanceId).add(source);
      if (this.options.engine === 'MySQL') this.databasesOf(targetInstanceId).add(target);
    }
  }

  statusOf(instanceId: string): string {
    this.arrive();
    const now = this.clock.now();
    const { hidesStates, visibleAfterMs } = this.options;
    const isShown = (one: AcceptedImport): boolean =>
      hidesStates !== true || one.at + visibleAfterMs <= now;
    const running = this.accepted.filter((one) => one.endsAt > now && isShown(one));
    if (this.busy.has(instanceId)) return 'Rebooting';
    if (running.some((one) => one.targetInstanceId === instanceId)) return 'Importing';
    return running.some((one) => one.sourceInstanceId === instanceId) ? 'TRANSING' : 'Running';
  }

  /** Of instances that import something now. */
  targetsShowing(status: string): readonly string[] {
    this.arrive();
    const now = this.clock.now();
    const running = this.accepted.filter((one) => one.endsAt > now);
    return status === 'Importing' ? running.map((one) => one.targetInstanceId) : [];
  }

  databaseNames(instanceId: string): readonly string[] {
    this.arrive();
    const now = this.clock.now();
    const imported = this.accepted.filter(
      (one) => one.targetInstanceId === instanceId && one.endsAt <= now && one.succeeds,
    );
    const names = imported.flatMap((one) => one.databases);
    return [...new Set([...this.databasesOf(instanceId), ...names])];
  }

  /** By the minute, as upstream does. */
  listed(
    instanceId: string,
    window: { readonly fromMs: number; readonly toMs: number },
  ): readonly AcceptedImport[] {
    this.arrive();
    const now = this.clock.now();
    const fromMs = Math.floor(window.fromMs / 60_000) * 60_000;
    const toMs = Math.ceil(window.toMs / 60_000) * 60_000;
    return this.accepted.filter(
      (one) =>
        one.targetInstanceId === instanceId &&
        one.at >= fromMs &&
        one.at <= toMs &&
        one.at + this.options.visibleAfterMs <= now,
    );
  }

  /** A request on its way, with whatever is scripted for it. */
  submit(command: SubmissionCommand, nonce: string): SubmissionOutcome {
    const fault = this.faults.shift() ?? null;
    if (fault === 'not_sent') return { kind: 'not_sent', message: 'connection refused' };
    this.onRequest(command, nonce);
    this.requests.push(nonce);
    switch (fault) {
      case 'throttled':
        return refused('throttled', 'Throttling.User');
      case 'busy_before':
        return refused('busy', 'IncorrectDBInstanceState');
      case 'busy_after':
        this.receive(command);
        return refused('busy', 'IncorrectDBInstanceState');
      case 'error_before':
        return unknown('InternalError');
      case 'delayed':
        this.delayed.push({ command, arrivesAt: this.clock.now() + 10 * 60_000 });
        return unknown('timeout');
      case 'error_after':
        this.receive(command);
        return unknown('InternalError');
      case 'reply_lost':
        this.receive(command);
        return unknown('timeout');
      case 'no_import_id': {
        const outcome = this.receive(command);
        return outcome.kind === 'accepted' ? unknown('import_id_missing') : outcome;
      }
      case null:
        return this.receive(command);
    }
  }

  /** Null: it is being canceled now. Else why not. */
  cancel(targetInstanceId: string, importId: string): Refused | null {
    this.arrive();
    const now = this.clock.now();
    this.cancels.asked.push({ targetInstanceId, importId, at: now });
    const index = this.accepted.findIndex(
      (one) => one.importId === importId && one.targetInstanceId === targetInstanceId,
    );
    const decided = this.cancels.decide(this.accepted[index], this.options.engine, now);
    if (!('importId' in decided)) return decided;
    this.accepted[index] = decided;
    return null;
  }

  /** Somebody starts an import by hand, not through this service. */
  startOutside(command: Omit<SubmissionCommand, 'migrationId' | 'attempt' | 'atMs'>): void {
    this.receive({ ...command, migrationId: 'nobody', attempt: 1, atMs: this.clock.now() });
  }

  /** What had been under way for long arrives now. */
  private arrive(): void {
    const now = this.clock.now();
    const due = this.delayed.filter(({ arrivesAt }) => arrivesAt <= now);
    this.delayed = this.delayed.filter((one) => !due.includes(one));
    for (const { command, arrivesAt } of due) this.receive(command, arrivesAt);
  }

  private receive(command: SubmissionCommand, now = this.clock.now()): SubmissionOutcome {
    const { migrationId, attempt, sourceInstanceId, targetInstanceId } = command;
    if (now - command.atMs > OLDEST_TIMESTAMP_MS) return refused('throttled', 'IllegalTimestamp');
    const nonce = nonceOf(command);
    const usedAt = this.nonces.get(nonce);
    if (usedAt !== undefined && now - usedAt <= NONCE_LIFE_MS) return unknown('SignatureNonceUsed');
    this.nonces.set(nonce, now);
    const isBusy = this.accepted.some(
      (one) =>
        one.endsAt > now &&
        [one.sourceInstanceId, one.targetInstanceId].some(
          (id) => id === sourceInstanceId || id === targetInstanceId,
        ),
    );
    if (isBusy) return refused('busy', 'OperationDenied.DBInstanceStatus');
    const importId = String(1_000 + this.accepted.length);
    const { importMs, succeeds } = this.options;
    const databases = command.databases.map(({ target }) => target);
    this.accepted.push({
      ...{ importId, migrationId, attempt, sourceInstanceId, targetInstanceId, databases },
      ...{ at: now, endsAt: now + importMs, succeeds, isCanceled: false },
    });
    return { kind: 'accepted', importId, requestId: `req-${importId}` };
  }

  private databasesOf(instanceId: string): Set<string> {
    const known = this.databases.get(instanceId) ?? new Set<string>();
    this.databases.set(instanceId, known);
    return known;
  }
}

/** The same for the same migration and attempt, as the real one is. */
export const nonceOf = ({
  migrationId,
  attempt,
}: Pick<SubmissionCommand, 'migrationId' | 'attempt'>): string => `${migrationId}/${attempt}`;

const unknown = (code: string): SubmissionOutcome => {
  return { kind: 'unknown', code, message: code, requestId: null };
};

const refused = (kind: 'throttled' | 'busy', code: string): SubmissionOutcome => ({
  kind: 'refused',
  fault: { class: kind, code, message: code, requestId: null, retryAfterMs: null },
});
