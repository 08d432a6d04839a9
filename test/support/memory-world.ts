// A whole little world: what is kept, the upstream, the queue, and processes that come and go over them.
import { type Migration, type MigrationRequest } from '../../src/domain/migration.js';
import type { Upstream } from '../../src/use-cases/ports-upstream.js';
import { Counting, type Tap } from './crash.js';
import { FAIR_CLOUD, MemoryCloud, type CloudOptions } from './memory-cloud.js';
import { MemoryBreakers } from './memory-breakers.js';
import { MemoryCredentialStore } from './memory-credential-store.js';
import { RecordingJournal, TestClock, TestIds, TestSettings } from './memory-ports.js';
import { MemoryPauses } from './memory-pauses.js';
import { MemoryQueue } from './memory-queue.js';
import { MemoryRedis } from './memory-redis.js';
import { Process } from './memory-process.js';
import { CALLER, CREDENTIAL, TENANT } from './memory-tenant.js';

export interface WorldOptions {
  readonly cloud?: Partial<CloudOptions>;
  readonly policy?: 'operator' | 'resubmit';
}

export class World {
  readonly clock = new TestClock();
  readonly redis = new MemoryRedis();
  readonly ids = new TestIds();
  readonly journal = new RecordingJournal();
  readonly queue = new MemoryQueue();
  readonly credentials = new MemoryCredentialStore();
  readonly breakers = new MemoryBreakers(this.credentials, this.clock);
  readonly pauses = new MemoryPauses(this.credentials, this.clock);
  readonly settings: TestSettings;
  readonly cloud: MemoryCloud;

  constructor(options: WorldOptions = {}) {
    this.settings = new TestSettings(options.policy);
    this.cloud = new MemoryCloud(this.clock, { ...FAIR_CLOUD, ...options.cloud });
    this.redis.credentials.set(CREDENTIAL.id, TENANT);
  }

  boot(tap: Tap = new Counting(), upstream?: Upstream): Process {
    return new Process(this, tap, upstream);
  }

  get migrations(): readonly Migration[] {
    return [...this.redis.records.values()];
  }

  request(fields: Partial<MigrationRequest> = {}): MigrationRequest {
    return {
      credentialId: CREDENTIAL.id,
      regionId: 'cn-hangzhou',
      sourceInstanceId: 'rm-source',
      targetInstanceId: 'rm-target',
      engine: this.cloud.options.engine,
      databases: [{ source: 'orders', target: 'orders' }],
      preflight: 'enforce',
      priority: 0,
      notBefore: null,
      labels: {},
      allowDuplicate: false,
      ...fields,
    };
  }
}

export { CALLER, TENANT };
export type { Process };
