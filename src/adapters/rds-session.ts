// Calls upstream with one credential, each call in its turn and exactly once: a retry is the caller's decision.
import { randomUUID } from 'node:crypto';
import type { Engine } from '../domain/db-info.js';
import type { JsonNode, JsonObject } from '../domain/json-text.js';
import { MAX_INTENT_AGE_TO_SEND_MS } from '../domain/policy.js';
import type { DatabaseFacts, InstanceFacts, UsageFacts } from '../domain/preflight.js';
import type { Clock, Shutdown } from '../use-cases/ports.js';
import type { CredentialSecrets } from '../use-cases/ports-credentials.js';
import type { Figures } from '../use-cases/ports-figures.js';
import type { Tracing } from '../use-cases/ports-tracing.js';
import type {
  ImportRecord,
  Read,
  SignedSubmission,
  SubmissionCommand,
  SubmissionOutcome,
  UpstreamFault,
  UpstreamSession,
} from '../use-cases/ports-upstream.js';
import { readDelivery, submissionOutcome, unclear, type Reading } from './rds-answers.js';
import type { Endpoint } from './rds-endpoints.js';
import { countedCall } from './rds-counted-call.js';
import { databaseFacts, foldImports, instanceFacts, usageFacts } from './rds-facts.js';
import { listingWindow } from './rds-listing-window.js';
import type { Pace, Turn } from './rds-pace.js';
import {
  signRequest,
  upstreamTimestamp,
  type Parameters,
  type RpcRequest,
} from './rds-signature.js';
import { SealedSubmission, submissionParameters } from './rds-submission.js';
import { rowsAt, word, type Scrub } from './rds-text.js';
import { tracedCall } from './rds-traced-call.js';
import { post, read, type Delivery } from './rds-transport.js';

const VERSION = '2014-08-15';

/** The largest that every listing takes; one with fewer rows is the last (upstream's totals are not reliable). */
const PAGE_SIZE = 100;
const MAX_PAGES = 50;

/** The calls that it takes to list so many rows: a full page is never known to be the last. */
export const pagesFor = (rows: number): number =>
  Math.min(MAX_PAGES, Math.floor(rows / PAGE_SIZE) + 1);

const SUBMIT = 'ImportDatabaseBetweenInstances';

/** Where each engine lists its imports. The second name is spelled so by upstream. */
const IMPORT_LISTINGS = {
  SQLServer: { action: 'DescribeImportsForSQLServer', rows: 'SQLServerImport', more: {} },
  MySQL: {
    action: 'DescibeImportsFromDatabase',
    rows: 'ImportResultFromDB',
    more: { Engine: 'MySQL' },
  },
} as const;

export interface SessionParts {
  readonly endpoint: Endpoint;
  readonly regionId: string;
  readonly tracing: Tracing;
  readonly figures: Figures;
  readonly secrets: CredentialSecrets;
  readonly scrub: Scrub;
  readonly pace: Pace;
  readonly shutdown: Shutdown;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** The same for the same migration and attempt, and for nobody else to guess. */
  readonly nonceFor: (migrationId: string, attempt: number) => string;
  /** Told of every refusal: what it means for the credential, and what it is to whoever called. Never rejects. */
  readonly judge: (fault: UpstreamFault) => Promise<UpstreamFault>;
}

export class RdsSession implements UpstreamSession {
  constructor(private readonly parts: SessionParts) {}

  /** One id a call: upstream's docs warn that several time out. */
  async instance(instanceId: string): Promise<Read<InstanceFacts | null>> {
    const reading = await this.read('DescribeDBInstanceAttribute', { DBInstanceId: instanceId });
    if (!reading.ok) {
      return reading.fault.class === 'not_found' ? { ok: true, value: null } : reading;
    }
    const facts = instanceFacts(reading.answer, instanceId);
    return facts === 'absent' ? { ok: true, value: null } : known(facts, reading.requestId);
  }

  async databases(instanceId: string): Promise<Read<readonly DatabaseFacts[]>> {
    const rows = await this.allRows('DescribeDatabases', { DBInstanceId: instanceId }, (answer) =>
      rowsAt(answer, 'Databases', 'Database'),
    );
    return rows.ok ? known(databaseFacts(rows.value), null) : rows;
  }

  async usage(instanceId: string): Promise<Read<UsageFacts>> {
    const reading = await this.read('DescribeResourceUsage', { DBInstanceId: instanceId });
    return reading.ok ? known(usageFacts(reading.answer), reading.requestId) : reading;
  }

  async imports(
    engine: Engine,
    instanceId: string,
    window: { readonly fromMs: number; readonly toMs: number },
    importId?: string,
  ): Promise<Read<readonly ImportRecord[]>> {
    const listing = IMPORT_LISTINGS[engine];
    const only = importId === undefined ? {} : { ImportId: importId };
    const query = { DBInstanceId: instanceId, ...listing.more, ...listingWindow(window), ...only };
    const rows = await this.allRows(listing.action, query, (answer) =>
      rowsAt(answer, 'Items', listing.rows),
    );
    if (!rows.ok) return rows;
    const records = foldImports(rows.value, importId);
    if (records !== null) return { ok: true, value: records };
    const message = 'upstream lists imports without their ImportId';
    return { ok: false, fault: unclear('import_id_missing', message) };
  }

  /** The import is in the target's list. An answer without a fault has no more to tell than its request id. */
  async cancel(targetInstanceId: string, importId: string): Promise<Read<true>> {
    const query = { DBInstanceId: targetInstanceId, ImportId: importId };
    const reading = await this.read('CancelImport', query);
    return reading.ok ? { ok: true, value: true } : reading;
  }

  /** The smallest page that all versions of the listing take. */
  async verify(regionId: string): Promise<Read<true>> {
    const query = { RegionId: regionId, PageSize: '30', PageNumber: '1' };
    const reading = await this.read('DescribeDBInstances', query);
    return reading.ok ? { ok: true, value: true } : reading;
  }

  /** Ids in lower case. Upstream is asked to filter; what it lists beside is left out. */
  async instancesIn(regionId: string, status: string): Promise<Read<readonly string[]>> {
    const query = { RegionId: regionId, DBInstanceStatus: status };
    const rows = await this.allRows('DescribeDBInstances', query, (answer) =>
      rowsAt(answer, 'Items', 'DBInstance'),
    );
    if (!rows.ok) return rows;
    const wanted = status.toLowerCase();
    const shown = rows.value.filter(
      (row) => word(row, 'DBInstanceStatus')?.toLowerCase() === wanted,
    );
    const ids = shown.flatMap((row) => word(row, 'DBInstanceId')?.toLowerCase() ?? []);
    return { ok: true, value: ids };
  }

  sign(command: SubmissionCommand): SignedSubmission {
    const { endpoint, nonceFor } = this.parts;
    const { migrationId, attempt, atMs } = command;
    const nonce = nonceFor(migrationId, attempt);
    const request = this.signed({
      action: SUBMIT,
      ...submissionParameters(command, endpoint),
      timestamp: upstreamTimestamp(atMs),
      nonce,
    });
    return new SealedSubmission(request, endpoint, { ...{ nonce, attempt }, atMs });
  }

  async send(signed: SignedSubmission): Promise<SubmissionOutcome> {
    const { scrub, clock, timeoutMs, tracing, figures, regionId } = this.parts;
    // Taken before anything is waited for: of two calls with the same object only one gets the bytes.
    const sealed = signed instanceof SealedSubmission ? signed.take() : null;
    if (!(signed instanceof SealedSubmission) || sealed === null) {
      return { kind: 'not_sent', message: 'these bytes were given out before, or not signed here' };
    }
    const turn = await this.turn();
    if (!turn.ok) return { kind: 'not_sent', message: turn.message };
    if (signed.ageMs(clock.now()) > MAX_INTENT_AGE_TO_SEND_MS) {
      return { kind: 'not_sent', message: 'the intent is too old to be sent' };
    }
    const { attempt } = signed;
    const call = { action: SUBMIT, regionId, attempt };
    const deliver = (): Promise<Delivery> => post(sealed.endpoint, sealed.request, timeoutMs);
    const outcome = await countedCall(figures, SUBMIT, () =>
      tracedCall(tracing, call, deliver, (delivery) => submissionOutcome(delivery, scrub)),
    );
    if (outcome.kind !== 'refused') return outcome;
    return { kind: 'refused', fault: await this.heed(outcome.fault) };
  }

  private async allRows(
    action: string,
    query: Parameters,
    rowsOf: (answer: JsonObject) => readonly JsonNode[] | null,
  ): Promise<Read<readonly JsonNode[]>> {
    const rows: JsonNode[] = [];
    for (let page = 1; page <= MAX_PAGES; page += 1) {
      const paging = { PageSize: String(PAGE_SIZE), PageNumber: String(page) };
      const reading = await this.read(action, { ...query, ...paging });
      if (!reading.ok) return reading;
      const more = rowsOf(reading.answer);
      if (more === null) return known<never>(null, reading.requestId);
      rows.push(...more);
      if (more.length < PAGE_SIZE) return { ok: true, value: rows };
    }
    const message = `the listing has more than ${MAX_PAGES} pages of ${PAGE_SIZE} rows`;
    return { ok: false, fault: unclear('too_many_pages', message) };
  }

  private async read(action: string, query: Parameters): Promise<Reading> {
    const { endpoint, scrub, clock, timeoutMs, tracing, figures, regionId } = this.parts;
    const turn = await this.turn();
    if (!turn.ok) {
      const { code, message, retryAfterMs } = turn;
      return { ok: false, fault: { ...unclear(code, message), class: 'throttled', retryAfterMs } };
    }
    const timestamp = upstreamTimestamp(clock.now());
    const request = this.signed({ action, query, form: null, timestamp, nonce: randomUUID() });
    const deliver = (): Promise<Delivery> => read(endpoint, request, timeoutMs);
    const reading = await countedCall(figures, action, () =>
      tracedCall(tracing, { action, regionId }, deliver, (delivery) =>
        readDelivery(delivery, scrub),
      ),
    );
    return reading.ok ? reading : { ok: false, fault: await this.heed(reading.fault) };
  }

  /** After SIGTERM no new call begins, not even one whose slot is reserved. */
  private async turn(): Promise<Turn> {
    const turn = await this.parts.pace.turn();
    if (!this.parts.shutdown.isUnderWay) return turn;
    const message = 'this process is shutting down';
    return { ok: false, code: 'shutting_down', message, retryAfterMs: null };
  }

  private signed(request: Omit<RpcRequest, 'host' | 'version'>): ReturnType<typeof signRequest> {
    const { endpoint, secrets } = this.parts;
    return signRequest({ ...request, host: endpoint.host, version: VERSION }, secrets);
  }

  private async heed(fault: UpstreamFault): Promise<UpstreamFault> {
    if (fault.code.includes('Throttling')) await this.parts.pace.slowDown();
    return this.parts.judge(fault);
  }
}

function known<T>(value: T | null, requestId: string | null): Read<T> {
  if (value !== null) return { ok: true, value };
  const message = 'upstream answered without the fields it documents';
  return { ok: false, fault: unclear('unexpected_answer', message, requestId) };
}
