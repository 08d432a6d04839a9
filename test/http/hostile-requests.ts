// Every place of a request where a caller's text can stand: bodies, paths, queries; and bodies that are too much.
import { item } from './batch-bodies.js';
import { NAUGHTY, PROTOTYPE_NAMES } from './hostile-texts.js';
import { BODY_LIMIT, CREDENTIAL } from './http-app.js';
import { encoded } from './input-variants.js';

export const MIGRATION = {
  ...{
    credentialId: CREDENTIAL,
    sourceInstanceId: 'rm-a',
    targetInstanceId: 'rm-b',
    engine: 'MySQL',
  },
  ...{ dbInfo: { DBNames: ['orders'] }, regionId: 'cn-hangzhou', preflight: 'skip', priority: 0 },
  ...{ notBefore: '2026-12-01T14:00:00.000Z', labels: { team: 'pay' }, allowDuplicate: true },
};
const BATCH = {
  ...{ name: 'night', credentialId: CREDENTIAL, maxConcurrent: 2, onFailure: 'halt' },
  window: { start: '22:00', end: '06:00', timeZone: 'Asia/Shanghai', days: ['mon'], fit: true },
  migrations: [item(1, { key: 'a' }), item(2, { dependsOn: ['a'] })] as never[],
};
export const BODIES = [
  ['POST', '/v1/migrations', MIGRATION],
  ['POST', '/v1/migrations/preflight', { ...MIGRATION, dbInfo: '{"DBNames":{"a":"b"}}' }],
  ['POST', '/v1/batches', BATCH],
  ['POST', '/v1/batches/plan', BATCH],
  [
    'POST',
    '/v1/credentials',
    {
      ...{ name: 'n', type: 'sts', regionId: 'cn-hangzhou', accessKeyId: 'LTAI00000001' },
      ...{ accessKeySecret: 'secret', securityToken: 'token' },
    },
  ],
  ['PATCH', `/v1/credentials/${CREDENTIAL}`, { name: 'n', accessKeySecret: 'secret' }],
  ['POST', `/v1/credentials/${CREDENTIAL}/verify`, { resume: true }],
  ['POST', '/v1/migrations/mig_none/resolve', { outcome: 'started', importId: '1' }],
  [
    'POST',
    '/v1/api-keys',
    { name: 'n', tenant: 'acme', scopes: ['migrations:read'], expiresAt: '2027-01-01T00:00:00Z' },
  ],
] as const;

export const PATHS = [
  ...[...BODIES.map(([method, url]) => [method, url] as const)].filter(([, url]) =>
    url.includes('{'),
  ),
  ...(['migrations', 'batches', 'credentials', 'imports'] as const).map(
    (name) => ['GET', `/v1/${name}/{}`] as const,
  ),
  ...['cancel', 'retry'].map((act) => ['POST', `/v1/migrations/{}/${act}`] as const),
  ...['pause', 'resume', 'cancel', 'retry-failed'].map(
    (act) => ['POST', `/v1/batches/{}/${act}`] as const,
  ),
  ['DELETE', '/v1/credentials/{}'],
  ['DELETE', '/v1/api-keys/{}'],
  ['POST', '/v1/credentials/{}/verify'],
  ['GET', '/v1/{}'],
] as const;

export const QUERIES = [
  ...[
    'cursor',
    'limit',
    'status',
    'instanceId',
    'batchId',
    'label',
    'createdAfter',
    'createdBefore',
  ].map((name) => `/v1/migrations?${name}={}`),
  ...['batches', 'credentials', 'api-keys', 'audit'].flatMap((name) => [
    `/v1/${name}?cursor={}`,
    `/v1/${name}?limit={}`,
  ]),
  ...['/v1/migrations?{}=1', '/v1/migrations?limit={}&limit={}', '/v1/migrations?label[{}]=1'],
] as const;

const RAW = [
  '%',
  '%2',
  '%zz',
  '%ff',
  '%c0%af',
  '%00',
  '%2f..%2f',
  '..%2f',
  '//',
  '%25%32%65',
  '+',
  ';a=b',
];
export const WORDS = [...[...NAUGHTY, ...PROTOTYPE_NAMES].map(encoded), ...RAW];

const MB = 1_048_576;
export const BOMBS: readonly (readonly [what: string, body: () => string])[] = [
  ['deep arrays', () => '['.repeat(MB)],
  ['deep objects', () => '{"a":'.repeat(MB / 5)],
  ['deep and closed', () => `${'['.repeat(MB / 2)}${']'.repeat(MB / 2)}`],
  ['a long text', () => JSON.stringify({ name: 'x'.repeat(9 * MB) })],
  ['a long number', () => `{"priority":${'9'.repeat(9 * MB)}}`],
  ['escapes', () => `"${'\\u0000'.repeat(MB / 6)}"`],
  ['many names', () => `{${Array.from({ length: MB / 16 }, (_, n) => `"p${n}":1`).join()}}`],
  ['one name', () => `{${Array.from({ length: MB / 16 }, () => '"name":1').join()}}`],
  ['many items', () => `{"migrations":[${Array.from({ length: 10_001 }, () => '{}').join()}]}`],
  ['more than the limit', () => ' '.repeat(BODY_LIMIT + 1)],
];
