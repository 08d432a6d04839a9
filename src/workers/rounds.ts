// What is done again and again, each at its own pace: never two of the same at once, and a failure ends none.
import type { Journal } from '../use-cases/ports.js';

/** While something is away a round that is made often fails as often: one line a minute says so. */
const QUIET_MS = 60_000;

export interface Round {
  readonly name: string;
  readonly everyMs: number;
  readonly run: () => Promise<void>;
}

export class Rounds {
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly underWay = new Map<string, Promise<void>>();
  private readonly quietUntil = new Map<string, number>();

  constructor(
    private readonly rounds: readonly Round[],
    private readonly journal: Journal,
  ) {}

  /** The first of each at once. */
  start(): void {
    for (const round of this.rounds) {
      this.timers.push(setInterval(() => this.begin(round), round.everyMs));
      this.begin(round);
    }
  }

  /** Begins none any more and waits for those under way. */
  async stop(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    await Promise.all(this.underWay.values());
  }

  /** One that hangs must not be followed by more of it. */
  private begin(round: Round): void {
    if (this.underWay.has(round.name)) return;
    const done = this.runOnce(round).finally(() => this.underWay.delete(round.name));
    this.underWay.set(round.name, done);
  }

  private async runOnce({ name, run }: Round): Promise<void> {
    try {
      await run();
      this.quietUntil.delete(name);
    } catch (error) {
      if (performance.now() < (this.quietUntil.get(name) ?? 0)) return;
      this.quietUntil.set(name, performance.now() + QUIET_MS);
      const why = error instanceof Error ? error.message : String(error);
      this.journal.warn(`${name} failed; it comes again`, { why });
    }
  }
}
