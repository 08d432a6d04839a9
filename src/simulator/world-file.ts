// What a world file may say. Everything but ids, accounts and engines has a default, so a test's world stays short.
import { Fields, Malformed } from './fields.js';

/** Published: a timestamp is good for 15 minutes either way. */
export const TIMESTAMP_LIFE_MS = 15 * 60_000;

export interface AccessKey {
  readonly id: string;
  readonly secret: string;
  readonly securityToken: string | null;
  readonly accountId: string;
  /** Of a temporary key (ms); null for one that lasts. */
  readonly expiresAt: number | null;
}

/** What AssumeRole may hand out. */
export interface Role {
  readonly arn: string;
  readonly accountId: string;
  /** Accounts whose keys may assume it; the role's own when none is stated. */
  readonly trusts: readonly string[];
  /** Null: none is asked for. */
  readonly externalId: string | null;
}

export interface Database {
  readonly name: string;
  readonly status: string;
  readonly sizeMB: number;
}

/** Words are upstream's own: `DBInstanceStatus`, `LockMode`, `Category`, … */
export interface Instance {
  readonly instanceId: string;
  readonly accountId: string;
  readonly regionId: string;
  readonly engine: string;
  readonly engineVersion: string;
  readonly category: string;
  /** `d` dedicated, `h` dedicated host, `s` shared, `x` general purpose. */
  readonly classType: string;
  readonly instanceClass: string;
  readonly status: string;
  readonly lockMode: string;
  readonly instanceType: string;
  readonly storageGB: number;
  readonly databases: readonly Database[];
}

/** An import lasts `byInstance[target]`, else `byInstance[source]`, else baseMs + perGBMs for each GiB of data. */
export interface Durations {
  readonly baseMs: number;
  readonly perGBMs: number;
  /** From CancelImport to Canceled. */
  readonly cancelMs: number;
  readonly byInstance: Readonly<Record<string, number>>;
}

/** Where the documents of different years disagree. */
export interface Profile {
  readonly cancelMySQL: boolean;
  readonly cancelSQLServer: boolean;
  /** How far a request's timestamp may be from now, either way. */
  readonly timestampLifeMs: number;
  /** DescribeDBInstanceAttribute of an unknown instance: 404, or 200 with an empty list. */
  readonly missingInstance: 'not_found' | 'empty';
}

export const IMPORT_ID_FORMS = ['number', 'string', 'big'] as const;
export type ImportIdForm = (typeof IMPORT_ID_FORMS)[number];

export interface WorldFile {
  readonly keys: readonly AccessKey[];
  readonly roles: readonly Role[];
  readonly instances: readonly Instance[];
  readonly durations: Durations;
  readonly profile: Profile;
  /** Forms are used in turn: a JSON number, a string, a JSON number above 2^53. */
  readonly importIds: { readonly start: number; readonly forms: readonly ImportIdForm[] };
}

/** Version and class of an instance that states none. */
const USUAL_OF_ENGINE: ReadonlyMap<string, readonly [version: string, instanceClass: string]> =
  new Map([
    ['MySQL', ['8.0', 'mysql.x4.large.2']],
    ['SQLServer', ['2016_std_ha', 'mssql.x4.large.s2']],
  ]);

function readDatabase(value: unknown, path: string): Database {
  const fields = new Fields(value, path);
  const database = {
    name: fields.text('name'),
    status: fields.text('status', 'Running'),
    sizeMB: fields.number('sizeMB', 100),
  };
  fields.end();
  return database;
}

export function readInstance(value: unknown, path: string): Instance {
  const fields = new Fields(value, path);
  const engine = fields.text('engine');
  const [version, instanceClass] = USUAL_OF_ENGINE.get(engine) ?? ['1.0', 'pg.x4.large.2c'];
  const instance = {
    instanceId: fields.text('instanceId'),
    accountId: fields.text('accountId'),
    regionId: fields.text('regionId', 'cn-hangzhou'),
    engine,
    engineVersion: fields.text('engineVersion', version),
    category: fields.text('category', 'HighAvailability'),
    classType: fields.text('classType', 'd'),
    instanceClass: fields.text('instanceClass', instanceClass),
    status: fields.text('status', 'Running'),
    lockMode: fields.text('lockMode', 'Unlock'),
    instanceType: fields.text('instanceType', 'Primary'),
    storageGB: fields.number('storageGB', 100),
    databases: fields.list('databases', readDatabase, []),
  };
  fields.end();
  return instance;
}

interface Account {
  readonly keys: readonly AccessKey[];
  readonly roles: readonly Role[];
}

function readAccount(value: unknown, path: string): Account {
  const account = new Fields(value, path);
  const accountId = account.text('accountId');
  const keys = account.list('accessKeys', (item, keyPath) => {
    const fields = new Fields(item, keyPath);
    const key = {
      id: fields.text('id'),
      secret: fields.text('secret'),
      securityToken: fields.has('securityToken') ? fields.text('securityToken') : null,
      accountId,
      expiresAt: null,
    };
    fields.end();
    return key;
  });
  const roles = account.list('roles', (item, at) => readRole(item, at, accountId), []);
  account.end();
  return { keys, roles };
}

function readRole(value: unknown, path: string, accountId: string): Role {
  const fields = new Fields(value, path);
  const role = {
    arn: `acs:ram::${accountId}:role/${fields.text('name')}`,
    accountId,
    trusts: fields.list('trusts', (id) => String(id), [accountId]),
    externalId: fields.has('externalId') ? fields.text('externalId') : null,
  };
  fields.end();
  return role;
}

export function readDurations(fields: Fields): Durations {
  const byInstance = fields.object('byInstance');
  const durations = {
    baseMs: fields.number('baseMs', 3000),
    perGBMs: fields.number('perGBMs', 500),
    cancelMs: fields.number('cancelMs', 500),
    byInstance: Object.fromEntries(byInstance.names().map((id) => [id, byInstance.number(id)])),
  };
  fields.end();
  return durations;
}

export function readProfile(fields: Fields): Profile {
  const profile = {
    cancelMySQL: fields.flag('cancelMySQL', false),
    cancelSQLServer: fields.flag('cancelSQLServer', true),
    timestampLifeMs: fields.number('timestampLifeMs', TIMESTAMP_LIFE_MS),
    missingInstance: fields.oneOf('missingInstance', ['not_found', 'empty'], 'not_found'),
  };
  fields.end();
  return profile;
}

function readImportIds(fields: Fields): WorldFile['importIds'] {
  const readForm = (word: unknown, path: string): ImportIdForm => {
    const form = IMPORT_ID_FORMS.find((known) => known === word);
    if (form === undefined)
      throw new Malformed(`${path} must be one of ${IMPORT_ID_FORMS.join(', ')}`);
    return form;
  };
  const importIds = {
    start: fields.number('start', 85265475235),
    forms: fields.list('forms', readForm, IMPORT_ID_FORMS),
  };
  fields.end();
  if (!Number.isSafeInteger(importIds.start))
    throw new Malformed('importIds.start must be an integer');
  if (importIds.forms.length === 0) throw new Malformed('importIds.forms must not be empty');
  return importIds;
}

/** Throws Malformed with the path of what is wrong. */
export function readWorldFile(value: unknown): WorldFile {
  const fields = new Fields(value, 'world');
  const accounts = fields.list('accounts', readAccount);
  const keys = accounts.flatMap((account) => account.keys);
  const roles = accounts.flatMap((account) => account.roles);
  const instances = fields.list('instances', readInstance);
  const ids = new Set<string>();
  for (const { instanceId } of instances) {
    if (ids.has(instanceId)) throw new Malformed(`world.instances: ${instanceId} appears twice`);
    ids.add(instanceId);
  }
  const durations = readDurations(fields.object('durations'));
  const profile = readProfile(fields.object('profile'));
  const importIds = readImportIds(fields.object('importIds'));
  fields.end();
  return { keys, roles, instances, durations, profile, importIds };
}
