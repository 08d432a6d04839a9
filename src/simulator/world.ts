// The state behind the wire: keys, instances, imports. Time passes only in `settle`, which ends what is due.
import type { WorldClock } from './clock.js';
import { withImported, type ImportPlan, type ImportRun, type Verdict } from './import-run.js';
import type { AccessKey, Durations, Instance, Profile, Role, WorldFile } from './world-file.js';

const MB = 1024 * 1024;
const GB = 1024 * MB;
const LOG_MB = 64;

export const SOURCE_AT_WORK = 'TRANSING';
export const TARGET_AT_WORK = 'Importing';

export interface Usage {
  readonly dataBytes: number;
  readonly logBytes: number;
  readonly diskUsedBytes: number;
  readonly storageBytes: number;
}

/** What a fault makes different about an import. */
export interface Twist {
  readonly verdict: Verdict;
  readonly hiddenMs: number;
  readonly hidesStates: boolean;
}

export const NO_TWIST: Twist = { verdict: 'Success', hiddenMs: 0, hidesStates: false };

/** Odd and far above 2^53: no double holds it. */
const bigId = (n: bigint): bigint => 9_200_000_000_000_000_001n + 2n * n;

/** Running again, unless the status was set to something else in the meantime. */
const afterWork = (atWork: string, { status }: Instance): string =>
  status === atWork ? 'Running' : status;

export class World {
  readonly clock: WorldClock;
  keys: ReadonlyMap<string, AccessKey> = new Map();
  roles: ReadonlyMap<string, Role> = new Map();
  durations: Durations;
  profile: Profile;
  readonly #instances = new Map<string, Instance>();
  readonly #runs = new Map<bigint, ImportRun>();
  readonly #active = new Set<ImportRun>();
  readonly #byTarget = new Map<string, ImportRun[]>();
  #file: WorldFile;

  constructor(file: WorldFile, clock: WorldClock) {
    this.clock = clock;
    this.#file = file;
    this.durations = file.durations;
    this.profile = file.profile;
    this.reset(file);
  }

  /** Everything as the file says, no import ever made. Without a file: as the last one said. */
  reset(file: WorldFile = this.#file): void {
    this.#file = file;
    this.durations = file.durations;
    this.profile = file.profile;
    this.keys = new Map(file.keys.map((key) => [key.id, key]));
    this.roles = new Map(file.roles.map((role) => [role.arn, role]));
    for (const store of [this.#instances, this.#runs, this.#active, this.#byTarget]) store.clear();
    for (const instance of file.instances) this.#instances.set(instance.instanceId, instance);
  }

  /** The temporary key is good from now on, as those of the file are. */
  admit(key: AccessKey): void {
    this.keys = new Map([...this.keys, [key.id, key]]);
  }

  /** Ends all temporary keys now; how many there were. */
  expireSessions(): number {
    const now = this.clock.now();
    const isLive = ({ expiresAt }: AccessKey): boolean => expiresAt !== null && expiresAt > now;
    const live = [...this.keys.values()].filter(isLive);
    for (const key of live) this.admit({ ...key, expiresAt: now });
    return live.length;
  }

  instances(): readonly Instance[] {
    return [...this.#instances.values()];
  }

  instance(instanceId: string): Instance | undefined {
    return this.#instances.get(instanceId);
  }

  replaceInstance(instance: Instance): void {
    this.#instances.set(instance.instanceId, instance);
  }

  runs(): readonly ImportRun[] {
    return [...this.#runs.values()];
  }

  run(importId: bigint): ImportRun | undefined {
    return this.#runs.get(importId);
  }

  /** Oldest first. */
  runsInto(instanceId: string): readonly ImportRun[] {
    return this.#byTarget.get(instanceId) ?? [];
  }

  /** The status the reads show: an import with late visibility may still hide its own. */
  shownStatus({ instanceId, status }: Instance): string {
    const now = this.clock.now();
    for (const run of this.#active) {
      const isHidden = run.hidesStates && now < run.visibleAt;
      if (isHidden && run.sourceId === instanceId && status === SOURCE_AT_WORK) return 'Running';
      if (isHidden && run.targetId === instanceId && status === TARGET_AT_WORK) return 'Running';
    }
    return status;
  }

  usage({ databases, storageGB }: Instance): Usage {
    const dataBytes = databases.reduce((sum, { sizeMB }) => sum + sizeMB, 0) * MB;
    const logBytes = LOG_MB * MB;
    return {
      dataBytes,
      logBytes,
      diskUsedBytes: dataBytes + logBytes,
      storageBytes: storageGB * GB,
    };
  }

  start(plan: ImportPlan, twist: Twist): ImportRun {
    const now = this.clock.now();
    const run: ImportRun = {
      ...plan,
      ...this.#nextImportId(),
      startedAt: now,
      visibleAt: now + twist.hiddenMs,
      hidesStates: twist.hidesStates,
      endsAt: now + this.#durationMs(plan),
      verdict: twist.verdict,
      cancelRequestedAt: null,
      hasEnded: false,
    };
    this.#runs.set(run.importId, run);
    this.#active.add(run);
    const into = this.#byTarget.get(run.targetId);
    if (into === undefined) this.#byTarget.set(run.targetId, [run]);
    else into.push(run);
    this.#change(run.sourceId, () => ({ status: SOURCE_AT_WORK }));
    this.#change(run.targetId, () => ({ status: TARGET_AT_WORK }));
    return run;
  }

  /** Asynchronous, as upstream's: Canceling now, Canceled later. */
  cancel(run: ImportRun): void {
    run.cancelRequestedAt = this.clock.now();
    run.endsAt = run.cancelRequestedAt + this.durations.cancelMs;
    run.verdict = 'Canceled';
  }

  finish(run: ImportRun, verdict: Verdict): void {
    run.endsAt = this.clock.now();
    run.verdict = verdict;
    this.settle();
  }

  /** Ends every import whose time has come, in the order of their ends. Call before each look. */
  settle(): void {
    const now = this.clock.now();
    const due = [...this.#active].filter((run) => run.endsAt <= now);
    for (const run of due.toSorted((a, b) => a.endsAt - b.endsAt)) this.#end(run);
  }

  #end(run: ImportRun): void {
    run.hasEnded = true;
    this.#active.delete(run);
    this.#change(run.sourceId, (source) => ({ status: afterWork(SOURCE_AT_WORK, source) }));
    this.#change(run.targetId, (target) => ({
      status: afterWork(TARGET_AT_WORK, target),
      databases: run.verdict === 'Success' ? withImported(target.databases, run) : target.databases,
    }));
  }

  #change(instanceId: string, change: (instance: Instance) => Partial<Instance>): void {
    const instance = this.#instances.get(instanceId);
    if (instance !== undefined)
      this.#instances.set(instanceId, { ...instance, ...change(instance) });
  }

  #durationMs({ sourceId, targetId, pairs }: ImportPlan): number {
    const { byInstance, baseMs, perGBMs } = this.durations;
    const sizeMB = pairs.reduce((sum, pair) => sum + pair.sizeMB, 0);
    return byInstance[targetId] ?? byInstance[sourceId] ?? baseMs + (perGBMs * sizeMB) / 1024;
  }

  #nextImportId(): Pick<ImportRun, 'importId' | 'isToldAsText'> {
    const { start, forms } = this.#file.importIds;
    const count = this.#runs.size;
    const form = forms[count % forms.length];
    const importId = BigInt(start) + BigInt(count);
    return {
      importId: form === 'big' ? bigId(importId) : importId,
      isToldAsText: form === 'string',
    };
  }
}
