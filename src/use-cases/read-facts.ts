// Reads the live facts of one instance, and turns those of two into a report: the one way for every moment that asks.
import type { DatabasePair, Engine } from '../domain/db-info.js';
import {
  runPreflight,
  type DatabaseFacts,
  type Fact,
  type InstanceFacts,
  type PreflightOutcome,
  type UsageFacts,
} from '../domain/preflight.js';
import type { Standing } from './read-reservations.js';
import type { Read, UpstreamFault, UpstreamSession } from './ports-upstream.js';

/** What upstream answered about one instance. */
export interface InstanceReads {
  readonly instance: Read<InstanceFacts | null>;
  readonly databases: Read<readonly DatabaseFacts[]>;
  readonly usage: Read<UsageFacts>;
  /** When the first of them was asked for, or given up; milliseconds since the epoch. */
  readonly askedAt: number;
}

/** FACT_CALLS calls, and one for each further page of databases. */
export async function readFacts(
  session: Pick<UpstreamSession, 'instance' | 'databases' | 'usage'>,
  instanceId: string,
  nowMs: number,
): Promise<InstanceReads> {
  const [instance, databases, usage] = await Promise.all([
    session.instance(instanceId),
    session.databases(instanceId),
    session.usage(instanceId),
  ]);
  return { instance, databases, usage, askedAt: nowMs };
}

/** Nothing was asked, and why: `code` is a word of ours in lower case. */
export function notRead(code: string, message: string, nowMs: number): InstanceReads {
  const fault: UpstreamFault = {
    ...{ class: 'unclear', code, message, requestId: null, retryAfterMs: null },
  };
  const read = { ok: false, fault } as const;
  return { instance: read, databases: read, usage: read, askedAt: nowMs };
}

export interface PreflightRequest {
  readonly sourceInstanceId: string;
  readonly targetInstanceId: string;
  readonly engine: Engine;
  readonly databases: readonly DatabasePair[];
}

/** The report is of the time when its older instance was looked at. */
export function preflightOf(
  request: PreflightRequest,
  source: InstanceReads,
  target: InstanceReads,
  standing: Standing,
): PreflightOutcome {
  return runPreflight({
    request,
    source: asFact(source.instance),
    target: asFact(target.instance),
    sourceDatabases: asFact(source.databases),
    targetDatabases: asFact(target.databases),
    sourceUsage: asFact(source.usage),
    targetUsage: asFact(target.usage),
    heldBy: standing.heldBy,
    reservedOnTarget: standing.reservedOn(request),
    atMs: Math.min(source.askedAt, target.askedAt),
  });
}

function asFact<T>(read: Read<T>): Fact<T> {
  if (read.ok) return { known: true, value: read.value };
  return { known: false, why: `${read.fault.code}: ${read.fault.message}` };
}
