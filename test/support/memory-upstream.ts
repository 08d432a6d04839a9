// The port Upstream over the little world: opens at once, sends what it signed once and never late.
import type { Engine } from '../../src/domain/db-info.js';
import { MAX_INTENT_AGE_TO_SEND_MS } from '../../src/domain/policy.js';
import type { DatabaseFacts, InstanceFacts, UsageFacts } from '../../src/domain/preflight.js';
import {
  Upstream,
  type Account,
  type ImportRecord,
  type Read,
  type SessionOutcome,
  type SignedSubmission,
  type SubmissionCommand,
  type SubmissionOutcome,
  type Survey,
  type UpstreamFault,
  type UpstreamSession,
} from '../../src/use-cases/ports-upstream.js';
import { nonceOf, type AcceptedImport, type MemoryCloud } from './memory-cloud.js';
import { GB, mySql, sqlServer } from './preflight-facts.js';

export class MemoryUpstream extends Upstream {
  constructor(private readonly cloud: MemoryCloud) {
    super();
  }

  override async survey(_who: Account, status: string, maxAgeMs: number): Promise<Survey | null> {
    const { reads, readFault } = this.cloud;
    const survey = reads.survey(status, maxAgeMs, () => this.cloud.targetsShowing(status));
    return readFault === null ? survey : null;
  }

  override async open(): Promise<SessionOutcome> {
    return { kind: 'open', session: new MemorySession(this.cloud) };
  }
}

const WORDS = {
  SQLServer: { running: 'Importing', succeeded: 'Success', failed: 'Failed' },
  MySQL: { running: 'FullImporting', succeeded: 'Success', failed: 'Failed' },
} as const;

/** Of an import that somebody canceled, with any engine. */
const CANCELED_WORDS = { running: 'Canceling', succeeded: 'Canceled', failed: 'Canceled' } as const;

class MemorySession implements UpstreamSession {
  private readonly signed = new Map<SignedSubmission, SubmissionCommand>();

  constructor(private readonly cloud: MemoryCloud) {}

  async instance(instanceId: string): Promise<Read<InstanceFacts | null>> {
    this.cloud.reads.ask('instance', instanceId);
    const { source } = this.cloud.options.engine === 'MySQL' ? mySql() : sqlServer();
    if (!source.known || source.value === null) throw new Error('there is no model instance');
    const status = this.cloud.statusOf(instanceId);
    return this.answer({ ...source.value, instanceId, status });
  }

  async databases(instanceId: string): Promise<Read<readonly DatabaseFacts[]>> {
    this.cloud.reads.ask('databases', instanceId);
    const { databasesFault } = this.cloud;
    if (databasesFault !== null) return { ok: false, fault: fault(databasesFault, databasesFault) };
    const names = this.cloud.databaseNames(instanceId);
    return this.answer(names.map((name) => ({ name, status: 'Running' })));
  }

  async usage(instanceId: string): Promise<Read<UsageFacts>> {
    this.cloud.reads.ask('usage', instanceId);
    return this.answer({ diskUsedBytes: 20 * GB, dataBytes: 10 * GB });
  }

  async imports(
    engine: Engine,
    instanceId: string,
    window: { readonly fromMs: number; readonly toMs: number },
    importId?: string,
  ): Promise<Read<readonly ImportRecord[]>> {
    this.cloud.reads.ask('imports', instanceId);
    if (!this.cloud.options.hasListing) return { ok: false, fault: fault('gone', 'InvalidAction') };
    const { listingFault } = this.cloud;
    if (listingFault !== null) return { ok: false, fault: fault(listingFault, listingFault) };
    const listed = this.cloud
      .listed(instanceId, window)
      .filter((one) => importId === undefined || one.importId === importId);
    return this.answer(listed.map((one) => this.recordOf(engine, one)));
  }

  async cancel(targetInstanceId: string, importId: string): Promise<Read<true>> {
    const refusal =
      this.cloud.readFault === null ? this.cloud.cancel(targetInstanceId, importId) : null;
    if (refusal !== null) return { ok: false, fault: fault(refusal.class, refusal.code) };
    return this.answer(true);
  }

  async verify(): Promise<Read<true>> {
    this.cloud.verifications += 1;
    return this.answer(true);
  }

  sign(command: SubmissionCommand): SignedSubmission {
    const signed = { nonce: nonceOf(command), requestHash: JSON.stringify(command.databases) };
    this.signed.set(signed, command);
    return signed;
  }

  async send(signed: SignedSubmission): Promise<SubmissionOutcome> {
    const command = this.signed.get(signed);
    this.signed.delete(signed);
    if (command === undefined) return { kind: 'not_sent', message: 'given out before' };
    if (this.cloud.clock.now() - command.atMs > MAX_INTENT_AGE_TO_SEND_MS) {
      return { kind: 'not_sent', message: 'the intent is too old to be sent' };
    }
    return this.cloud.submit(command, signed.nonce);
  }

  private recordOf(engine: Engine, one: AcceptedImport): ImportRecord {
    const words = one.isCanceled ? CANCELED_WORDS : WORDS[engine];
    const ended = one.succeeds ? words.succeeded : words.failed;
    const word = one.endsAt > this.cloud.clock.now() ? words.running : ended;
    return {
      importId: one.importId,
      words: [word],
      databases: engine === 'MySQL' ? [] : one.databases,
    };
  }

  private answer<T>(value: T): Read<T> {
    const { readFault } = this.cloud;
    return readFault === null
      ? { ok: true, value }
      : { ok: false, fault: fault(readFault, readFault) };
  }
}

const fault = (kind: UpstreamFault['class'], code: string): UpstreamFault => {
  return { class: kind, code, message: code, requestId: null, retryAfterMs: null };
};
