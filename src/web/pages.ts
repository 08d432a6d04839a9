// Reads lists page by page, so that what has come is shown while the rest is on its way.
import type { ApiClient } from './api-client.js';
import type { Migration, Page } from './api-views.js';

const PAGE_SIZE = 200;
/** What is older is not shown; a batch is never larger. */
const MOST_ROWS = 10_000;

/** `take` gets each page and says whether to go on. True when there was more than is shown. */
export async function eachPage(
  api: ApiClient,
  batchId: string | null,
  take: (items: readonly Migration[]) => boolean,
): Promise<boolean> {
  const scope = batchId === null ? '' : `&batchId=${batchId}`;
  let cursor: string | null = null;
  let seen = 0;
  do {
    const from: string = cursor === null ? '' : `&cursor=${cursor}`;
    const path = `v1/migrations?limit=${PAGE_SIZE}${scope}${from}`;
    const page: Page<Migration> = await api.get<Page<Migration>>(path);
    if (!take(page.items)) return false;
    seen += page.items.length;
    cursor = page.nextCursor;
  } while (cursor !== null && seen < MOST_ROWS);
  return cursor !== null;
}

/** The newest that may need a person, of all batches. */
export async function troublesOf(api: ApiClient): Promise<readonly Migration[]> {
  const pages = ['outcome_unknown', 'failed'].map((status) =>
    api.get<Page<Migration>>(`v1/migrations?status=${status}&limit=${PAGE_SIZE}`),
  );
  return (await Promise.all(pages)).flatMap(({ items }) => items);
}
