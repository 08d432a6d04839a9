// A caller of the simulator written from the published signature rules alone: it shares no code with what it tests.
import { createHash, createHmac, randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { startSimulator, type Simulator } from '../../src/simulator/server.js';

export const KEY = { id: 'LTAItestkey', secret: 'test-secret' };
export const TARGET = 'rm-target';
export const SOURCE = 'rm-source';

export interface Spoken {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  /** Doubles, as a careless client reads them. */
  readonly json: Fields;
}

export interface Manner {
  readonly version?: string;
  readonly key?: { readonly id: string; readonly secret: string; readonly token?: string };
  readonly date?: string;
  readonly nonce?: string;
  /** Parameters travel in a form body, not in the query. */
  readonly asForm?: boolean;
  /** Headers sent but not signed, or sent otherwise than signed. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

type Params = Readonly<Record<string, string>>;

const encode = (text: string): string =>
  [...Buffer.from(text, 'utf8')]
    .map((byte) => {
      const sign = String.fromCharCode(byte);
      if (/[A-Za-z0-9\-_.~]/.test(sign)) return sign;
      return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');

export const queryOf = (params: Params): string =>
  Object.keys(params)
    .toSorted()
    .map((name) => `${encode(name)}=${encode(params[name] ?? '')}`)
    .join('&');

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** `2026-11-24T05:46:12Z` */
export const stamp = (timeMs: number): string => `${new Date(timeMs).toISOString().slice(0, 19)}Z`;

export const minuteStamp = (timeMs: number): string =>
  `${new Date(timeMs).toISOString().slice(0, 16)}Z`;

export type Fields = Record<string, unknown>;

const isRecord = (value: unknown): value is Fields => value !== null && typeof value === 'object';

/** An object, or an error. */
export function record(value: unknown): Fields {
  if (!isRecord(value)) throw new Error(`not an object: ${String(value)}`);
  return value;
}

/** The array of objects at the end of the path, or an error. */
export function rowsAt(json: unknown, ...path: readonly string[]): Fields[] {
  const end = path.reduce<unknown>((at, name) => record(at)[name], json);
  if (!Array.isArray(end)) throw new Error(`no array at ${path.join('.')}`);
  return end.map(record);
}

async function spoken(response: Response): Promise<Spoken> {
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  const json = type.includes('json') ? record(JSON.parse(text)) : {};
  return { status: response.status, type, text, json };
}

/** Signature V3, POST. */
export async function callV3(
  url: string,
  action: string,
  params: Params,
  manner: Manner = {},
): Promise<Spoken> {
  const key = manner.key ?? KEY;
  const query = queryOf(params);
  const body = manner.asForm === true ? query : '';
  const headers: Record<string, string> = {
    host: new URL(url).host,
    'x-acs-action': action,
    'x-acs-version': manner.version ?? '2014-08-15',
    'x-acs-date': manner.date ?? stamp(Date.now()),
    'x-acs-signature-nonce': manner.nonce ?? randomUUID(),
    'x-acs-content-sha256': sha256(body),
    ...('token' in key && key.token !== undefined ? { 'x-acs-security-token': key.token } : {}),
    ...(body === '' ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
  };
  const names = Object.keys(headers).toSorted();
  const signed = names.join(';');
  const canonicalHeaders = names.map((name) => `${name}:${headers[name]}\n`).join('');
  const canonicalQuery = body === '' ? query : '';
  const canonical = ['POST', '/', canonicalQuery, canonicalHeaders, signed, sha256(body)].join(
    '\n',
  );
  const signature = createHmac('sha256', key.secret)
    .update(`ACS3-HMAC-SHA256\n${sha256(canonical)}`)
    .digest('hex');
  const authorization = `ACS3-HMAC-SHA256 Credential=${key.id},SignedHeaders=${signed},Signature=${signature}`;
  const response = await fetch(`${url}/?${canonicalQuery}`, {
    method: 'POST',
    headers: { ...headers, authorization, ...manner.headers },
    ...(body === '' ? {} : { body }),
    ...(manner.signal === undefined ? {} : { signal: manner.signal }),
  });
  return spoken(response);
}

/** Signature V1, GET, every parameter of the protocol in the query. `extra` may replace any. */
export async function callV1(url: string, action: string, extra: Params): Promise<Spoken> {
  const params: Params = {
    Action: action,
    Version: '2014-08-15',
    Format: 'JSON',
    AccessKeyId: KEY.id,
    SignatureMethod: 'HMAC-SHA1',
    SignatureVersion: '1.0',
    SignatureNonce: randomUUID(),
    Timestamp: stamp(Date.now()),
    ...extra,
  };
  const text = `GET&%2F&${encode(queryOf(params))}`;
  const Signature = createHmac('sha1', `${KEY.secret}&`).update(text).digest('base64');
  return spoken(await fetch(`${url}/?${queryOf({ ...params, Signature })}`));
}

export interface Stage {
  readonly simulator: Simulator;
  readonly call: (action: string, params: Params, manner?: Manner) => Promise<Spoken>;
  /** ImportDatabaseBetweenInstances from SOURCE to TARGET. */
  readonly import: (dbNames: unknown, overrides?: Params, manner?: Manner) => Promise<Spoken>;
  readonly control: (method: string, path: string, body?: unknown) => Promise<Spoken>;
}

const instance = (instanceId: string, overrides: object): object => ({
  instanceId,
  accountId: '1001',
  engine: 'MySQL',
  databases: [{ name: 'shop' }, { name: 'blog' }],
  ...overrides,
});

export const worldOf = (source: object, target: object, rest: object = {}): object => ({
  accounts: [{ accountId: '1001', accessKeys: [KEY] }],
  instances: [instance(SOURCE, source), instance(TARGET, target)],
  durations: { baseMs: 60_000, perGBMs: 0, cancelMs: 1000 },
  ...rest,
});

export const SQL_SERVER_WORLD = worldOf(
  { engine: 'SQLServer', databases: [{ name: 'erp', sizeMB: 1024 }, { name: 'hr' }] },
  { engine: 'SQLServer', databases: [] },
);

/** A simulator of one test; ends with it. */
export async function stage(world: object = worldOf({}, {})): Promise<Stage> {
  const simulator = await startSimulator({ world });
  onTestFinished(() => simulator.close());
  const { url } = simulator;
  return {
    simulator,
    call: (action, params, manner) => callV3(url, action, params, manner),
    import: (dbNames, overrides = {}, manner) =>
      callV3(
        url,
        'ImportDatabaseBetweenInstances',
        {
          DBInstanceId: TARGET,
          SourceDBInstanceId: SOURCE,
          DBInfo: JSON.stringify({ DBNames: dbNames }),
          ...overrides,
        },
        manner,
      ),
    control: async (method, path, body) =>
      spoken(
        await fetch(`${url}/control/${path}`, {
          method,
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      ),
  };
}

/** The message a call fails with; awaited from the start, so that no rejection goes unheard. */
export const failureOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'it did not fail',
    (error: unknown) => String(error),
  );

/** The digits of the ImportId exactly as they stood on the wire, and whether they were quoted. */
export function importIdIn(text: string): { readonly digits: string; readonly isText: boolean } {
  const found = /"ImportId":("?)(\d+)\1/.exec(text);
  return { digits: found?.[2] ?? '', isText: found?.[1] === '"' };
}
