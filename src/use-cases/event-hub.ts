// From the one feed of a process to its many readers, each of which is told only what concerns its subject.
import { Injectable } from '@nestjs/common';
import type { ServiceEvent } from '../domain/event.js';
import { EventFeed, type EventListener } from './ports-events.js';

/** What a reader follows: all of a tenant, or one of its batches or migrations. */
export type Subject =
  { readonly kind: 'tenant' } | { readonly kind: 'batch' | 'migration'; readonly id: string };

/** By its id a batch and a migration are told apart; no id: all of the tenant. */
const topicOf = (tenant: string, id: string): string => JSON.stringify([tenant, id]);

export const concerns = (subject: Subject, { data }: ServiceEvent): boolean =>
  subject.kind === 'tenant' ||
  subject.id === (subject.kind === 'batch' ? data.batchId : data.migrationId);

@Injectable()
export class EventHub {
  private readonly topics = new Map<string, Set<EventListener>>();
  private listening: Promise<void> | null = null;

  constructor(private readonly feed: EventFeed) {}

  /** Before `join`. Rejects while the log cannot be reached. */
  async start(): Promise<void> {
    this.listening ??= this.feed.listen((events) => this.passOn(events));
    try {
      await this.listening;
    } catch (error) {
      this.listening = null;
      throw error;
    }
  }

  /** Everything up to this id was passed on. */
  position(): string {
    return this.feed.position();
  }

  /** From now on, that is after `position()`, until the answer is called. */
  join(tenant: string, subject: Subject, listener: EventListener): () => void {
    const topic = topicOf(tenant, subject.kind === 'tenant' ? '' : subject.id);
    const joined = this.topics.get(topic) ?? new Set();
    this.topics.set(topic, joined.add(listener));
    return () => {
      joined.delete(listener);
      if (joined.size === 0 && this.topics.get(topic) === joined) this.topics.delete(topic);
    };
  }

  private passOn(events: readonly ServiceEvent[] | null): void {
    if (events === null) {
      for (const joined of this.topics.values()) for (const listener of joined) listener(null);
      return;
    }
    const told = new Map<EventListener, ServiceEvent[]>();
    for (const event of events) {
      for (const listener of this.listenersOf(event)) {
        const own = told.get(listener);
        if (own === undefined) told.set(listener, [event]);
        else own.push(event);
      }
    }
    for (const [listener, own] of told) listener(own);
  }

  private *listenersOf({ tenant, data }: ServiceEvent): Generator<EventListener> {
    for (const id of ['', data.batchId, data.migrationId]) {
      if (id != null) yield* this.topics.get(topicOf(tenant, id)) ?? [];
    }
  }
}
