// A little world of webhooks: one log of events, one shelf, one endpoint, and as many processes as a test wants.
import type { EventType } from '../../src/domain/event.js';
import { DeliverWebhook } from '../../src/use-cases/deliver-webhook.js';
import { FanOutEvents } from '../../src/use-cases/fan-out-events.js';
import { InspectDeliveries } from '../../src/use-cases/inspect-deliveries.js';
import { ManageWebhooks, type NewWebhook } from '../../src/use-cases/manage-webhooks.js';
import { NoFigures } from '../../src/use-cases/ports-figures.js';
import {
  RecordingJournal,
  TestClock,
  TestIds,
  TestSettings,
  TestShutdown,
} from './memory-ports.js';
import { MemoryQueue } from './memory-queue.js';
import { MemorySender, MemoryWebhookSecrets } from './memory-sender.js';
import { MemoryWebhookDeliveries, MemoryWebhookStore, WebhookShelf } from './memory-webhooks.js';

class CountedDisablings extends NoFigures {
  disablings = 0;

  override webhookDisabled(): void {
    this.disablings += 1;
  }
}

export class WebhookWorld {
  readonly clock = new TestClock();
  readonly ids = new TestIds();
  readonly journal = new RecordingJournal();
  readonly queue = new MemoryQueue();
  readonly shutdown = new TestShutdown();
  readonly shelf = new WebhookShelf();
  readonly sender = new MemorySender();
  readonly secrets = new MemoryWebhookSecrets();
  readonly store = new MemoryWebhookStore(this.shelf);
  readonly deliveries = new MemoryWebhookDeliveries(this.shelf);
  readonly manage = new ManageWebhooks(
    ...([this.store, this.secrets, this.sender, this.shelf.events, this.ids, this.clock] as const),
  );
  readonly inspect = new InspectDeliveries(this.store, this.deliveries, this.ids, this.clock);
  readonly figures = new CountedDisablings();
  readonly process = this.boot();

  /** Another process over the same shelf. */
  boot(deliveries = this.deliveries): {
    readonly fanOut: FanOutEvents;
    readonly deliver: DeliverWebhook;
  } {
    const { clock, journal } = this;
    return {
      fanOut: new FanOutEvents(
        ...([this.shelf.events, this.store, deliveries, this.queue] as const),
        ...([new TestSettings(), clock, journal, this.figures] as const),
      ),
      deliver: new DeliverWebhook(
        ...([this.store, deliveries, this.secrets, this.sender] as const),
        ...([clock, journal, this.shutdown] as const),
      ),
    };
  }

  async register(more: Partial<NewWebhook> = {}): Promise<string> {
    const { webhook } = await this.manage.create({
      ...{ tenant: 'acme', url: 'https://example.com/hook', description: null },
      ...{ types: ['migration.*', 'webhook.disabled'], idempotency: null, ...more },
    });
    return webhook.id;
  }

  /** Writes an event; answers with its id. */
  happens(type: EventType = 'migration.queued', tenant = 'acme'): string {
    const at = this.clock.now();
    return this.shelf.events.add({ type, at, tenant, data: { migrationId: 'mig_1' } }, at).id;
  }

  /** What the rounds and the queue of one process do, until nothing is to be done now. */
  async settle(): Promise<void> {
    for (;;) {
      await this.process.fanOut.run();
      const { waiting } = this.queue;
      if (waiting.length === 0) return;
      for (const wake of waiting) {
        this.queue.take(wake);
        await this.process.deliver.look(wake.migrationId);
      }
    }
  }

  /** From one due time to the next, as long as anything is due. */
  async passTime(ms: number): Promise<void> {
    const end = this.clock.now() + ms;
    for (;;) {
      await this.settle();
      const [next] = await this.deliveries.due(end, 1);
      if (next === undefined) break;
      this.clock.moveTo(next.dueAt);
    }
    this.clock.moveTo(end);
  }

  get sentIds(): readonly string[] {
    return this.sender.sent.map(({ eventId }) => eventId);
  }

  async log(id: string) {
    return (await this.inspect.list('acme', id, { limit: 200, afterId: null })).items;
  }
}
