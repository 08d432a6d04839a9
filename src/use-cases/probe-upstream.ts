// Asks an upstream that did not answer whether it does again, one process at a time, and wakes what waited for it.
import { Clock, MigrationStore, Wakes, type Place } from './ports.js';
import { UpstreamPauses, type Probe } from './ports-pauses.js';
import { Upstream } from './ports-upstream.js';

/** Read at once; between two chunks others get their turn. */
const CHUNK = 500;

export class ProbeUpstream {
  constructor(
    private readonly pauses: UpstreamPauses,
    private readonly upstream: Upstream,
    private readonly migrations: MigrationStore,
    private readonly wakes: Wakes,
    private readonly clock: Clock,
  ) {}

  /** Made again and again by every process that works; costs two reads while no pause is open. */
  async run(): Promise<void> {
    if (await this.pauses.anyOpen()) {
      for (const probe of await this.pauses.takeProbes()) await this.probe(probe);
    }
    if (await this.pauses.takeClosed()) await this.wakeAll();
  }

  /** Whatever calls upstream is watched: an answer closes the pause by itself. */
  private async probe(probe: Probe): Promise<void> {
    const { account } = probe;
    const id = `probe:${account.credentialId}:${account.regionId}`;
    const opened = await this.upstream.open({ ...account, id }, 1, 'submission');
    // Others of the account have credentials of their own: their calls show what upstream is like.
    if (opened.kind === 'no_credential') return this.pauses.drop(probe);
    if (opened.kind === 'open') await opened.session.verify(account.regionId);
    await this.pauses.postpone(probe);
  }

  /** A decision looks at all who wait on its instances: one for each instance is enough. */
  private async wakeAll(): Promise<void> {
    const looked = new Set<string>();
    for (let from = 0; ; from += CHUNK) {
      const places = await this.migrations.queued(from, CHUNK);
      const now = this.clock.now();
      await this.wakes.wake(
        places
          .filter((place) => isNews(place, looked))
          .map(({ id }) => ({ to: 'schedule', migrationId: id, version: 'resumed', atMs: now })),
      );
      if (places.length < CHUNK) return;
    }
  }
}

function isNews(
  { isReady, sourceInstanceId, targetInstanceId }: Place,
  looked: Set<string>,
): boolean {
  const both = [sourceInstanceId, targetInstanceId];
  if (!isReady || both.every((instanceId) => looked.has(instanceId))) return false;
  for (const instanceId of both) looked.add(instanceId);
  return true;
}
