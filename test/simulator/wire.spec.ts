// Clients that know nothing of the simulator understand it: Alibaba's own library, both signatures, JSON and XML.
import OpenApi, { $OpenApiUtil, OpenApiUtil } from '@alicloud/openapi-core';
import * as dara from '@darabonba/typescript';
import { expect, it } from 'vitest';
import { callV1, importIdIn, KEY, record, SOURCE, stage, TARGET, worldOf } from './client.js';

type ClientClass = typeof OpenApi.default;

/** Node gives a CommonJS module as an object with a default, vite the default itself. */
function classOf(module: ClientClass | { readonly default: ClientClass }): ClientClass {
  return typeof module === 'function' ? module : module.default;
}

const Client = classOf(OpenApi);

const IMPORT = {
  DBInstanceId: TARGET,
  SourceDBInstanceId: SOURCE,
  DBInfo: '{"DBNames":["shop","blog"]}',
};

interface Talk {
  readonly url: string;
  readonly config?: Record<string, string>;
  readonly asForm?: boolean;
}

async function ask(talk: Talk, action: string, params: Record<string, string>): Promise<string> {
  const config = new $OpenApiUtil.Config({
    accessKeyId: KEY.id,
    accessKeySecret: KEY.secret,
    endpoint: new URL(talk.url).host,
    protocol: 'http',
    ...talk.config,
  });
  const call = new $OpenApiUtil.Params({
    action,
    version: '2014-08-15',
    protocol: 'HTTPS',
    pathname: '/',
    method: 'POST',
    authType: 'AK',
    style: 'RPC',
    reqBodyType: 'formData',
    bodyType: 'string',
  });
  const request = new $OpenApiUtil.OpenApiRequest(
    talk.asForm === true ? { body: params } : { query: OpenApiUtil.query(params) },
  );
  const runtime = new dara.RuntimeOptions({ readTimeout: 5000, connectTimeout: 5000 });
  const answer = await new Client(config).callApi(call, request, runtime);
  return String(answer['body']);
}

it.each([
  ['V3 in the query', {}, false],
  ['V3 in a form', {}, true],
  ['V1', { signatureAlgorithm: 'v2' }, false],
])("admits an import signed by Alibaba's library: %s", async (_what, config, asForm) => {
  const { simulator } = await stage();
  const text = await ask(
    { url: simulator.url, config, asForm },
    'ImportDatabaseBetweenInstances',
    IMPORT,
  );
  const [run] = simulator.world.runs();
  expect(importIdIn(text)).toEqual({ digits: run?.importId.toString(), isText: false });
  expect(run?.pairs.map(({ source }) => source)).toEqual(['shop', 'blog']);
  expect(simulator.journal.entries()[0]?.params).toEqual(IMPORT);
});

it("admits a temporary key used by Alibaba's library", async () => {
  const securityToken = 'token-of-an-hour';
  const accounts = [{ accountId: '1001', accessKeys: [{ ...KEY, securityToken }] }];
  const { simulator } = await stage(worldOf({}, {}, { accounts }));
  const talk = { url: simulator.url, config: { securityToken } };
  expect(await ask(talk, 'ImportDatabaseBetweenInstances', IMPORT)).toContain('ImportId');
});

it("gives errors that Alibaba's library reads", async () => {
  const { simulator } = await stage(worldOf({ status: 'Rebooting' }, {}));
  const talk = { url: simulator.url };
  await expect(ask(talk, 'ImportDatabaseBetweenInstances', IMPORT)).rejects.toMatchObject({
    name: 'ClientError',
    code: 'OperationDenied.DBInstanceStatus',
    statusCode: 403,
  });
  simulator.faults.set({ kind: 'throttle', delayMs: 1234 });
  await expect(ask(talk, 'ImportDatabaseBetweenInstances', IMPORT)).rejects.toMatchObject({
    name: 'ThrottlingError',
    retryAfter: 1234,
  });
});

it('answers V1 in XML unless JSON is asked for, as the published sample shows it', async () => {
  const { simulator } = await stage();
  const done = await callV1(simulator.url, 'ImportDatabaseBetweenInstances', {
    ...IMPORT,
    Format: 'XML',
  });
  expect(done.type).toBe('text/xml;charset=utf-8');
  expect(done.text).toMatch(
    /^<ImportDatabaseBetweenInstancesResponse><ImportId>\d+<\/ImportId><RequestId>[0-9A-F-]{36}<\/RequestId><\/ImportDatabaseBetweenInstancesResponse>$/,
  );
  const refused = await callV1(simulator.url, 'DescribeDatabases', {
    Format: 'xml',
    DBInstanceId: '<&',
  });
  expect(refused.text).toMatch(/^<Error><RequestId>.*<Code>InvalidDBInstanceId\.NotFound<\/Code>/);
  expect(refused.text).toContain('&lt;&amp;');
});

it.each([
  ['PUT', '/', 400, 'UnsupportedHTTPMethod'],
  ['POST', '/rds', 404, 'InvalidApi.NotFound'],
  ['POST', '/', 400, 'MissingParameter'],
])('answers %s %s with %i %s', async (method, path, status, code) => {
  const { simulator } = await stage();
  const response = await fetch(`${simulator.url}${path}?Format=JSON`, { method });
  const { Code } = record(await response.json());
  expect([response.status, Code]).toEqual([status, code]);
});
