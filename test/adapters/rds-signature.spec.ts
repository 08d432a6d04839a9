// The signature agrees with Alibaba's published examples and with its official client, odd texts included.
import { createRequire } from 'node:module';
import type Official from '@alicloud/openapi-core';
import { $OpenApiUtil, OpenApiUtil } from '@alicloud/openapi-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeRfc3986,
  signRequest,
  upstreamTimestamp,
  type RpcRequest,
  type SignedRequest,
} from '../../src/adapters/rds-signature.js';
import { Secret } from '../../src/use-cases/ports-credentials.js';
import { startStub } from './rds-stub.js';

// Node and vitest disagree on where the default export of a CommonJS package lies; require does not.
const { default: OfficialClient } = createRequire(import.meta.url)(
  '@alicloud/openapi-core',
) as typeof Official;

const secretsOf = (id: string, secret: string, token: string | null = null) => ({
  accessKeyId: new Secret(id),
  accessKeySecret: new Secret(secret),
  securityToken: token === null ? null : new Secret(token),
});

const PUBLISHED: RpcRequest = {
  host: 'ecs.cn-shanghai.aliyuncs.com',
  action: 'RunInstances',
  version: '2014-05-26',
  query: {
    RegionId: 'cn-shanghai',
    ImageId: 'win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd',
  },
  form: null,
  timestamp: '2023-10-26T10:22:32Z',
  nonce: '3156853299f313e23d1673dc12e1703d',
};
const PUBLISHED_SECRETS = secretsOf('YourAccessKeyId', 'YourAccessKeySecret');

const signatureOf = (signed: SignedRequest): string =>
  signed.headers['authorization']?.split('Signature=')[1] ?? '';

/** What the official client would put into Authorization for the very headers and bytes of ours. */
function officialAuthorization(
  request: RpcRequest,
  signed: SignedRequest,
  key: { readonly id: string; readonly secret: string },
): string {
  type OfficialRequest = Parameters<typeof OpenApiUtil.getAuthorization>[0];
  const asSent = { method: 'POST', pathname: '/', query: request.query, headers: signed.headers };
  const hash = OpenApiUtil.hash(Buffer.from(signed.body), 'ACS3-HMAC-SHA256').toString('hex');
  const { id, secret } = key;
  return OpenApiUtil.getAuthorization(
    asSent as unknown as OfficialRequest,
    'ACS3-HMAC-SHA256',
    hash,
    id,
    secret,
  );
}

describe('the published examples', () => {
  it('gives the signature and the hash of the signature page', () => {
    const signed = signRequest(PUBLISHED, PUBLISHED_SECRETS);
    expect(signed.canonicalHash).toBe(
      '7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259',
    );
    expect(signed.headers['authorization']).toBe(
      'ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;' +
        'x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,' +
        'Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0',
    );
  });

  it('gives the signature of the model-studio page', () => {
    const at = { timestamp: '2023-10-26T09:01:01Z', nonce: 'd410180a5abf7fe235dd9b74aca91fc0' };
    expect(signatureOf(signRequest({ ...PUBLISHED, ...at }, PUBLISHED_SECRETS))).toBe(
      'e521358f7776c97df52e6b2891a8bc73026794a071b50c3323388c4e0df64804',
    );
  });
});

describe('the official client', () => {
  const texts = fc.string({ unit: 'grapheme' });
  const names = fc.stringMatching(/^[A-Za-z][A-Za-z0-9.]{0,12}$/);
  const parameters = fc.dictionary(names, texts, { maxKeys: 6 });

  it('signs the same for every parameter, form body and token', () => {
    const tokens = fc.option(fc.stringMatching(/^[!-~]{1,40}$/));
    fc.assert(
      fc.property(parameters, fc.option(parameters), tokens, (query, form, token) => {
        const request = { ...PUBLISHED, query, form };
        const signed = signRequest(request, secretsOf('id', 'secret', token));
        const official = officialAuthorization(request, signed, { id: 'id', secret: 'secret' });
        expect(signed.headers['authorization']).toBe(official);
      }),
    );
  });

  it('puts the same signature on the wire for an import of databases with odd names', async () => {
    const stub = await startStub(() => ({ body: { RequestId: 'r' } }));
    const { host } = stub.endpoint;
    const query = { DBInstanceId: 'rm-t', DBInfo: `{"DBNames":{"src db*":"目标'(~!)"}}` };

    const client = new OfficialClient(
      new $OpenApiUtil.Config({
        accessKeyId: 'id',
        accessKeySecret: 'secret',
        endpoint: host,
        protocol: 'http',
      }),
    );
    const action = 'ImportDatabaseBetweenInstances';
    const how = { pathname: '/', method: 'POST', authType: 'AK', style: 'RPC', protocol: 'HTTP' };
    const types = { reqBodyType: 'formData', bodyType: 'string' };
    const params = { action, version: '2014-08-15', ...how, ...types };
    type Runtime = Parameters<typeof client.callApi>[2];
    await client.callApi(
      new $OpenApiUtil.Params(params),
      new $OpenApiUtil.OpenApiRequest({ query }),
      { readTimeout: 5_000, connectTimeout: 5_000 } as Runtime,
    );
    await stub.close();

    const [asked] = stub.asked;
    const header = (name: string): string => String(asked?.headers[name]);
    // The client signs one header more than the API asks for: it is taken over to compare the rest.
    const request = {
      ...{ host, action, version: '2014-08-15', query, form: null },
      ...{ timestamp: header('x-acs-date'), nonce: header('x-acs-signature-nonce') },
    };
    const ours = signRequest(request, secretsOf('id', 'secret'));
    const extra = { 'x-acs-credentials-provider': header('x-acs-credentials-provider') };
    const withExtra = { ...ours, headers: { ...ours.headers, ...extra } };
    expect(officialAuthorization(request, withExtra, { id: 'id', secret: 'secret' })).toBe(
      header('authorization'),
    );
    for (const name of ['host', 'x-acs-action', 'x-acs-version', 'x-acs-content-sha256']) {
      expect(ours.headers[name]).toBe(header(name));
    }
    const ourQuery = new URL(ours.path, 'http://upstream').searchParams;
    expect(Object.fromEntries(ourQuery)).toEqual(asked?.parameters);
  });
});

describe('a signed request', () => {
  it('encodes everything but letters, digits and - _ . ~', () => {
    expect(encodeRfc3986(`a!'()*~ +/目`)).toBe('a%21%27%28%29%2A~%20%2B%2F%E7%9B%AE');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(encodeRfc3986(text)).toMatch(/^([A-Za-z0-9\-_.~]|%[0-9A-F]{2})*$/);
        expect(decodeURIComponent(encodeRfc3986(text))).toBe(text);
      }),
    );
  });

  it('signs the token of a temporary credential, and keeps id, secret and token out of the URL', () => {
    const signed = signRequest(PUBLISHED, secretsOf('LTAIcanaryid', 'canarysecret', 'canarytoken'));
    expect(signed.headers['x-acs-security-token']).toBe('canarytoken');
    expect(signed.headers['authorization']).toContain('x-acs-security-token;');
    expect(signed.path).not.toContain('canary');
    expect(JSON.stringify(signed)).not.toContain('canarysecret');
  });

  it('declares and signs a form body', () => {
    const signed = signRequest({ ...PUBLISHED, form: { DBInfo: '目 1' } }, PUBLISHED_SECRETS);
    expect(signed.body).toBe('DBInfo=%E7%9B%AE%201');
    expect(signed.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(signed.headers['content-length']).toBe(String(signed.body.length));
    expect(signed.headers['authorization']).toContain('SignedHeaders=content-type;host;');
  });

  it('is the same whatever the order its parameters were given in', () => {
    const { ImageId = '', RegionId = '' } = PUBLISHED.query;
    const turned = signRequest({ ...PUBLISHED, query: { ImageId, RegionId } }, PUBLISHED_SECRETS);
    expect(turned).toEqual(signRequest(PUBLISHED, PUBLISHED_SECRETS));
  });

  it('carries a timestamp of whole seconds', () => {
    expect(upstreamTimestamp(Date.UTC(2026, 10, 24, 5, 6, 7, 999))).toBe('2026-11-24T05:06:07Z');
  });
});
