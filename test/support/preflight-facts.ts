// Facts of a migration that may start at once; each test spoils what it is about.
import type { Fact, InstanceFacts, PreflightFacts } from '../../src/domain/preflight.js';
import { NOTHING_RESERVED } from '../../src/domain/reservations.js';

export const GB = 1024 ** 3;
export const known = <T>(value: T): Fact<T> => ({ known: true, value });
export const unknown = (why: string): Fact<never> => ({ known: false, why });

function instance(fields: Partial<InstanceFacts> = {}): InstanceFacts {
  return {
    instanceId: 'rm-source',
    status: 'Running',
    engine: 'MySQL',
    engineVersion: '8.0',
    category: 'HighAvailability',
    regionId: 'cn-hangzhou',
    classType: 'd',
    instanceClass: 'mysql.x4.large.2',
    lockMode: 'Unlock',
    instanceType: 'Primary',
    storageBytes: 100 * GB,
    ...fields,
  };
}

export const running = (...names: string[]) =>
  known(names.map((name) => ({ name, status: 'Running' })));

interface Situation {
  readonly source: Partial<InstanceFacts>;
  readonly target: Partial<InstanceFacts>;
}

export const both = (fields: Partial<InstanceFacts>): Situation => ({
  source: fields,
  target: fields,
});

export function mySql(
  more: Partial<PreflightFacts> = {},
  sides: Partial<Situation> = {},
): PreflightFacts {
  return {
    request: {
      sourceInstanceId: 'rm-source',
      targetInstanceId: 'rm-target',
      engine: 'MySQL',
      databases: [{ source: 'orders', target: 'orders' }],
    },
    source: known(instance(sides.source)),
    target: known(instance({ instanceId: 'rm-target', ...sides.target })),
    sourceDatabases: running('orders', 'other'),
    targetDatabases: running('orders'),
    sourceUsage: known({ diskUsedBytes: 20 * GB, dataBytes: 10 * GB }),
    targetUsage: known({ diskUsedBytes: 30 * GB, dataBytes: 20 * GB }),
    heldBy: new Map(),
    reservedOnTarget: NOTHING_RESERVED,
    atMs: 1_764_000_000_000,
    ...more,
  };
}

const SQL_SERVER = {
  engine: 'SQLServer',
  engineVersion: '2016_ent_ha',
  instanceClass: 'mssql.x4.large.e2',
};

export function sqlServer(
  more: Partial<PreflightFacts> = {},
  sides: Partial<Situation> = {},
): PreflightFacts {
  const facts = mySql(
    { sourceDatabases: running('src'), targetDatabases: running('Kept'), ...more },
    { source: { ...SQL_SERVER, ...sides.source }, target: { ...SQL_SERVER, ...sides.target } },
  );
  const databases = [{ source: 'src', target: 'dest' }];
  return { ...facts, request: { ...facts.request, engine: 'SQLServer', databases } };
}
