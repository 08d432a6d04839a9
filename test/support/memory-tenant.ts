// Whose migrations the little world runs, and with which credential.
import type { Reach } from '../../src/domain/access.js';
import type { Credential } from '../../src/use-cases/ports-credentials.js';
import { START_MS } from './memory-ports.js';

export const TENANT = 'acme';

export const CREDENTIAL: Credential = {
  ...{ id: 'cred_1', tenant: TENANT, name: 'production', type: 'access_key', version: 1 },
  ...{ regionId: 'cn-hangzhou', maskedKeyId: 'LTAI****9xYz', sealed: 'v1.x', keyVersion: 'k1' },
  ...{ createdAt: START_MS, updatedAt: START_MS, lastUsedAt: null, lastVerifiedAt: null },
  ...{ roleArn: null, unhealthy: null },
};

/** Whoever calls for it. */
export const CALLER: Reach = { tenant: TENANT, instancePatterns: null };
