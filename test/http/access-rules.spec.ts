// Which instances a key may touch, and from where its guesses are counted: in few steps, whatever is written.
import { expect, test } from 'vitest';
import { isOperator, matches, refusedInstance } from '../../src/domain/access.js';
import { rateLimitKeyOf } from '../../src/http/source-address.js';

test.each([
  ['rm-abc*', 'rm-abc', true],
  ['rm-abc*', 'RM-ABC9', true],
  ['rm-abc*', 'rm-ab', false],
  ['*', 'rm-anything', true],
  ['*-prod', 'rm-a-prod', true],
  ['*-prod', 'rm-a-prod-2', false],
  ['rm-*-a*b', 'rm-1-ab-a-xb', true],
  ['rm-a', 'rm-ab', false],
  ['rm-a', 'xrm-a', false],
  ['rm.a', 'rm-a', false],
] as const)('%s and %s: %s', (pattern, id, isMatch) => {
  expect(matches(pattern, id)).toBe(isMatch);
});

test('a pattern of stars takes no longer than any other', () => {
  const since = performance.now();
  for (let n = 0; n < 10_000; n += 1) matches('*a'.repeat(32), `${'a'.repeat(63)}b`);
  expect(performance.now() - since).toBeLessThan(2_000);
});

test('both instances must match, and the first that does not is named', () => {
  const migration = { sourceInstanceId: 'rm-a', targetInstanceId: 'rm-b' };
  expect(refusedInstance(null, migration)).toBeNull();
  expect(refusedInstance(['rm-a', 'rm-b'], migration)).toBeNull();
  expect(refusedInstance(['rm-a'], migration)).toMatchObject({ instanceId: 'rm-b' });
  expect(refusedInstance(['rm-c'], migration)).toMatchObject({ instanceId: 'rm-a' });
});

test('only an admin of the tenant default is the operator', () => {
  expect(isOperator({ tenant: 'default', scopes: ['admin'] })).toBe(true);
  expect(isOperator({ tenant: 'default', scopes: ['migrations:write'] })).toBe(false);
  expect(isOperator({ tenant: 'acme', scopes: ['admin'] })).toBe(false);
});

test.each([
  ['10.0.0.1', '10.0.0.1'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('%s is counted as %s', (address, source) => {
  expect(rateLimitKeyOf(address)).toBe(source);
});
