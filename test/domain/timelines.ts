// Members of a batch in one line, and its timeline at the end of its making.
import type { Member, TimelineTerms } from '../../src/domain/batch-row.js';
import { timelineOf, type BatchTimeline } from '../../src/domain/batch-timeline.js';
import { isEnded } from '../../src/domain/migration.js';
import { HOUR, NOW } from './plans.js';

export const TERMS: TimelineTerms = {
  ...{ nowMs: NOW, maxConcurrent: null, window: null, fitsWindow: false, outlook: 'open' },
};

/** Queued half an hour ago; what runs started an hour ago, what has ended ended half an hour ago. */
export function member(id: string, pair: string, fields: Partial<Member> = {}): Member {
  const [sourceInstanceId = '', targetInstanceId = ''] = pair.split('>');
  const { status = 'queued' } = fields;
  const waits = status === 'queued' || status === 'scheduled';
  return {
    ...{ id, status, sourceInstanceId, targetInstanceId, priority: 0, notBefore: null },
    ...{ createdAt: NOW - 0.5 * HOUR, queuedAt: NOW - 0.5 * HOUR, dependsOn: [] },
    ...{ submittedAt: waits ? null : NOW - HOUR, startedAt: waits ? null : NOW - HOUR },
    ...{ finishedAt: isEnded(status) ? NOW - HOUR / 2 : null, durationMs: HOUR },
    ...fields,
  };
}

export function timeline(
  members: readonly Member[],
  terms: Partial<TimelineTerms> = {},
  strangers: readonly Member[] = [],
): BatchTimeline {
  const making = timelineOf(members, strangers, { ...TERMS, ...terms });
  for (;;) {
    const step = making.next();
    if (step.done === true) return step.value;
  }
}
