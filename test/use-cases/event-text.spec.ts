// What an event looks like on the wire.
import { expect, test } from 'vitest';
import type { ServiceEvent } from '../../src/domain/event.js';
import { eventText } from '../../src/use-cases/event-text.js';

const EVENT: ServiceEvent = {
  ...{ id: 'evt_1', type: 'migration.queued', at: 1_764_000_000_007, tenant: 'acme' },
  data: { migrationId: 'mig_1', sourceInstanceId: 'rm-mine-a', targetInstanceId: 'rm-mine-b' },
};

test('it is one line of JSON with its id, type, time, tenant and data, in this order', () => {
  const text = eventText({ ...EVENT, data: { ...EVENT.data, message: 'a\nb\r' } });
  expect(text).not.toMatch(/[\n\r]/);
  expect(Object.keys(JSON.parse(text) as object)).toEqual(['id', 'type', 'at', 'tenant', 'data']);
  expect(JSON.parse(text)).toMatchObject({ at: '2025-11-24T16:00:00.007Z', data: EVENT.data });
});
