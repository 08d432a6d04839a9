// The reads of the little world, counted, and its surveys: shared by all processes, as the real ones are.
import type { Clock } from '../../src/use-cases/ports.js';
import type { Survey } from '../../src/use-cases/ports-upstream.js';

/** A read that reached upstream. */
export interface AskedRead {
  readonly what: 'imports' | 'instance' | 'databases' | 'usage' | 'survey';
  /** Null for a page of a survey. */
  readonly instanceId: string | null;
  readonly at: number;
}

const PAGE_SIZE = 100;

export class MemoryReads {
  readonly asked: AskedRead[] = [];
  /** While set, surveys cannot be had, or leave these targets out. */
  surveyFault: 'throttled' | ReadonlySet<string> | null = null;
  private kept: (Survey & { readonly status: string }) | null = null;
  private listedAt = -Infinity;

  constructor(private readonly clock: Clock) {}

  ask(what: AskedRead['what'], instanceId: string | null): void {
    this.asked.push({ what, instanceId, at: this.clock.now() });
  }

  /** A listing begins at most once in half of the age, whether it succeeds or not. */
  survey(status: string, maxAgeMs: number, list: () => readonly string[]): Survey | null {
    const now = this.clock.now();
    if (now - this.listedAt >= maxAgeMs / 2) {
      this.listedAt = now;
      this.kept = this.list(status, list());
    }
    const { kept } = this;
    return kept?.status === status && now - kept.atMs <= maxAgeMs ? kept : null;
  }

  private list(
    status: string,
    shown: readonly string[],
  ): (Survey & { readonly status: string }) | null {
    const { surveyFault } = this;
    const isRefused = surveyFault === 'throttled';
    const pages = isRefused ? 1 : Math.floor(shown.length / PAGE_SIZE) + 1;
    for (let page = 0; page < pages; page += 1) this.ask('survey', null);
    if (isRefused) return null;
    const ids = shown.filter((id) => surveyFault?.has(id) !== true);
    return { instanceIds: new Set(ids), atMs: this.clock.now(), status };
  }
}
