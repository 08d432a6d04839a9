// The migrations of the demo, what is special about each, and how it must end. The instances are in the default world.
const ended = (status, reason = null) => ({ status, reason });

export const MIGRATIONS = [
  {
    story: 'MySQL, two databases',
    sourceInstanceId: 'rm-bp1shopsrc00001a',
    targetInstanceId: 'rm-bp1shopdst00001b',
    dbInfo: { DBNames: ['orders', 'customers'] },
  },
  {
    story: 'same instances: waits its turn',
    sourceInstanceId: 'rm-bp1shopsrc00001a',
    targetInstanceId: 'rm-bp1shopdst00001b',
    dbInfo: { DBNames: ['inventory'] },
  },
  {
    story: 'throttled at first',
    sourceInstanceId: 'rm-bp1paysrc000002a',
    targetInstanceId: 'rm-bp1paydst000002b',
    dbInfo: '{"DBNames":["ledger","payouts"]}',
  },
  {
    story: 'doomed: the import fails',
    sourceInstanceId: 'rm-bp1blogsrc00004a',
    targetInstanceId: 'rm-bp1blogdst00004b',
    dbInfo: { DBNames: ['posts', 'comments'] },
  },
  {
    story: 'doomed: not on the target',
    sourceInstanceId: 'rm-bp1gapsrc000006a',
    targetInstanceId: 'rm-bp1gapdst000006b',
    dbInfo: { DBNames: ['metrics', 'alerts'] },
  },
  {
    story: 'SQL Server, renamed',
    sourceInstanceId: 'rm-bp1erpsrc000011a',
    targetInstanceId: 'rm-bp1erpdst000011b',
    dbInfo: { DBNames: { erp: 'erp-2026', erp_reports: 'erp-reports' } },
  },
  {
    story: 'the answer is lost: adopted',
    sourceInstanceId: 'rm-bp1hrsrc0000012a',
    targetInstanceId: 'rm-bp1hrdst0000012b',
    dbInfo: { DBNames: { Payroll2019: 'payroll2019', staff: 'staff' } },
  },
];

/** What goes wrong upstream during the demo. */
const action = 'ImportDatabaseBetweenInstances';
export const FAULTS = [
  { action, kind: 'throttle', instanceId: 'rm-bp1paydst000002b' },
  { action, kind: 'fail_import', instanceId: 'rm-bp1blogdst00004b' },
  { action, kind: 'lost_reply', instanceId: 'rm-bp1hrdst0000012b' },
];

/** How a migration whose import ended so must end; without an import only a failed preflight is right. */
export const END_OF = {
  Success: ended('succeeded'),
  Failed: ended('failed', 'upstream_import_failed'),
  Canceled: ended('canceled', 'upstream_canceled'),
  none: ended('failed', 'preflight_failed'),
};

/** The one that may not be submitted at all: a database is missing on its target. */
export const NOT_SUBMITTED = 'rm-bp1gapdst000006b';
