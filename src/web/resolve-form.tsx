// A person's answer for a call without one: it started, with its ImportId, or it did not, said with open eyes.
import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { Migration } from './api-views.js';
import type { Board } from './board.js';
import { Moment } from './moment.js';
import type { State } from './state.js';

interface Props {
  readonly board: Board;
  readonly state: State;
  readonly migration: Migration;
}

type Outcome = 'started' | 'not_started';

const IMPORT_ID = /^[1-9][0-9]{0,19}$/;

/** What is missing before it can be sent; null when nothing is. */
export function missingOf(
  outcome: Outcome | null,
  importId: string,
  hasLooked: boolean,
): string | null {
  if (outcome === null) return 'Say which of the two it was.';
  if (outcome === 'started') {
    return IMPORT_ID.test(importId)
      ? null
      : 'An ImportId has 1 to 20 digits and does not begin with 0.';
  }
  return hasLooked ? null : 'Look at the imports of the target first, and say that you did.';
}

export function ResolveForm({ board, state, migration }: Props): JSX.Element {
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [importId, setImportId] = useState('');
  const [hasLooked, setLooked] = useState(false);
  const [said, setSaid] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const missing = missingOf(outcome, importId.trim(), hasLooked);
    setSaid(missing);
    if (missing !== null || outcome === null) return;
    const body = outcome === 'started' ? { outcome, importId: importId.trim() } : { outcome };
    const done =
      outcome === 'started' ? 'Resolved: the import is followed.' : 'Resolved: it is queued again.';
    setBusy(true);
    await board.steer('migrations', `v1/migrations/${migration.id}/resolve`, { body, done });
    setBusy(false);
  };
  return (
    <form
      class="resolve"
      aria-labelledby="resolve-title"
      onSubmit={(event) => void submit(event)}
      noValidate
    >
      <h3 id="resolve-title">Did the import start?</h3>
      <Evidence migration={migration} />
      <p class="small">
        Look at the imports of <code>{migration.targetInstanceId}</code> in the RDS console.
      </p>
      <fieldset disabled={isBusy || state.shut.has('migrations')}>
        <legend class="unseen">What became of the call</legend>
        <Started {...{ outcome, setOutcome, importId, setImportId }} />
        <NotStarted {...{ outcome, setOutcome, hasLooked, setLooked }} />
        <p class="field-error" role="alert">
          {said}
        </p>
        <button type="submit" class="button primary">
          {isBusy ? 'Resolving…' : 'Resolve'}
        </button>
      </fieldset>
    </form>
  );
}

function Evidence({ migration }: { readonly migration: Migration }): JSX.Element {
  const { submittedAt, upstreamRequestId, upstream } = migration;
  const now = Date.now();
  return (
    <ul class="evidence small" aria-label="What is known of the call">
      <li>
        Call on record since{' '}
        {submittedAt === null ? 'it was seen' : <Moment at={submittedAt} now={now} />}
        {upstreamRequestId === null ? '; upstream gave it no id' : ` as ${upstreamRequestId}`}.
      </li>
      {upstream !== null && (
        <li>
          At <Moment at={upstream.checkedAt} now={now} /> the source was{' '}
          {upstream.sourceStatus ?? 'not seen'}, the target {upstream.targetStatus ?? 'not seen'},
          and an import of it {upstream.importStatus ?? 'not seen'}.
        </li>
      )}
    </ul>
  );
}

interface ChoiceProps {
  readonly outcome: Outcome | null;
  readonly setOutcome: (outcome: Outcome) => void;
}

interface StartedProps extends ChoiceProps {
  readonly importId: string;
  readonly setImportId: (importId: string) => void;
}

function Started({ outcome, setOutcome, importId, setImportId }: StartedProps): JSX.Element {
  const id = useId();
  const isChosen = outcome === 'started';
  return (
    <div class="choice">
      <label>
        <input
          type="radio"
          name="outcome"
          checked={isChosen}
          onChange={() => setOutcome('started')}
        />
        <span>It started: follow that import</span>
      </label>
      {isChosen && (
        <div class="field under-choice">
          <label for={id}>ImportId, as the console shows it</label>
          <input
            {...{ id, inputMode: 'numeric', autocomplete: 'off', value: importId }}
            onInput={(event) => setImportId(event.currentTarget.value)}
          />
        </div>
      )}
    </div>
  );
}

interface NotStartedProps extends ChoiceProps {
  readonly hasLooked: boolean;
  readonly setLooked: (hasLooked: boolean) => void;
}

function NotStarted({ outcome, setOutcome, hasLooked, setLooked }: NotStartedProps): JSX.Element {
  const isChosen = outcome === 'not_started';
  return (
    <div class="choice">
      <label>
        <input
          type="radio"
          name="outcome"
          checked={isChosen}
          onChange={() => setOutcome('not_started')}
        />
        <span>It did not start: queue it again</span>
      </label>
      {isChosen && (
        <div class="warning under-choice">
          <p>
            <strong>You are taken at your word.</strong> If an import runs all the same and upstream
            does not list it, it is started twice and may overwrite what the first one wrote.
          </p>
          <label>
            <input
              type="checkbox"
              checked={hasLooked}
              onChange={(event) => setLooked(event.currentTarget.checked)}
            />
            <span>I have looked: the console shows no import of these databases</span>
          </label>
        </div>
      )}
    </div>
  );
}
