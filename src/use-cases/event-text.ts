// An event as it goes over the wire, in streams and to webhooks alike: JSON in one line.
import type { ServiceEvent } from '../domain/event.js';

/** RFC 3339, UTC, with milliseconds. Of the time it is given: the clock is not asked. */
export const instantText = (ms: number): string => new Date(ms).toISOString();

export function eventText({ id, type, at, tenant, data }: ServiceEvent): string {
  return JSON.stringify({ id, type, at: instantText(at), tenant, data });
}
