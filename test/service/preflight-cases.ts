// Worlds in which one documented precondition does not hold, for either engine: what is changed in them, and which check fails.
import type { Instance } from '../../src/simulator/world-file.js';

export type Engine = 'MySQL' | 'SQLServer';

/** What is changed in a world in which the pair could be migrated at once. */
interface Breach {
  readonly source?: Partial<Instance>;
  readonly target?: Partial<Instance>;
}

const database = (name: string, more: object = {}) => ({
  ...{ name, status: 'Running', sizeMB: 10, ...more },
});
const large = ['orders', 'items'].map((name) => database(name, { sizeMB: 5_000 }));

/** What fails, and nothing else: for good. */
const BOTH: readonly (readonly [ids: string, breach: Breach])[] = [
  ['instances_visible', { target: { accountId: '2002' } }],
  ['engine_supported', { source: { instanceType: 'Readonly' } }],
  ['engine_supported engines_match', { target: { engine: 'PostgreSQL' } }],
  ['dedicated_class', { source: { classType: 's' } }],
  ['dedicated_class', { target: { classType: 'x' } }],
  ['source_running', { source: { status: 'Deleting' } }],
  ['target_running', { target: { status: 'Released' } }],
  ['instances_unlocked', { source: { lockMode: 'LockByExpiration' } }],
  ['instances_unlocked', { target: { lockMode: 'LockByDiskQuota' } }],
  ['source_databases_running', { source: { databases: [database('items')] } }],
  ['target_storage_sufficient', { source: { databases: large }, target: { storageGB: 2 } }],
];
const ONLY: Readonly<Record<Engine, readonly (readonly [ids: string, breach: Breach])[]>> = {
  MySQL: [
    ['engines_match', { target: { engine: 'SQLServer' } }],
    [
      'target_databases_running',
      { target: { databases: [database('ORDERS'), database('items')] } },
    ],
    [
      'target_databases_running',
      { target: { databases: [database('orders', { status: 'Cold' }), database('items')] } },
    ],
  ],
  SQLServer: [
    ['engines_match', { source: { engine: 'MySQL' } }],
    ['not_sqlserver_2017_cluster', { target: { engineVersion: '2017_ent', category: 'AlwaysOn' } }],
    ['target_names_free', { target: { databases: [database('Orders_New')] } }],
  ],
};

const PASSING: readonly (readonly [ids: string, breach: Breach])[] = [
  ['source_running', { source: { status: 'Rebooting' } }],
  ['target_running', { target: { status: 'DBInstanceClassChanging' } }],
  ['target_running', { target: { status: 'BackingUp' } }],
  ['instances_unlocked', { target: { lockMode: 'LockByRestoration' } }],
];

export interface Case {
  readonly name: string;
  readonly engine: Engine;
  readonly pair: string;
  readonly ids: readonly string[];
  readonly breach: Breach;
}

const casesOf = (
  word: string,
  rows: (engine: Engine) => readonly (readonly [ids: string, breach: Breach])[],
): readonly Case[] =>
  (['MySQL', 'SQLServer'] as const).flatMap((engine) =>
    rows(engine).map(([ids, breach], index) => ({
      name: `${engine}, ${ids}: ${JSON.stringify(breach)}`,
      ...{ engine, ids: ids.split(' '), breach, pair: `${word}${engine.toLowerCase()}${index}` },
    })),
  );

export const LASTING = casesOf('l', (engine) => [...BOTH, ...ONLY[engine]]);
export const WAITING = casesOf('w', () => PASSING);
/** Nothing is broken. */
export const FIT: readonly Case[] = casesOf('f', () => [['', {}]]);
