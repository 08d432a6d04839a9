// The migrations of what is looked at: filtered, counted, in a list that holds ten thousand.
import type { JSX } from 'preact';
import { useId, useMemo, useState } from 'preact/hooks';
import { MigrationList } from './migration-list.js';
import { filteredRows, groupCounts, scopedRows } from './selectors.js';
import type { Shown } from './shown.js';
import { count, GROUP_WORDS, GROUPS, plural, type Group } from './words.js';

interface Props extends Shown {
  readonly group: Group;
  readonly setGroup: (group: Group) => void;
  readonly opened: string | null;
}

export function MigrationSection(props: Props): JSX.Element {
  const { state, group, setGroup, opened, open, now } = props;
  const [text, setText] = useState('');
  const { order, rows, selected } = state;
  const scoped = useMemo(() => scopedRows(state), [order, rows, selected]);
  const found = useMemo(() => filteredRows(scoped, { group, text }), [scoped, group, text]);
  const counts = useMemo(() => groupCounts(scoped), [scoped]);
  return (
    <section
      class="panel migrations"
      aria-labelledby="migrations-title"
      id="migrations"
      tabIndex={-1}
    >
      <div class="section-head">
        <h2 id="migrations-title">Migrations</h2>
        <LoadWords {...props} known={scoped.length} />
        <Search text={text} onText={setText} />
      </div>
      <div class="chips" role="group" aria-label="Only those that are">
        {GROUPS.map((one) => (
          <button
            key={one}
            type="button"
            class={`chip chip-${one}`}
            aria-pressed={one === group}
            onClick={() => setGroup(one)}
          >
            {GROUP_WORDS[one]} <span class="number">{count(counts[one])}</span>
          </button>
        ))}
      </div>
      <MigrationList {...{ rows: found, opened, open, now }} />
      {found.length === 0 && <Nothing {...props} isFiltered={scoped.length > 0} />}
    </section>
  );
}

interface SearchProps {
  readonly text: string;
  readonly onText: (text: string) => void;
}

function Search({ text, onText }: SearchProps): JSX.Element {
  const id = useId();
  return (
    <div class="search">
      <label for={id} class="unseen">
        Instance, database or id
      </label>
      <input
        {...{ id, type: 'search', placeholder: 'Instance, database or id', value: text }}
        spellcheck={false}
        onInput={(event) => onText(event.currentTarget.value)}
      />
    </div>
  );
}

function LoadWords({ state, known, board }: Props & { readonly known: number }): JSX.Element {
  const { rowsLoading, selected } = state;
  const total = selected === null ? undefined : state.batches.get(selected)?.counts.total;
  switch (rowsLoading.phase) {
    case 'loading': {
      const of = total === undefined ? '' : ` of ${count(total)}`;
      return <p class="small muted number">Reading: {count(known) + of}</p>;
    }
    case 'failed':
      return (
        <p class="small trouble" role="alert">
          Not all could be read. {rowsLoading.message}{' '}
          <button type="button" class="button small" onClick={() => void board.readRows()}>
            Read again
          </button>
        </p>
      );
    case 'done':
      return (
        <p class="small muted number">
          {rowsLoading.isCut ? `The newest ${count(known)}` : plural(known, 'migration')}
        </p>
      );
  }
}

function Nothing({
  state,
  isFiltered,
}: Props & { readonly isFiltered: boolean }): JSX.Element | null {
  if (isFiltered) return <p class="empty muted">None of them is like that.</p>;
  if (state.rowsLoading.phase !== 'done') return null;
  return (
    <div class="empty">
      <p>
        <strong>No migrations yet.</strong>
      </p>
      <p class="small muted">
        Accepted ones appear here by themselves. See <a href="docs">the API</a> for how to send
        them.
      </p>
    </div>
  );
}
