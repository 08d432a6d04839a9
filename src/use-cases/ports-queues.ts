// What there is to see of the queues, for the operator's page: to look at, never to change.

export interface BoardQuestion {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
}

export interface BoardAnswer {
  /** Of HTTP, whose words the page's own protocol takes. */
  readonly status: number;
  readonly body: unknown;
}

export interface BoardRead {
  /** Below the page's own; `:name` stands for a part of it. */
  readonly path: string;
  /** Rejects when the queues cannot be read. */
  answer(question: BoardQuestion): Promise<BoardAnswer>;
}

export abstract class QueueBoard {
  /** Paths below the page's own, each of which shows it. */
  abstract readonly views: readonly string[];
  abstract readonly reads: readonly BoardRead[];
  /** Folder of all files that the page may ask for. */
  abstract readonly files: string;
  /** What it begins with: paths in that folder, in their order. */
  abstract readonly styles: readonly string[];
  abstract readonly scripts: readonly string[];
  /** What the page is told about itself: JSON that is safe in HTML. */
  abstract readonly settings: string;
}
