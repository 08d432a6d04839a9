// The OpenAPI document says of every route who may call it and how it may fail.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { send, startHttp, type HttpUnderTest } from './http-app.js';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly description?: string;
  readonly example?: unknown;
  readonly schema?: { readonly example?: unknown; readonly examples?: readonly unknown[] };
}

interface Operation {
  readonly operationId: string;
  readonly security?: readonly object[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { examples: object }>> };
  readonly parameters: readonly Parameter[];
  readonly responses: Readonly<Record<string, { readonly content?: object }>>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

let http: HttpUnderTest;
let document: Document;
let operations: readonly (readonly [string, Operation])[];
beforeAll(async () => {
  http = await startHttp();
  document = (await send(http, 'GET', '/openapi.json', { key: null })).json<Document>();
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method} ${path}`, operation] as const),
  );
});
afterAll(async () => {
  await http.app.close();
});

const keysOf = (operation: Operation): readonly string[] => Object.keys(operation.responses);

test('it is OpenAPI 3.1 and has every route, each with an id of its own', () => {
  expect(document.openapi).toBe('3.1.0');
  expect(operations).toHaveLength(42);
  expect(new Set(operations.map(([, operation]) => operation.operationId)).size).toBe(42);
});

test('every route outside of health needs a key and may answer 401, 403, 500 and 503', () => {
  for (const [route, operation] of operations.filter(([name]) => !name.includes('/health/'))) {
    expect([route, operation.security]).toEqual([route, [{ bearer: [] }]]);
    expect(keysOf(operation)).toEqual(expect.arrayContaining(['401', '403', '500', '503']));
  }
});

test('every route with a body may answer 400, 413, 415 and 422', () => {
  const withBody = operations.filter(([, operation]) => operation.requestBody !== undefined);
  expect(withBody.map(([route]) => route)).toEqual([
    'post /v1/credentials',
    'patch /v1/credentials/{id}',
    'post /v1/credentials/{id}/verify',
    'post /v1/migrations',
    'post /v1/migrations/preflight',
    'post /v1/migrations/{id}/resolve',
    'post /v1/batches',
    'post /v1/batches/plan',
    'post /v1/batches/{id}/cancel',
    'post /v1/webhooks',
    'patch /v1/webhooks/{id}',
    'post /v1/api-keys',
  ]);
  for (const [, operation] of withBody) {
    expect(keysOf(operation)).toEqual(expect.arrayContaining(['400', '413', '415', '422']));
  }
});

test('batches are taken in JSON and in CSV, both with examples', () => {
  for (const path of ['/v1/batches', '/v1/batches/plan']) {
    const content = document.paths[path]?.['post']?.requestBody?.content ?? {};
    expect(Object.keys(content)).toEqual(['application/json', 'text/csv']);
    for (const { examples } of Object.values(content)) expect(examples).not.toEqual({});
  }
});

test('nothing stands in the query of a batch unasked: with JSON it would be refused', () => {
  const { parameters = [] } = document.paths['/v1/batches']?.['post'] ?? {};
  const inQuery = parameters.filter((each) => each.in === 'query');
  expect(inQuery.map(({ name }) => name)).toContain('preflight');
  expect(inQuery.filter(({ schema }) => schema !== undefined && 'default' in schema)).toEqual([]);
});

test('every error is a problem, and every schema that is pointed to is there', () => {
  for (const [route, operation] of operations.filter(([name]) => !name.includes('/health/'))) {
    const errors = Object.entries(operation.responses).filter(([status]) => Number(status) >= 400);
    for (const [status, { content }] of errors) {
      expect([route, status, Object.keys(content ?? {})]).toEqual([
        ...[route, status, ['application/problem+json']],
      ]);
    }
  }
  const pointers = JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g);
  for (const [, name] of pointers) expect(Object.keys(document.components.schemas)).toContain(name);
});

test('every parameter of a path or header is there once, described and with an example', () => {
  for (const [route, { parameters, responses }] of operations) {
    const listed = parameters.filter((each) => each.in !== 'query');
    const names = listed.map(({ name }) => name);
    expect([route, names]).toEqual([route, [...new Set(names)]]);
    expect(names).toContain('X-Request-Id');
    expect([route, names.includes('If-None-Match')]).toEqual([route, '304' in responses]);
    for (const { description, example, schema } of listed) {
      expect([route, description]).toEqual([route, expect.any(String)]);
      // As one of `examples` Swagger UI shows it, but does not fill it in unasked.
      const shown = example ?? schema?.example ?? schema?.examples?.[0];
      expect([route, shown]).toEqual([route, expect.any(String)]);
    }
  }
});
