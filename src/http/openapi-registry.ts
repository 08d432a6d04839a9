// Tables and diagrams of the document's description, each made from the table in the domain that it speaks of.
import { batchStatusOf, NO_COUNTS, type BatchStatus, type Gate } from '../domain/batch.js';
import { PROBLEMS, REASONS, VIOLATIONS, type ProblemCode } from '../domain/errors.js';
import { isEnded, STATUSES, type MigrationStatus } from '../domain/migration.js';
import { ACCESS_REMEDIES } from '../domain/remedies-of-access.js';
import { CANCEL_REMEDIES } from '../domain/remedies-of-cancels.js';
import { REQUEST_REMEDIES } from '../domain/remedies-of-requests.js';
import { UPSTREAM_REMEDIES } from '../domain/remedies-of-upstream.js';
import { TRANSITIONS } from '../domain/transitions.js';
import { statusOf } from './statuses.js';

const cell = (text: string): string => text.replaceAll('|', '\\|');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Closed until somebody wants to read it: the operations stay near. */
export const folded = (title: string, text: string): string =>
  `<details><summary>${title}</summary>\n\n${text}\n\n</details>`;

export const problemTable = (): string =>
  table(
    ['status', 'code', 'meaning'],
    Object.entries(PROBLEMS).map(([code, { title }]) => [
      ...[String(statusOf(code as ProblemCode)), `\`${code}\``, title],
    ]),
  );

export const violationTable = (): string =>
  table(
    ['code', 'meaning'],
    Object.entries(VIOLATIONS).map(([code, title]) => [`\`${code}\``, title]),
  );

export const reasonTable = (): string =>
  table(
    ['code', 'retry can help', 'remedy'],
    Object.entries(REASONS).map(([code, { retryable, remedy }]) => [
      ...[`\`${code}\``, retryable ? 'yes' : 'no', remedy],
    ]),
  );

export const upstreamTable = (): string =>
  table(
    ['upstream code', 'retry can help', 'remedy'],
    [...ACCESS_REMEDIES, ...REQUEST_REMEDIES, ...UPSTREAM_REMEDIES, ...CANCEL_REMEDIES].map(
      ({ codes, retryable, remedy }) => [
        ...[codes.map((code) => `\`${told(code)}\``).join(', '), retryable ? 'yes' : 'no', remedy],
      ],
    ),
  );

const told = (code: string | RegExp): string => (typeof code === 'string' ? code : code.source);

/** Every transition there is, as lines `from ── why ──▶ to`. */
export function migrationDiagram(): string {
  const lines = STATUSES.flatMap((from) => {
    const ways = Object.entries(TRANSITIONS).flatMap(([name, rule]) => {
      const sources: readonly MigrationStatus[] = rule.from;
      return sources.includes(from) ? [[name, rule.to] as const] : [];
    });
    const targets = [...new Set(ways.map(([, to]) => to))];
    return targets.map((to) => {
      const why = ways.filter(([, each]) => each === to).map(([name]) => name);
      return arrow(from, why.join(', '), to);
    });
  });
  const ends = STATUSES.filter(isEnded).join(', ');
  return drawn([arrow('(new)', 'accepted', 'scheduled | queued'), ...lines, `ends: ${ends}`]);
}

const WIDTH = 16;
const arrow = (from: string, why: string, to: string): string =>
  `${from.padEnd(WIDTH)} ── ${why} ──▶ ${to}`;

const drawn = (lines: readonly string[]): string => ['```text', ...lines, '```'].join('\n');

type Way = readonly [from: BatchStatus, why: string, to: BatchStatus];
type Ended = 'none' | 'no' | 'some' | 'all';

const SUCCEEDED: Readonly<Record<Ended, number>> = { none: 0, no: 0, some: 1, all: 2 };

/** What the gate and the ends of two migrations make of a batch, by the rule that the answers use. */
function foldOf(gate: Gate, ended: Ended): BatchStatus {
  const succeeded = SUCCEEDED[ended];
  const failed = ended === 'none' ? 0 : 2 - succeeded;
  const counts = { ...NO_COUNTS, succeeded, failed, queued: 2 - succeeded - failed };
  return batchStatusOf({
    ...{ id: '', tenant: '', requestId: '', name: null, window: null, maxConcurrent: null },
    ...{ onFailure: 'continue', version: 0, createdAt: 0, finishedAt: null, total: 2 },
    ...{ gate, counts },
  });
}

const statusAt = (gate: Gate): BatchStatus => foldOf(gate, 'none');
const CANCELED = foldOf('canceled', 'no');
const endedAs = (ended: Ended): BatchStatus => foldOf('open', ended);

/** The status is folded from the gate and from the migrations; each line is a step of either. */
export function batchDiagram(): string {
  const open = statusAt('open');
  const ways: readonly Way[] = [
    [open, 'pause', statusAt('paused')],
    [statusAt('paused'), 'resume', open],
    [open, 'a failure, with onFailure "halt"', statusAt('halted')],
    ...(['open', 'paused', 'halted'] as const).map((gate): Way => [
      statusAt(gate),
      'cancel',
      statusAt('canceled'),
    ]),
    [statusAt('canceled'), 'all have ended', CANCELED],
    [statusAt('paused'), 'resume, after a failure with onFailure "halt"', statusAt('halted')],
    ...(['all', 'some', 'no'] as const).map((ended): Way => [
      open,
      `all have ended, ${ended} of them well`,
      endedAs(ended),
    ]),
    ...[statusAt('halted'), endedAs('some'), endedAs('no')].map((from): Way => [
      from,
      'retry-failed',
      open,
    ]),
  ];
  return drawn([arrow('(new)', 'accepted', open), ...ways.map((way) => arrow(...way))]);
}
