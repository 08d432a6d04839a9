// Who may follow what, and from which place in the log on.
import { Injectable } from '@nestjs/common';
import { Problem } from '../domain/errors.js';
import { EventHub } from './event-hub.js';
import { Following, type Wanted } from './following.js';
import { MigrationStore } from './ports.js';
import { BatchStore } from './ports-batches.js';
import { EventLog } from './ports-events.js';
import { refuseOutOfReach } from './refuse-out-of-reach.js';

@Injectable()
export class FollowEvents {
  constructor(
    private readonly log: EventLog,
    private readonly hub: EventHub,
    private readonly migrations: MigrationStore,
    private readonly batches: BatchStore,
  ) {}

  /**
   * The way of one reader, from after this event on; null: from now on. Throws Problem: not_found,
   * forbidden, last_event_id_invalid, events_dropped.
   */
  async open(wanted: Wanted, afterId: string | null): Promise<Following> {
    if (afterId !== null && !this.log.isId(afterId)) {
      throw new Problem('last_event_id_invalid', 'Send the id of an event as it was told: evt_….');
    }
    await this.refuse(wanted);
    await this.hub.start();
    const at = afterId ?? (await this.log.newestId());
    if ((await this.log.ofTenant(wanted.caller.tenant, at, 1)) === null) {
      throw new Problem(
        'events_dropped',
        'Some of what happened after this event is kept no more. Read the lists anew, then follow without Last-Event-ID.',
      );
    }
    return new Following(this.log, this.hub, wanted, at);
  }

  private async refuse({ caller, subject }: Wanted): Promise<void> {
    if (subject.kind === 'tenant') return;
    const { kind, id } = subject;
    const found = await (kind === 'batch' ? this.batches.find(id) : this.migrations.find(id));
    if (found === null || found.tenant !== caller.tenant) {
      throw new Problem('not_found', `There is no such ${kind}.`);
    }
    if ('sourceInstanceId' in found) refuseOutOfReach(caller, [found]);
  }
}
