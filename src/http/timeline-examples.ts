// A timeline as the documentation shows it: one ran, one runs, one is planned behind both.

const [batchId, id] = ['bat_01jdemoq4y7z8b9c0d1e2f3g4h', 'mig_01jdemoq4y7z8b9c0d1e2f3g4'];

export const TIMELINE_EXAMPLES = {
  night: {
    summary: 'One ran, one runs, one is planned; the target decides',
    value: {
      ...{ batchId, at: '2026-12-01T14:30:00.000Z' },
      instances: [
        { instanceId: 'rm-bp1shopdst00001b', isCritical: true, remainingMs: 3_600_000 },
        { instanceId: 'rm-bp1paysrc000002a', isCritical: false, remainingMs: 2_400_000 },
        { instanceId: 'rm-bp1shopsrc00001a', isCritical: false, remainingMs: 1_200_000 },
      ],
      bound: { instanceId: 'rm-bp1shopdst00001b', finishAt: '2026-12-01T15:30:00.000Z' },
      bars: [
        {
          ...{ migrationId: `${id}a`, status: 'succeeded', kind: 'ran', source: 1, target: 0 },
          startAt: '2026-12-01T14:00:00.000Z',
          ...{ finishAt: '2026-12-01T14:20:00.000Z', step: null },
        },
        {
          ...{ migrationId: `${id}b`, status: 'importing', kind: 'runs', source: 2, target: 0 },
          startAt: '2026-12-01T14:20:00.000Z',
          ...{ finishAt: '2026-12-01T14:50:00.000Z', step: null },
        },
        {
          ...{ migrationId: `${id}c`, status: 'queued', kind: 'planned', source: 1, target: 0 },
          startAt: '2026-12-01T14:50:00.000Z',
          ...{ finishAt: '2026-12-01T15:30:00.000Z', step: 1 },
        },
      ],
    },
  },
};
