// Waits for room in the quota of calls upstream, in line behind all work that is more urgent, and never longer than told.
import { Injectable } from '@nestjs/common';
import { Clock, Ids, Pause } from './ports.js';
import { Upstream, type Account, type SessionOutcome } from './ports-upstream.js';

@Injectable()
export class OpenSession {
  constructor(
    private readonly upstream: Upstream,
    private readonly clock: Clock,
    private readonly pause: Pause,
    private readonly ids: Ids,
  ) {}

  /** For reads that a person waits for. `wait` when there is no room until then. */
  async open(account: Account, calls: number, untilMs: number): Promise<SessionOutcome> {
    // The same whenever it comes back: it keeps its place in line.
    const who = { ...account, id: `preflight ${this.ids.token()}` };
    for (;;) {
      const opened = await this.upstream.open(who, calls, 'background');
      if (opened.kind !== 'wait' || opened.untilMs > untilMs) return opened;
      await this.pause.wait(Math.max(1, opened.untilMs - this.clock.now()));
    }
  }
}
