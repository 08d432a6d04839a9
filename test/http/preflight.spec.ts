// Preflight over HTTP: the same body and the same rules as for accepting, a report of every check, and nothing accepted.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHECK_IDS } from '../../src/domain/preflight.js';
import { batchBody, item } from './batch-bodies.js';
import { CREDENTIAL, migrationBody, NOW, send, startHttp, type HttpUnderTest } from './http-app.js';

interface Report {
  readonly ok: boolean;
  readonly checkedAt: string;
  readonly checks: readonly {
    readonly id: string;
    readonly status: string;
    readonly subject: string;
    readonly message: string;
    readonly observed: Readonly<Record<string, unknown>>;
  }[];
}

interface Plan {
  readonly total: number;
  readonly preflight: {
    readonly ok: boolean;
    readonly checkedAt: string;
    readonly passed: number;
    readonly notPassed: number;
    readonly omitted: number;
    readonly reports: readonly (Report & { readonly index: number })[];
  } | null;
}

let http: HttpUnderTest;
beforeAll(async () => {
  http = await startHttp();
  const databases = [{ source: 'erp', target: 'erp' }];
  for (const sourceInstanceId of ['rm-source', 'rm-src-1', 'rm-src-2', 'rm-src-3', 'rm-dst-2']) {
    http.cloud.seed({ sourceInstanceId, targetInstanceId: 'rm-any', databases });
  }
});
afterAll(async () => {
  await http.app.close();
});

const SQL_SERVER = { dbInfo: { DBNames: { erp: 'erp' } } };
const AT = new Date(NOW).toISOString();

function expectNothingAccepted(): void {
  expect([http.migrations.records, http.batches.accepted]).toEqual([[], []]);
  expect([http.cloud.requests, http.cloud.accepted]).toEqual([[], []]);
}

describe('POST /v1/migrations/preflight', () => {
  const post = async (body: string, key = 'acme.migrations:write') =>
    send(http, 'POST', '/v1/migrations/preflight', { body, key });

  test('answers 200 with every check in the order of the contract', async () => {
    const answer = await post(migrationBody(SQL_SERVER));
    expect(answer.statusCode).toBe(200);
    const report = answer.json<Report>();
    expect(Object.keys(report)).toEqual(['ok', 'checkedAt', 'checks']);
    expect(report).toMatchObject({ ok: true, checkedAt: AT });
    expect(report.checks.map(({ id }) => id)).toEqual(CHECK_IDS);
    for (const check of report.checks) {
      expect(Object.keys(check)).toEqual(['id', 'status', 'subject', 'message', 'observed']);
    }
    const storage = report.checks.find(({ id }) => id === 'target_storage_sufficient');
    expect(Object.keys(storage?.observed ?? {})).toEqual([
      ...['storageBytes', 'usedBytes', 'sourceDataBytes', 'reservedBytes'],
      ...['reservedAtMostBytes', 'reservingMigrations', 'areAllMoved'],
    ]);
    expectNothingAccepted();
  });

  test('checks whatever the body says about its own preflight', async () => {
    const [asked, skipped] = [
      await post(migrationBody(SQL_SERVER)),
      await post(migrationBody({ ...SQL_SERVER, preflight: 'skip' })),
    ];
    expect(skipped.json()).toEqual(asked.json());
  });

  test.each([
    ['nothing at all', '{}'],
    ['one instance for both', migrationBody({ targetInstanceId: 'RM-SOURCE' })],
    ['a credential that is not there', migrationBody({ credentialId: 'cred_1' })],
    ['many faults', migrationBody({ credentialId: 'cred_1', dbInfo: { DBNames: [] }, zone: 1 })],
    ['no JSON', '{'],
  ])('refuses %s in the words of POST /v1/migrations', async (_, body) => {
    const [refused, accepting] = await Promise.all([
      post(body),
      send(http, 'POST', '/v1/migrations', { body }),
    ]);
    expect(refused.statusCode).toBeGreaterThanOrEqual(400);
    const requestId = refused.headers['x-request-id'];
    expect(refused.json()).toEqual({ ...accepting.json<object>(), requestId });
  });

  test("does not know another tenant's credential", async () => {
    const answer = await post(migrationBody(), 'other.migrations:write');
    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toMatchObject({
      errors: [{ pointer: '/credentialId', code: 'credential_not_found' }],
    });
  });

  test('needs the scope to write migrations', async () => {
    expect((await post(migrationBody(), 'acme.migrations:read')).statusCode).toBe(403);
  });

  test('says of what could not be read why, and still answers 200', async () => {
    http.cloud.readFault = 'throttled';
    const answer = await post(migrationBody(SQL_SERVER));
    http.cloud.readFault = null;
    expect(answer.statusCode).toBe(200);
    const { ok, checks } = answer.json<Report>();
    expect(ok).toBe(false);
    expect(checks.map(({ id }) => id)).toEqual(CHECK_IDS);
    expect(checks.find(({ id }) => id === 'source_running')).toMatchObject({
      ...{ status: 'skipped', message: 'rm-source could not be read: throttled: throttled' },
    });
  });
});

describe('POST /v1/batches/plan with preflight', () => {
  const CSV = { 'content-type': 'text/csv' };
  const ROWS = 'sourceInstanceId,targetInstanceId,databases\r\nrm-src-1,rm-dst-1,erp=erp\r\n';
  const fine = item(1, SQL_SERVER);
  const taken = item(2, SQL_SERVER);

  async function planned(query: string, body: string, headers: Record<string, string> = {}) {
    const answer = await send(http, 'POST', `/v1/batches/plan?${query}`, { body, headers });
    expect(answer.body).toContain('"total"');
    expect(answer.statusCode).toBe(200);
    return answer.json<Plan>();
  }

  async function refused(query: string, body: string, headers: Record<string, string> = {}) {
    const answer = await send(http, 'POST', `/v1/batches/plan?${query}`, { body, headers });
    expect(answer.statusCode).toBe(422);
    const { errors } = answer.json<{ errors: { pointer: string; code: string }[] }>();
    return errors.map(({ pointer, code }) => `${pointer} ${code}`);
  }

  test.each(['', 'preflight=false'])('has none without being asked (%j)', async (query) => {
    expect((await planned(query, batchBody([fine]))).preflight).toBeNull();
  });

  test('reports those that did not wholly pass, with their places, beside the plan', async () => {
    const { total, preflight } = await planned(
      'preflight=true',
      batchBody([fine, taken, item(3, SQL_SERVER)]),
    );
    expect(total).toBe(3);
    expect(preflight).toMatchObject({
      ...{ ok: false, checkedAt: AT, passed: 2, notPassed: 1, omitted: 0 },
      reports: [{ index: 1, ok: false, checkedAt: AT }],
    });
    const checks = preflight?.reports[0]?.checks ?? [];
    expect(checks.map(({ id }) => id)).toEqual(CHECK_IDS);
    const failed = checks.filter(({ status }) => status === 'fail');
    expect(failed).toMatchObject([{ id: 'target_names_free', observed: { taken: ['erp'] } }]);
    expectNothingAccepted();
  });

  test('is had for a CSV too, beside the mode that holds for its rows', async () => {
    for (const query of ['preflight=true', 'preflight=warn&preflight=true']) {
      const { preflight } = await planned(`credentialId=${CREDENTIAL}&${query}`, ROWS, CSV);
      expect(preflight).toMatchObject({ ok: true, passed: 1, notPassed: 0, reports: [] });
    }
    const mode = await planned(`credentialId=${CREDENTIAL}&preflight=warn`, ROWS, CSV);
    expect(mode.preflight).toBeNull();
  });

  test.each(['yes', 'TRUE', '1', '', 'enforce'])('refuses preflight=%s', async (value) => {
    const errors = ['/preflight wrong_type'];
    expect(await refused(`preflight=${value}`, batchBody([fine]))).toEqual(errors);
    if (value === 'enforce') return;
    const query = `credentialId=${CREDENTIAL}&preflight=${value}`;
    expect(await refused(query, ROWS, CSV)).toEqual(errors);
  });

  test('refuses an answer that is given twice, and any other parameter of JSON', async () => {
    const twice = 'preflight=true&preflight=false';
    expect(await refused(twice, batchBody([fine]))).toEqual(['/preflight wrong_type']);
    expect(await refused(twice, ROWS, CSV)).toEqual(['/preflight wrong_type']);
    const other = 'preflight=true&priority=1';
    expect(await refused(other, batchBody([fine]))).toEqual(['/priority unknown_property']);
  });

  test('says all that is wrong with the body before anything is read', async () => {
    const before = http.cloud.reads.asked.length;
    const body = batchBody([item(1, { dbInfo: {} }), item(2, { zone: 1 })]);
    expect(await refused('preflight=true', body)).toEqual([
      ...['/migrations/0/dbInfo db_names_missing', '/migrations/1/zone unknown_property'],
    ]);
    expect(http.cloud.reads.asked).toHaveLength(before);
  });
});
