// Asks for the key, tries it once, and says plainly when it does not fit.
import type { JSX } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';
import { ApiClient, Refusal, wordsOf } from './api-client.js';
import { Mark } from './mark.js';
import { ThemeButton } from './theme-button.js';

interface Props {
  readonly message: string | null;
  readonly onKey: (key: string) => void;
}

const REFUSALS: Partial<Record<Refusal['kind'], string>> = {
  key_refused: 'This key is not valid. It may be mistyped, revoked or expired.',
  not_allowed: 'This key is valid but may not read migrations: it lacks the scope migrations:read.',
  unreachable: 'The service does not answer. Is it running, and is this the right address?',
};

const refusalWords = (error: unknown): string =>
  (error instanceof Refusal ? REFUSALS[error.kind] : undefined) ?? wordsOf(error);

/** What the header can carry. */
const isSendable = (key: string): boolean => /^[\x21-\x7e]{1,512}$/.test(key);

async function tried(key: string): Promise<string | null> {
  if (key === '') return 'Enter a key.';
  if (!isSendable(key)) return 'A key has no spaces or special letters in it: this is none.';
  try {
    await new ApiClient(document.baseURI, key).get('v1/batches?limit=1');
    return null;
  } catch (error) {
    return refusalWords(error);
  }
}

export function KeyGate({ message, onKey }: Props): JSX.Element {
  const [said, setSaid] = useState(message);
  const [isBusy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const key = field.current?.value.trim() ?? '';
    setBusy(true);
    setSaid(null);
    const refusal = await tried(key);
    setBusy(false);
    if (refusal === null) {
      onKey(key);
      return;
    }
    setSaid(refusal);
    field.current?.focus();
    field.current?.select();
  };
  return (
    <main class="gate">
      <form class="gate-card" onSubmit={(event) => void submit(event)} noValidate>
        <Mark />
        <h1>RDS import</h1>
        <p class="muted">What is moving between your instances, live.</p>
        <KeyField field={field} said={said} />
        <button type="submit" class="button primary wide" disabled={isBusy}>
          {isBusy ? 'Trying the key…' : 'Open'}
        </button>
        <p class="small muted">
          The key stays in this tab only and is gone when you close it. It needs the scope{' '}
          <code>migrations:read</code>; to steer, <code>migrations:write</code>.
        </p>
      </form>
      <p class="gate-foot">
        <a href="docs">API documentation</a>
        <ThemeButton />
      </p>
    </main>
  );
}

interface FieldProps {
  readonly field: { current: HTMLInputElement | null };
  readonly said: string | null;
}

function KeyField({ field, said }: FieldProps): JSX.Element {
  const [id, errorId] = [useId(), useId()];
  return (
    <div class="field">
      <label for={id}>API key</label>
      <input
        {...{ id, ref: field, type: 'password', name: 'key', autocomplete: 'off' }}
        spellcheck={false}
        autofocus
        aria-invalid={said !== null}
        aria-describedby={errorId}
      />
      <p id={errorId} class="field-error" role="alert">
        {said}
      </p>
    </div>
  );
}
