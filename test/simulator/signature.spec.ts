// The verifier accepts exactly what the published signature vectors say.
import { describe, expect, it } from 'vitest';
import { Doorkeeper } from '../../src/simulator/doorkeeper.js';
import { readRpcRequest, type Incoming } from '../../src/simulator/rpc-request.js';
import type { AccessKey } from '../../src/simulator/world-file.js';
import {
  canonicalRequestV3,
  sha256Hex,
  signatureV1,
  signatureV3,
  stringToSignV1,
  stringToSignV3,
  type Pair,
} from '../../src/simulator/signature.js';

const COMMON: readonly Pair[] = [
  ['Format', 'XML'],
  ['AccessKeyId', 'testid'],
  ['SignatureMethod', 'HMAC-SHA1'],
  ['SignatureVersion', '1.0'],
];
const ECS: readonly Pair[] = [
  ...COMMON,
  ['Action', 'DescribeRegions'],
  ['Version', '2014-05-26'],
  ['Timestamp', '2016-02-23T12:46:24Z'],
  ['SignatureNonce', '3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf'],
];
const rds = (timeName: string): readonly Pair[] => [
  ...COMMON,
  ['Action', 'DescribeDBInstances'],
  ['RegionId', 'region1'],
  ['Version', '2014-08-15'],
  ['SignatureNonce', 'NwDAxvLU6tFE0DVb'],
  [timeName, '2013-06-01T10:33:56Z'],
];
const TORTURE: readonly Pair[] = [
  ...COMMON,
  ['Action', 'ImportDatabaseBetweenInstances'],
  ['Version', '2014-08-15'],
  ['Timestamp', '2013-06-01T10:33:56Z'],
  ['SignatureNonce', 'NwDAxvLU6tFE0DVb'],
  ['DBInfo', `{"DBNames":{"src db*":"目标'(~!)"}}`],
];

const V1_VECTORS: readonly (readonly [string, string, readonly Pair[], string])[] = [
  ['V1-a', 'GET', ECS, 'OLeaidS1JvxuMvnyHOwuJ+uX5qY='],
  ['V1-b', 'POST', ECS, 'MxbnVAM4w6sft9xjVpe/GCKueuk='],
  ['V1-c', 'GET', rds('TimeStamp'), 'BIPOMlu8LXBeZtLQkJTw6iFvw1E='],
  ['V1-d', 'GET', rds('Timestamp'), 'jSgwMBJz7IHnP7lPLu8NeibG7Y4='],
  ['V1-e', 'POST', TORTURE, 'XiWNfQd1TjUg/bdSZjJ4zqF/I4U='],
];

const accessKey = (id: string, secret: string): ReadonlyMap<string, AccessKey> =>
  new Map([[id, { id, secret, securityToken: null, accountId: '1', expiresAt: null }]]);
const admit = (incoming: Incoming, id: string, secret: string, at: string): string =>
  new Doorkeeper().admit(readRpcRequest(incoming), accessKey(id, secret), Date.parse(at)).id;

// URLSearchParams and encodeURIComponent leave different signs raw: the verifier must not care.
const raw = (pairs: readonly Pair[]): string =>
  new URLSearchParams(pairs.map((p) => [...p])).toString();
const spare = (pairs: readonly Pair[]): string =>
  pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');

describe('signature V1', () => {
  it.each(V1_VECTORS)('%s: computes the published signature', (_name, method, pairs, expected) => {
    expect(signatureV1('testsecret', stringToSignV1(method, pairs))).toBe(expected);
  });

  it.each(V1_VECTORS.filter(([name]) => name !== 'V1-c'))(
    '%s: admits the request however the client encoded it, in the query or the form',
    (_name, method, pairs, signature) => {
      const signed: readonly Pair[] = [...pairs, ['Signature', signature]];
      const at = new Map(pairs).get('Timestamp') ?? '';
      for (const query of [raw(signed), spare(signed)]) {
        const inQuery = { method, target: `/?${query}`, headers: {}, body: Buffer.alloc(0) };
        expect(admit(inQuery, 'testid', 'testsecret', at)).toBe('testid');
        const headers = { 'content-type': 'application/x-www-form-urlencoded' };
        const inForm = { method, target: '/', headers, body: Buffer.from(query) };
        expect(admit(inForm, 'testid', 'testsecret', at)).toBe('testid');
      }
    },
  );

  it('refuses the signature the RDS page misprinted', () => {
    const signed: readonly Pair[] = [
      ...rds('Timestamp'),
      ['Signature', 'cNr+cHw3awqsBaWs6J6hcGvnfJE='],
    ];
    const incoming = {
      method: 'GET',
      target: `/?${raw(signed)}`,
      headers: {},
      body: Buffer.alloc(0),
    };
    expect(() => admit(incoming, 'testid', 'testsecret', '2013-06-01T10:33:56Z')).toThrow(
      'Specified signature is not matched',
    );
  });
});

const V3_VECTORS = [
  [
    'V3-a',
    '2023-10-26T10:22:32Z',
    '3156853299f313e23d1673dc12e1703d',
    '06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0',
  ],
  [
    'V3-b',
    '2023-10-26T09:01:01Z',
    'd410180a5abf7fe235dd9b74aca91fc0',
    'e521358f7776c97df52e6b2891a8bc73026794a071b50c3323388c4e0df64804',
  ],
] as const;

const QUERY: readonly Pair[] = [
  ['RegionId', 'cn-shanghai'],
  ['ImageId', 'win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd'],
];
const headersOf = (date: string, nonce: string): Readonly<Record<string, string>> => ({
  host: 'ecs.cn-shanghai.aliyuncs.com',
  'x-acs-action': 'RunInstances',
  'x-acs-version': '2014-05-26',
  'x-acs-date': date,
  'x-acs-signature-nonce': nonce,
  'x-acs-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
});

describe('signature V3', () => {
  it.each(V3_VECTORS)('%s: computes the published signature', (_name, date, nonce, expected) => {
    const signedHeaders = Object.entries(headersOf(date, nonce));
    const bodySha256 = sha256Hex('');
    const canonical = canonicalRequestV3({
      method: 'POST',
      query: QUERY,
      signedHeaders,
      bodySha256,
    });
    expect(signatureV3('YourAccessKeySecret', stringToSignV3(canonical))).toBe(expected);
  });

  it('V3-a: hashes the canonical request as published', () => {
    const [, date, nonce] = V3_VECTORS[0];
    const signedHeaders = Object.entries(headersOf(date, nonce));
    const bodySha256 = sha256Hex('');
    const canonical = canonicalRequestV3({
      method: 'POST',
      query: QUERY,
      signedHeaders,
      bodySha256,
    });
    expect(sha256Hex(canonical)).toBe(
      '7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259',
    );
  });

  it.each(V3_VECTORS)('%s: admits the published request', (_name, date, nonce, signature) => {
    const headers = headersOf(date, nonce);
    const names = Object.keys(headers).toSorted().join(';');
    const authorization = `ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=${names},Signature=${signature}`;
    const target = `/?ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai`;
    const incoming = {
      method: 'POST',
      target,
      headers: { ...headers, authorization },
      body: Buffer.alloc(0),
    };
    expect(admit(incoming, 'YourAccessKeyId', 'YourAccessKeySecret', date)).toBe('YourAccessKeyId');
    const forged = { ...incoming, target: `${target}9` };
    expect(() => admit(forged, 'YourAccessKeyId', 'YourAccessKeySecret', date)).toThrow(
      'Specified signature is not matched',
    );
  });
});
