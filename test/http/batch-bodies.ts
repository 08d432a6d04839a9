// Bodies of batches for the tests of the HTTP floor.
import { CREDENTIAL } from './http-app.js';

export const item = (n: number, more: object = {}): object => ({
  sourceInstanceId: `rm-src-${n}`,
  targetInstanceId: `rm-dst-${n}`,
  dbInfo: { DBNames: ['orders'] },
  ...more,
});

export const batchBody = (migrations: readonly object[], more: object = {}): string =>
  JSON.stringify({ credentialId: CREDENTIAL, ...more, migrations });
