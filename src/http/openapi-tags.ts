// The chapters of the API, in the order in which somebody new needs them.

interface Tag {
  readonly name: string;
  readonly description: string;
}

/** Those of controllers carry the controller's name. A controller without a row here fails a test. */
export const TAGS: readonly Tag[] = [
  {
    name: 'Credentials',
    description: 'What instances are reached with. Secrets go in, never out.',
  },
  { name: 'Migrations', description: 'One source, one target, some databases: sent, looked at.' },
  {
    name: 'MigrationControl',
    description: 'A migration steered while it waits, runs, or has ended.',
  },
  { name: 'Batches', description: 'Up to 10,000 migrations accepted, planned and steered as one.' },
  { name: 'Imports', description: "From upstream's ImportId back to the migration." },
  { name: 'Events', description: 'Every change, as it happens: server-sent events.' },
  { name: 'Webhooks', description: 'Endpoints that are told of changes by Standard Webhooks.' },
  { name: 'ApiKeys', description: 'Who may call, and what they may do. For admins.' },
  { name: 'Audit', description: 'Who did what, in a chain that shows any change. For admins.' },
  { name: 'Metrics', description: 'Figures for Prometheus.' },
  { name: 'Health', description: 'For probes: no key needed.' },
];

/** Only those that an operation has. */
export const tagsFor = (names: ReadonlySet<string>): Tag[] =>
  TAGS.filter(({ name }) => names.has(name));
