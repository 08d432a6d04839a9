// Batches to try in the documentation: their instances and databases are those of the simulator's default world.

const credentialId = 'cred_01jdemoq4y7z8b9c0d1e2f3g4h';

export const BATCH_EXAMPLES = {
  night: {
    summary: 'One after the other, at night, one credential for all',
    value: {
      ...{ name: 'Move the shops', credentialId, labels: { team: 'payments' } },
      window: { start: '22:00', end: '06:00', timeZone: 'Asia/Shanghai', fit: true },
      ...{ maxConcurrent: 20, onFailure: 'halt' },
      migrations: [
        {
          key: 'shop',
          sourceInstanceId: 'rm-bp1shopsrc00001a',
          targetInstanceId: 'rm-bp1shopdst00001b',
          dbInfo: { DBNames: ['orders', 'customers'] },
        },
        {
          sourceInstanceId: 'rm-bp1paysrc000002a',
          targetInstanceId: 'rm-bp1paydst000002b',
          dbInfo: { DBNames: ['ledger'] },
          dependsOn: ['shop'],
        },
      ],
    },
  },
  mixed: {
    summary: 'Both engines, at once',
    value: {
      credentialId,
      migrations: [
        {
          sourceInstanceId: 'rm-bp1shopsrc00001a',
          targetInstanceId: 'rm-bp1shopdst00001b',
          dbInfo: { DBNames: ['orders', 'customers'] },
        },
        {
          sourceInstanceId: 'rm-bp1erpsrc000011a',
          targetInstanceId: 'rm-bp1erpdst000011b',
          dbInfo: { DBNames: { erp: 'erp', erp_reports: 'reports-2026' } },
          priority: 10,
        },
      ],
    },
  },
};

/** What is the same for all rows stands in the query string: at least `credentialId`. */
export const CSV_EXAMPLES = {
  csv: {
    summary: 'A header row and two migrations; credentialId in the query string',
    value: [
      'sourceInstanceId,targetInstanceId,databases,key,dependsOn',
      'rm-bp1shopsrc00001a,rm-bp1shopdst00001b,orders;customers,shop,',
      'rm-bp1erpsrc000011a,rm-bp1erpdst000011b,erp=erp;erp_reports=reports-2026,,shop',
      '',
    ].join('\r\n'),
  },
};
