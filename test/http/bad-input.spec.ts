// Nothing that a caller can send breaks the service: no 5xx, no endless answer, nothing stored of what was refused.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BODIES, BOMBS, MIGRATION, PATHS, QUERIES, WORDS } from './hostile-requests.js';
import { NAUGHTY, PROTOTYPE_NAMES } from './hostile-texts.js';
import { CREDENTIAL, send, startHttp, type HttpUnderTest } from './http-app.js';
import { variantsOf } from './input-variants.js';
import { jsonCases, type JsonCase } from './json-cases.js';
import { isExhaustive, sampleOf } from '../support/sampling.js';

const LONGEST_ANSWER = 1_000_000;
/** Of the inputs of a kind; `npm run test:exhaustive` sends all of them. */
const SAMPLED = 120;
/** Megabytes each. */
const SAMPLED_BOMBS = 2;

let http: HttpUnderTest;
let inputs = 0;
beforeAll(async () => {
  http = await startHttp();
});
afterAll(async () => {
  await http.app.close();
});

interface Input {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly body?: string | Buffer;
  readonly headers?: Record<string, string>;
}

async function sizes(): Promise<string> {
  const { items } = await http.credentials.list('acme', { limit: 1_000_000, afterId: null });
  const kept = items.map(({ id, version }) => `${id} ${version}`);
  return [http.migrations.records.length, http.batches.accepted.length, ...kept].join();
}

/** What is wrong with the answer; null when it is as it should be. */
async function faultOf(input: Input): Promise<string | null> {
  inputs += 1;
  const before = await sizes();
  const { method, url, ...more } = input;
  const answer = await send(http, method, url, more);
  const { statusCode: status, headers, body } = answer;
  const problems = [
    ...(status >= 500 ? ['a 5xx'] : []),
    ...(status >= 400 && (await sizes()) !== before ? ['stored although refused'] : []),
    ...(status >= 400 && !String(headers['content-type']).startsWith('application/problem+json')
      ? ['no problem']
      : []),
    ...(/node_modules|\n\s+at |\.[jt]s:\d/.test(body) ? ['a stack trace'] : []),
    ...(/^[A-Za-z0-9._-]{1,128}$/.test(String(headers['x-request-id'])) ? [] : ['a request id']),
    ...(body.length > LONGEST_ANSWER ? [`${body.length} characters`] : []),
  ];
  const shown = `${input.method} ${input.url.slice(0, 200)} ${String(input.body ?? '').slice(0, 200)}`;
  return problems.length === 0 ? null : `${problems.join(', ')}: ${status} ${shown}`;
}

async function expectNoFaults(
  kind: string,
  all: readonly Input[],
  count: number = SAMPLED,
): Promise<void> {
  const faults: string[] = [];
  for (const input of sampleOf(kind, all, count)) {
    const fault = await faultOf(input);
    if (fault !== null) faults.push(fault);
  }
  expect(faults.slice(0, 10)).toEqual([]);
}

test.each(BODIES)(
  '%s %s takes any value in any field, and any name beside it',
  async (method, url, body) => {
    const variants = variantsOf(body).map((text) => ({ method, url, body: text }));
    await expectNoFaults(`${method} ${url}`, variants);
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect('isAdmin' in {}).toBe(false);
  },
  600_000,
);

test('any text may stand in a path', async () => {
  const all = PATHS.flatMap(([method, url]) =>
    WORDS.map((word): Input => ({ method, url: url.replace('{}', () => word) })),
  );
  await expectNoFaults('path', all);
}, 600_000);

test('any text may stand in a query', async () => {
  const all = QUERIES.flatMap((url) =>
    WORDS.map((word): Input => ({ method: 'GET', url: url.replaceAll('{}', () => word) })),
  );
  await expectNoFaults('query', all);
}, 600_000);

test('any text may stand in a header', async () => {
  const names = ['x-request-id', 'idempotency-key', 'if-none-match', 'content-type', 'accept'];
  const body = JSON.stringify(MIGRATION);
  const all = names.flatMap((name) =>
    [...NAUGHTY, ...PROTOTYPE_NAMES].flatMap((text): Input[] => [
      { method: 'POST', url: '/v1/migrations', body, headers: { [name]: text } },
      { method: 'GET', url: '/v1/migrations?limit=1', headers: { [name]: text } },
    ]),
  );
  await expectNoFaults('header', all);
}, 600_000);

test('any text may stand in a cell of CSV', async () => {
  const headers = { 'content-type': 'text/csv' };
  const head = 'sourceInstanceId,targetInstanceId,databases,key,dependsOn,priority,notBefore';
  const all = [0, 1, 2, 3, 4, 5, 6].flatMap((column) =>
    [...NAUGHTY, ...PROTOTYPE_NAMES].map((text): Input => {
      const cells = ['rm-a', 'rm-b', 'a1', '', '', '', ''].with(column, text);
      const url = `/v1/batches?credentialId=${CREDENTIAL}`;
      return { method: 'POST', url, body: `${head}\n${cells.join(',')}\n`, headers };
    }),
  );
  await expectNoFaults('cell', all);
}, 600_000);

const STRICT = ['/v1/migrations', '/v1/batches', '/v1/credentials', '/v1/batches/plan'];

test.each(STRICT)(
  '%s takes JSON and nothing that is only like it',
  async (url) => {
    const wrong = async ({ kind, text }: JsonCase): Promise<string | null> => {
      const fault = await faultOf({ method: 'POST', url, body: text });
      const { statusCode } = await send(http, 'POST', url, { body: text });
      const isMalformed = statusCode === 400;
      const isRight = kind === 'i' || isMalformed === (kind === 'n');
      return fault ?? (isRight ? null : `${kind} is ${statusCode}: ${text.toString()}`);
    };
    const found: string[] = [];
    for (const one of sampleOf(`JSON ${url}`, jsonCases(), SAMPLED)) {
      const fault = await wrong(one);
      if (fault !== null) found.push(fault);
    }
    expect(found.slice(0, 10)).toEqual([]);
  },
  600_000,
);

test.each(BOMBS)(
  'a bomb of %s is defused everywhere',
  async (what, make) => {
    const body = make();
    const bombs = BODIES.map(([method, url]) => ({ method, url, body }));
    await expectNoFaults(what, bombs, SAMPLED_BOMBS);
  },
  600_000,
);

test('thousands of inputs were tried', () => {
  expect(inputs).toBeGreaterThan(isExhaustive ? 8_000 : 1_500);
});
