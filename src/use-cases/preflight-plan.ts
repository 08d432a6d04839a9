// Runs every check of a planned batch: each instance is read once, a few at a time, by the quota, for a bounded time.
import { Injectable } from '@nestjs/common';
import type { MigrationRequest } from '../domain/migration.js';
import {
  FACT_CALLS,
  MAX_PLAN_REPORTS,
  PLAN_FACTS_AT_ONCE,
  PLAN_FACTS_MS,
} from '../domain/policy.js';
import type { PreflightReport } from '../domain/preflight.js';
import { hasPassed } from '../domain/preflight-report.js';
import { OpenSession } from './open-session.js';
import { Clock, Pause, Settings } from './ports.js';
import type { Account } from './ports-upstream.js';
import { notRead, preflightOf, readFacts, type InstanceReads } from './read-facts.js';
import { ReadReservations } from './read-reservations.js';

export interface PlanPreflight {
  /** Every report is. */
  readonly ok: boolean;
  /** When the first instance was looked at; milliseconds since the epoch. */
  readonly checkedAt: number;
  /** Items of which every check that is asked of their engine passes. */
  readonly passed: number;
  readonly notPassed: number;
  /** Of those that did not wholly pass, in the order of the items, as many as are shown. */
  readonly reports: readonly { readonly index: number; readonly report: PreflightReport }[];
  readonly omitted: number;
}

/** Others have their turn after so many items. */
const ITEMS_A_TURN = 20;

interface Wanted {
  readonly account: Account;
  readonly instanceId: string;
}

@Injectable()
export class PreflightPlan {
  constructor(
    private readonly sessions: OpenSession,
    private readonly reservations: ReadReservations,
    private readonly clock: Clock,
    private readonly pause: Pause,
    private readonly settings: Settings,
  ) {}

  async check(tenant: string, items: readonly MigrationRequest[]): Promise<PlanPreflight> {
    const checkedAt = this.clock.now();
    const reads = await this.readAll(tenant, items);
    const standing = await this.reservations.read(items, { tenant, migration: null });
    const reports: { index: number; report: PreflightReport }[] = [];
    let ok = true;
    let passed = 0;
    for (const [index, item] of items.entries()) {
      if (index % ITEMS_A_TURN === 0) await this.pause.wait(0);
      const readsOf = (instanceId: string): InstanceReads =>
        reads.get(keyOf(item, instanceId)) ?? this.outOfTime();
      const { sourceInstanceId: source, targetInstanceId: target } = item;
      const { report } = preflightOf(item, readsOf(source), readsOf(target), standing);
      ok &&= report.ok;
      if (hasPassed(report, item.engine)) passed += 1;
      else if (reports.length < MAX_PLAN_REPORTS) reports.push({ index, report });
    }
    const notPassed = items.length - passed;
    return { ok, checkedAt, passed, notPassed, reports, omitted: notPassed - reports.length };
  }

  /** Reads begin so early that the last of them, if it hangs, is over in time. */
  private async readAll(
    tenant: string,
    items: readonly MigrationRequest[],
  ): Promise<ReadonlyMap<string, InstanceReads>> {
    const spareMs = Math.min(this.settings.upstreamTimeoutMs, PLAN_FACTS_MS / 2);
    const reading = new Reading(this.clock.now() + PLAN_FACTS_MS - spareMs);
    const next = wantedOf(tenant, items).entries();
    const reads = new Map<string, InstanceReads>();
    const lane = async (): Promise<void> => {
      for (const [key, wanted] of next) reads.set(key, await this.readOne(wanted, reading));
    };
    await Promise.all(Array.from({ length: PLAN_FACTS_AT_ONCE }, lane));
    return reads;
  }

  private async readOne(wanted: Wanted, reading: Reading): Promise<InstanceReads> {
    const { account, instanceId } = wanted;
    const closed = reading.closed.get(accountKey(account));
    if (closed !== undefined) return closed;
    const { untilMs } = reading;
    if (this.clock.now() > untilMs) return this.outOfTime();
    const opened = await this.sessions.open(account, FACT_CALLS, untilMs);
    const now = this.clock.now();
    if (opened.kind === 'open') return readFacts(opened.session, instanceId, now);
    const reads =
      opened.kind === 'wait' ? this.outOfTime() : notRead('no_credential', opened.message, now);
    reading.closed.set(accountKey(account), reads);
    return reads;
  }

  private outOfTime(): InstanceReads {
    const message = `the quota of calls upstream had no room for it within ${PLAN_FACTS_MS / 1_000} s`;
    return notRead('not_read_in_time', message, this.clock.now());
  }
}

class Reading {
  /** Accounts that nothing more is read of, and why: who is too late once stays it. */
  readonly closed = new Map<string, InstanceReads>();

  /** Nothing begins later. */
  constructor(readonly untilMs: number) {}
}

/** An id is in lower case, a credential's and a region's have no blank. */
const accountKey = ({
  credentialId,
  regionId,
}: Pick<Account, 'credentialId' | 'regionId'>): string => `${credentialId} ${regionId}`;

const keyOf = (item: MigrationRequest, instanceId: string): string =>
  `${accountKey(item)} ${instanceId}`;

/** Each instance once for each credential and region it is to be read with. */
function wantedOf(tenant: string, items: readonly MigrationRequest[]): ReadonlyMap<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  for (const item of items) {
    const { credentialId, regionId } = item;
    for (const instanceId of [item.sourceInstanceId, item.targetInstanceId]) {
      const account = { tenant, credentialId, regionId };
      wanted.set(keyOf(item, instanceId), { account, instanceId });
    }
  }
  return wanted;
}
