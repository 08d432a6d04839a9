// Which of those that wait cannot be submitted, because upstream no longer offers the action to their account.
import { Injectable } from '@nestjs/common';
import type { Waiter } from '../domain/scheduling.js';
import { MigrationStore } from './ports.js';
import { Breakers, type Breaker } from './ports-breakers.js';
import type { Account } from './ports-upstream.js';

type Lane = Pick<Account, 'tenant' | 'credentialId' | 'regionId'>;

const NONE: ReadonlyMap<string, Breaker> = new Map();

/** A migration's credential and region never change: each is looked up once. */
const MOST_LANES_KNOWN = 50_000;
const CHUNK = 500;

@Injectable()
export class HeldByBreaker {
  private readonly lanes = new Map<string, Lane>();

  constructor(
    private readonly breakers: Breakers,
    private readonly migrations: MigrationStore,
  ) {}

  /** By the migration's id. Costs one read while no breaker is open. */
  async among(waiting: readonly Pick<Waiter, 'id'>[]): Promise<ReadonlyMap<string, Breaker>> {
    if (waiting.length === 0 || !(await this.breakers.anyOpen())) return NONE;
    await this.learn(waiting.map(({ id }) => id).filter((id) => !this.lanes.has(id)));
    const held = new Map<string, Breaker>();
    const seen = new Map<string, Breaker | null>();
    for (const { id } of waiting) {
      const lane = this.lanes.get(id);
      if (lane === undefined) continue;
      const name = `${lane.credentialId} ${lane.regionId}`;
      const breaker = seen.has(name) ? seen.get(name) : await this.breakers.openFor(lane);
      seen.set(name, breaker ?? null);
      if (breaker != null) held.set(id, breaker);
    }
    return held;
  }

  private async learn(ids: readonly string[]): Promise<void> {
    if (this.lanes.size + ids.length > MOST_LANES_KNOWN) this.lanes.clear();
    for (let from = 0; from < ids.length; from += CHUNK) {
      const found = await this.migrations.findAll(ids.slice(from, from + CHUNK));
      for (const { id, tenant, credentialId, regionId } of found) {
        this.lanes.set(id, { tenant, credentialId, regionId });
      }
    }
  }
}
