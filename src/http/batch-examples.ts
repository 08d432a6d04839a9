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
          dbInfo: { DBNames: ['inventory'] },
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
          sourceInstanceId: 'rm-bp1crmsrc000003a',
          targetInstanceId: 'rm-bp1crmdst000003b',
          dbInfo: { DBNames: ['contacts', 'tickets'] },
        },
        {
          sourceInstanceId: 'rm-bp1hrsrc0000012a',
          targetInstanceId: 'rm-bp1hrdst0000012b',
          dbInfo: { DBNames: { staff: 'staff-2026' } },
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
      'rm-bp1blogsrc00004a,rm-bp1blogdst00004b,posts;comments,blog,',
      'rm-bp1erpsrc000011a,rm-bp1erpdst000011b,erp=erp-csv;erp_reports=reports-csv,,blog',
      '',
    ].join('\r\n'),
  },
};
