// All streams of events of this process: how many there may be, that their callers still may, and their end.
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../domain/errors.js';
import { Authenticate } from '../use-cases/authenticate.js';
import { FollowEvents } from '../use-cases/follow-events.js';
import type { Following, Wanted } from '../use-cases/following.js';
import { Figures } from '../use-cases/ports-figures.js';
import { EventStream } from './event-stream.js';
import { presentedKey } from './presented-key.js';

/** Less than the 15 s of the contract, and than the pauses after which proxies take a connection for dead. */
const BEAT_MS = 10_000;
/** A team that watches with one key, several tabs each. */
const MOST_OF_KEY = 100;
/** Sockets, and what may wait for them, of one process. */
const MOST_OF_PROCESS = 2_000;
const COME_BACK_SECONDS = 10;

interface Open {
  readonly stream: EventStream;
  readonly keyId: string;
}

@Injectable()
export class EventStreams implements OnModuleDestroy {
  private readonly open = new Set<Open>();
  private isOver = false;

  constructor(
    private readonly following: FollowEvents,
    private readonly authenticate: Authenticate,
    private readonly figures: Figures,
  ) {}

  /** By Nest, before the server stops: it waits for its answers, and these have no end of their own. */
  onModuleDestroy(): void {
    this.isOver = true;
    for (const { stream } of this.open) stream.end();
  }

  /** Answers with the stream. Throws Problem as FollowEvents does, and too_many_streams, unavailable. */
  async start(wanted: Wanted, afterId: string | null, reply: FastifyReply): Promise<void> {
    const { request } = reply;
    const { keyId } = wanted.caller;
    this.refuseTooMany(keyId);
    const place: Open = { stream: new EventStream(reply.raw), keyId };
    this.open.add(place);
    void place.stream.gone.then(() => this.open.delete(place));
    try {
      const following = await this.following.open(wanted, afterId);
      this.refuseAtTheEnd();
      reply.hijack();
      place.stream.begin(reply.getHeaders(), following.position);
      void this.lead(place.stream, following, request);
    } catch (error) {
      this.open.delete(place);
      throw error;
    }
  }

  private async lead(
    stream: EventStream,
    following: Following,
    request: FastifyRequest,
  ): Promise<void> {
    const { accessRule } = request.routeOptions.config;
    const key = accessRule?.isPublic === false ? presentedKey(request, accessRule) : null;
    const beat = setInterval(() => {
      stream.beat(following.position);
      void this.endUnlessValid(stream, key);
    }, BEAT_MS);
    this.figures.reading(1);
    try {
      await following.lead(stream);
    } catch (error) {
      request.log.warn({ err: error }, 'a stream of events was cut short');
    } finally {
      this.figures.reading(-1);
      clearInterval(beat);
      stream.end();
    }
  }

  /** While it cannot be asked nothing can be told either. */
  private async endUnlessValid(stream: EventStream, key: string | null): Promise<void> {
    const isValid = key !== null && (await this.authenticate.isStillValid(key).catch(() => true));
    if (!isValid) stream.end();
  }

  private refuseTooMany(keyId: string): void {
    this.refuseAtTheEnd();
    const retry = { retryAfterSeconds: COME_BACK_SECONDS };
    if (this.open.size >= MOST_OF_PROCESS) {
      throw new Problem('unavailable', 'This process has as many streams as it can.', retry);
    }
    const ofKey = [...this.open].filter((each) => each.keyId === keyId).length;
    if (ofKey >= MOST_OF_KEY) {
      const detail = `The API key has ${MOST_OF_KEY} streams open here: end one first.`;
      throw new Problem('too_many_streams', detail, retry);
    }
  }

  private refuseAtTheEnd(): void {
    if (!this.isOver) return;
    const retry = { retryAfterSeconds: 1 };
    throw new Problem('unavailable', 'This process is about to end: try again.', retry);
  }
}
