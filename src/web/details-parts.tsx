// The parts of a migration's details, each in words a person can act on.
import type { ComponentChildren, JSX } from 'preact';
import type { Check, Migration } from './api-views.js';
import { Moment } from './moment.js';
import { durationWords, expectedWords } from './time-words.js';
import { plainWords, plural, STATUS_WORDS, waitWords } from './words.js';

interface Props {
  readonly migration: Migration;
  readonly now: number;
}

export function ReasonBlock({ migration, now }: Props): JSX.Element | null {
  const { reason, cancelAskedAt } = migration;
  if (reason === null && cancelAskedAt === null) return null;
  const { tone } = STATUS_WORDS[migration.status];
  return (
    <section class={`reason tone-${tone}`} aria-label="Why">
      {reason !== null && (
        <>
          <h3>{plainWords(reason.code)}</h3>
          <p>{reason.message}</p>
          <p class="remedy">
            <strong>What to do:</strong> {reason.remedy}
          </p>
          <p class="small muted">
            {reason.retryable
              ? 'A new attempt can succeed as it is.'
              : 'A new attempt alone will not help.'}
            {reason.upstreamCode !== undefined && (
              <>
                {' '}
                Upstream said <code>{reason.upstreamCode}</code>
              </>
            )}
            {reason.upstreamRequestId !== undefined && (
              <>
                {' '}
                in <code>{reason.upstreamRequestId}</code>
              </>
            )}
          </p>
        </>
      )}
      {cancelAskedAt !== null && (
        <p>
          A cancel was asked for at <Moment at={cancelAskedAt} now={now} /> and is done when it can
          be.
        </p>
      )}
    </section>
  );
}

interface WaitingProps extends Props {
  readonly open: (id: string) => void;
}

export function Waiting({ migration, now, open }: WaitingProps): JSX.Element | null {
  const { blockedBy, waitingFor, status } = migration;
  const isWaiting = status === 'queued' || status === 'scheduled';
  if (blockedBy.length + waitingFor.length === 0 && !isWaiting) return null;
  return (
    <section aria-labelledby="waiting-title">
      <h3 id="waiting-title">Waits for</h3>
      <ul class="waits">
        {blockedBy.map(({ instanceId, migrationId }) => (
          <li key={`${instanceId} ${migrationId}`}>
            <code>{instanceId}</code>, held by{' '}
            {migrationId === null ? (
              'a migration of another tenant'
            ) : (
              <button type="button" class="link-button" onClick={() => open(migrationId)}>
                {migrationId}
              </button>
            )}
          </li>
        ))}
        {waitingFor.map(({ kind, until, detail }) => (
          <li key={`${kind} ${detail}`}>
            {waitWords(kind)}
            {until !== null && (
              <>
                , until <Moment at={until} now={now} />
              </>
            )}
            {detail !== '' && <span class="small muted block">{detail}</span>}
          </li>
        ))}
        {blockedBy.length + waitingFor.length === 0 && (
          <li>Its turn: nothing stands in its way.</li>
        )}
      </ul>
    </section>
  );
}

function Fact({
  name,
  children,
}: {
  readonly name: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export function Facts({ migration, now }: Props): JSX.Element {
  const { databases, importId, attempt, priority, labels, engine, regionId } = migration;
  const label = Object.entries(labels).map(([key, value]) => `${key}: ${value}`);
  return (
    <section aria-labelledby="facts-title">
      <h3 id="facts-title">What it is</h3>
      <dl class="facts">
        <Fact name="From">
          <code>{migration.sourceInstanceId}</code>
        </Fact>
        <Fact name="To">
          <code>{migration.targetInstanceId}</code>
        </Fact>
        <Fact name={plural(databases.length, 'database')}>
          {databases.map(({ source, target }) => (
            <code key={source} class="block">
              {source === target ? source : `${source} → ${target}`}
            </code>
          ))}
        </Fact>
        <Fact name="Engine">
          {engine} in {regionId}
        </Fact>
        <Fact name="Import id">{importId === null ? 'none yet' : <code>{importId}</code>}</Fact>
        <Fact name="Attempt">{attempt}</Fact>
        {priority !== 0 && <Fact name="Priority">{priority}</Fact>}
        {label.length > 0 && <Fact name="Labels">{label.join(', ')}</Fact>}
        <Times {...{ migration, now }} />
      </dl>
    </section>
  );
}

function Times({ migration, now }: Props): JSX.Element {
  const { startedAt, finishedAt, estimate, upstream, createdAt } = migration;
  return (
    <>
      <Fact name="Accepted">
        <Moment at={createdAt} now={now} />
      </Fact>
      {startedAt !== null && (
        <Fact name="Ran">
          from <Moment at={startedAt} now={now} />
          {finishedAt !== null && (
            <>
              {' '}
              to <Moment at={finishedAt} now={now} />,{' '}
              {durationWords(Date.parse(finishedAt) - Date.parse(startedAt))}
            </>
          )}
        </Fact>
      )}
      {estimate !== null && (
        <Fact name="Expected to end">
          {expectedWords(Date.parse(estimate.finishAt), now)}; learned from {estimate.basis}
        </Fact>
      )}
      {upstream !== null && (
        <Fact name="Seen upstream">
          source <b>{upstream.sourceStatus ?? 'not seen'}</b>, target{' '}
          <b>{upstream.targetStatus ?? 'not seen'}</b>, import{' '}
          <b>{upstream.importStatus ?? 'not seen'}</b> at{' '}
          <Moment at={upstream.checkedAt} now={now} />
        </Fact>
      )}
    </>
  );
}

const CHECK_SIGNS: Readonly<Record<Check['status'], readonly [sign: string, tone: string]>> = {
  ...{ pass: ['✓', 'good'], fail: ['✕', 'bad'], warn: ['!', 'ask'], skipped: ['–', 'off'] },
};

const WORST_FIRST: readonly Check['status'][] = ['fail', 'warn', 'skipped', 'pass'];

export function Preflight({ migration, now }: Props): JSX.Element | null {
  const report = migration.preflightReport;
  if (report === null) return null;
  const checks = report.checks.toSorted(
    (a, b) => WORST_FIRST.indexOf(a.status) - WORST_FIRST.indexOf(b.status),
  );
  return (
    <details class="fold" open={!report.ok}>
      <summary>
        <h3>Checks before</h3>{' '}
        <span class="small muted">
          {report.ok ? 'passed' : 'not passed'}, <Moment at={report.checkedAt} now={now} />
        </span>
      </summary>
      <ul class="checks">
        {checks.map(({ id, status, message }) => (
          <li key={id}>
            <span class={`sign tone-${CHECK_SIGNS[status][1]}`} aria-hidden="true">
              {CHECK_SIGNS[status][0]}
            </span>
            <span>
              <span class="unseen">{status}: </span>
              {message}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

export function History({ migration, now }: Props): JSX.Element {
  return (
    <section aria-labelledby="history-title">
      <h3 id="history-title">History</h3>
      <ol class="history">
        {migration.history.toReversed().map(({ at, to, message }) => (
          <li key={`${at} ${to}`}>
            <Moment at={at} now={now} isExact />
            <span>
              {STATUS_WORDS[to].text}
              {message !== null && <span class="small muted block">{message}</span>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
