// A call upstream as a figure: which action, how it was answered, and how long that took.
import { ANSWERED, type Figures } from '../use-cases/ports-figures.js';
import type { SubmissionOutcome } from '../use-cases/ports-upstream.js';
import type { Reading } from './rds-answers.js';
import { codeLabel } from './rds-code-labels.js';

export async function countedCall<T extends Reading | SubmissionOutcome>(
  figures: Figures,
  action: string,
  call: () => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  const answer = await call();
  figures.called(action, codeLabel(codeOf(answer)), (performance.now() - startedAt) / 1_000);
  return answer;
}

function codeOf(answer: Reading | SubmissionOutcome): string {
  if ('ok' in answer) return answer.ok ? ANSWERED : answer.fault.code;
  switch (answer.kind) {
    case 'accepted':
      return ANSWERED;
    case 'refused':
      return answer.fault.code;
    case 'unknown':
      return answer.code;
    case 'not_sent':
      return 'not_sent';
  }
}
