// The query parameters of streams of events.
import type { FastifyRequest } from 'fastify';
import { ValidateBy, Matches } from 'class-validator';
import { EVENT_TYPES, type EventType } from '../domain/event.js';
import { Optional } from './rules.js';

const isType = (text: string): text is EventType =>
  (EVENT_TYPES as readonly string[]).includes(text);

const TypeList = (): PropertyDecorator =>
  ValidateBy(
    {
      name: 'typeList',
      validator: {
        validate: (value: unknown) => typeof value === 'string' && value.split(',').every(isType),
      },
    },
    { message: 'must be a comma list of types of events' },
  );

export class EventsQueryDto {
  /**
   * As the header Last-Event-ID, for the first connection of a browser, which cannot set headers. The header
   * counts where both are sent
   * @example "evt_01jdemqr4y0000000000000000"
   */
  @Optional()
  @Matches(/^.{0,128}$/, { message: 'must be the id of an event' })
  lastEventId?: string;

  /**
   * Only events of these types
   * @example "batch.progress,batch.halted"
   */
  @Optional()
  @TypeList()
  types?: string;
}

/** The place to go on from, as it was sent; null: none. An empty header is a browser that knows none. */
export function lastEventIdOf(request: FastifyRequest, query: EventsQueryDto): string | null {
  const header = request.headers['last-event-id'];
  const sent = typeof header === 'string' && header !== '' ? header : query.lastEventId;
  return sent === undefined || sent === '' ? null : sent;
}

export const typesOf = ({ types }: EventsQueryDto): ReadonlySet<EventType> | null =>
  types === undefined ? null : new Set(types.split(',').filter(isType));
