// Who may be told of it.
import { expect, test } from 'vitest';
import { EVENT_TYPES, mayBeTold, scopeOf, type ServiceEvent } from '../../src/domain/event.js';

const EVENT: ServiceEvent = {
  ...{ id: 'evt_1', type: 'migration.queued', at: 1_764_000_000_007, tenant: 'acme' },
  data: { migrationId: 'mig_1', sourceInstanceId: 'rm-mine-a', targetInstanceId: 'rm-mine-b' },
};

const reach = (instancePatterns: readonly string[] | null, tenant = 'acme') => ({
  ...{ tenant, instancePatterns },
});

test('it is told to its tenant, and of two instances only to who may touch both', () => {
  expect(mayBeTold(reach(null), EVENT)).toBe(true);
  expect(mayBeTold(reach(null, 'rival'), EVENT)).toBe(false);
  expect(mayBeTold(reach(['rm-mine-*']), EVENT)).toBe(true);
  expect(mayBeTold(reach(['rm-mine-a']), EVENT)).toBe(false);
  expect(mayBeTold(reach(['rm-mine-b']), EVENT)).toBe(false);
  expect(mayBeTold(reach([]), { ...EVENT, data: { batchId: 'bat_1' } })).toBe(true);
  // From before events named instances.
  expect(mayBeTold(reach(['*']), { ...EVENT, data: { migrationId: 'mig_1' } })).toBe(false);
});

test('every type is there once, and says what its readers must be allowed to read', () => {
  expect(new Set(EVENT_TYPES).size).toBe(EVENT_TYPES.length);
  const others = EVENT_TYPES.filter((type) => scopeOf(type) !== 'migrations:read');
  expect(others.map((type) => [type, scopeOf(type)])).toEqual([
    ['credential.unhealthy', 'credentials:read'],
    ['webhook.disabled', 'webhooks:read'],
    ['webhook.deliveries_dropped', 'webhooks:read'],
  ]);
});
