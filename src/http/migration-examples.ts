// Bodies to try in the documentation: their instances and databases are those of the simulator's default world.
// No two of them, nor those of the batches, are the same migration: all can be sent one after the other.

const credentialId = 'cred_01jdemoq4y7z8b9c0d1e2f3g4h';

export const MIGRATION_EXAMPLES = {
  mysql: {
    summary: 'MySQL: the same names on both sides',
    value: {
      credentialId,
      sourceInstanceId: 'rm-bp1shopsrc00001a',
      targetInstanceId: 'rm-bp1shopdst00001b',
      dbInfo: { DBNames: ['orders', 'customers'] },
      labels: { team: 'payments' },
    },
  },
  sqlServer: {
    summary: 'SQL Server: from source name to target name',
    value: {
      credentialId,
      sourceInstanceId: 'rm-bp1erpsrc000011a',
      targetInstanceId: 'rm-bp1erpdst000011b',
      engine: 'SQLServer',
      dbInfo: { DBNames: { erp: 'erp', erp_reports: 'reports-2026' } },
      preflight: 'warn',
      priority: 10,
    },
  },
  text: {
    summary: 'DBInfo as a string, as the upstream takes it',
    value: {
      credentialId,
      sourceInstanceId: 'rm-bp1paysrc000002a',
      targetInstanceId: 'rm-bp1paydst000002b',
      dbInfo: '{"DBNames":["payouts"]}',
      notBefore: '2026-12-01T22:00:00+08:00',
    },
  },
};
