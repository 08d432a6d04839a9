// Every call of the page to the API: the key goes into the header, what fails comes out in words.
import type { ProblemDetails } from './api-views.js';

/** What a refusal means for the page; all others are told in the words of their problem. */
export type RefusalKind =
  'key_refused' | 'not_allowed' | 'gone' | 'too_many' | 'unreachable' | 'other';

export class Refusal extends Error {
  constructor(
    readonly kind: RefusalKind,
    message: string,
    readonly problem: ProblemDetails | null = null,
  ) {
    super(message);
  }
}

const KINDS: Readonly<Record<number, RefusalKind>> = {
  401: 'key_refused',
  403: 'not_allowed',
  404: 'gone',
  429: 'too_many',
};

/** The stream begins at a place that is no longer in the log: nothing can be caught up on from there. */
const DROPPED = new Set([400, 409, 410, 412, 422]);

export class ApiClient {
  /** `base`: the address of the page, so that all is relative to it. */
  constructor(
    private readonly base: string,
    private readonly key: string,
  ) {}

  get<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
    return this.ask<Answer>(path, { ...(signal !== undefined && { signal }) });
  }

  post<Answer>(path: string, body?: object): Promise<Answer> {
    const json = { 'content-type': 'application/json' };
    return this.ask<Answer>(path, {
      method: 'POST',
      ...(body !== undefined && { headers: json, body: JSON.stringify(body) }),
    });
  }

  /** Bytes as they come. `lastEventId`: all after it; null: from now on. */
  async stream(lastEventId: string | null, signal: AbortSignal): Promise<StreamAnswer> {
    const place = lastEventId === null ? {} : { 'last-event-id': lastEventId };
    const headers = { accept: 'text/event-stream', ...place };
    const answer = await this.send('v1/events', { headers, signal });
    if (lastEventId !== null && DROPPED.has(answer.status)) return { kind: 'dropped' };
    if (!answer.ok) throw await refusalOf(answer);
    if (answer.body === null) throw new Refusal('unreachable', 'The stream has no body.');
    return { kind: 'open', body: answer.body };
  }

  private async ask<Answer>(path: string, options: RequestInit): Promise<Answer> {
    const answer = await this.send(path, options);
    if (!answer.ok) throw await refusalOf(answer);
    return (await answer.json()) as Answer;
  }

  private async send(path: string, { headers, ...options }: RequestInit): Promise<Response> {
    const own = { authorization: `Bearer ${this.key}`, ...(headers as Record<string, string>) };
    const request = { ...options, headers: own, cache: 'no-store', credentials: 'omit' } as const;
    try {
      return await fetch(new URL(path, this.base), request);
    } catch (error) {
      if (options.signal?.aborted === true) throw error;
      throw new Refusal('unreachable', 'The service does not answer.');
    }
  }
}

export type StreamAnswer =
  | { readonly kind: 'dropped' }
  | { readonly kind: 'open'; readonly body: ReadableStream<Uint8Array> };

async function refusalOf(answer: Response): Promise<Refusal> {
  const kind = KINDS[answer.status] ?? 'other';
  const problem = await problemOf(answer);
  if (problem === null) return new Refusal(kind, `The service answered ${answer.status}.`);
  const more = (problem.errors ?? []).map(({ message }) => message);
  const said = problem.detail === '' ? problem.title : problem.detail;
  return new Refusal(kind, [said, ...more].join(' '), problem);
}

async function problemOf(answer: Response): Promise<ProblemDetails | null> {
  try {
    const body = (await answer.json()) as Partial<ProblemDetails>;
    const { title = '', detail = '', code = '', requestId = '', errors } = body;
    return { title, detail, code, requestId, ...(errors !== undefined && { errors }) };
  } catch {
    return null;
  }
}

/** In words for the reader, whatever was thrown. */
export const wordsOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
