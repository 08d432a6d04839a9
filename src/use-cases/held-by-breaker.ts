// Which of those that wait cannot be submitted, because upstream no longer offers the action to their account, or
// does not answer there.
import { Injectable } from '@nestjs/common';
import type { Waiter } from '../domain/scheduling.js';
import { MigrationStore } from './ports.js';
import { Breakers, type Breaker } from './ports-breakers.js';
import { UpstreamPauses, type UpstreamPause } from './ports-pauses.js';
import type { Account } from './ports-upstream.js';

type Lane = Pick<Account, 'tenant' | 'credentialId' | 'regionId'>;

const NONE = new Map<string, never>();

/** A migration's credential and region never change: each is looked up once. */
const MOST_LANES_KNOWN = 50_000;
const CHUNK = 500;

@Injectable()
export class HeldByBreaker {
  private readonly lanes = new Map<string, Lane>();

  constructor(
    private readonly breakers: Breakers,
    private readonly migrations: MigrationStore,
    private readonly pauses: UpstreamPauses,
  ) {}

  /** By the migration's id. Costs one read while no breaker is open. */
  async among(waiting: readonly Pick<Waiter, 'id'>[]): Promise<ReadonlyMap<string, Breaker>> {
    if (waiting.length === 0 || !(await this.breakers.anyOpen())) return NONE;
    return this.held(waiting, (lane) => this.breakers.openFor(lane));
  }

  /** As above, by pauses. */
  async paused(
    waiting: readonly Pick<Waiter, 'id'>[],
  ): Promise<ReadonlyMap<string, UpstreamPause>> {
    if (waiting.length === 0 || !(await this.pauses.anyOpen())) return NONE;
    return this.held(waiting, (lane) => this.pauses.openFor(lane));
  }

  private async held<T>(
    waiting: readonly Pick<Waiter, 'id'>[],
    openFor: (lane: Lane) => Promise<T | null>,
  ): Promise<ReadonlyMap<string, T>> {
    await this.learn(waiting.map(({ id }) => id).filter((id) => !this.lanes.has(id)));
    const held = new Map<string, T>();
    const seen = new Map<string, T | null>();
    for (const { id } of waiting) {
      const lane = this.lanes.get(id);
      if (lane === undefined) continue;
      const name = `${lane.credentialId} ${lane.regionId}`;
      const known = seen.get(name);
      const by = known === undefined ? await openFor(lane) : known;
      seen.set(name, by);
      if (by !== null) held.set(id, by);
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
