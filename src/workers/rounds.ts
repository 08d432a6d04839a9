// What is done again and again, each at its own pace: never two of the same at once, and a failure ends none.
import type { Journal } from '../use-cases/ports.js';

export interface Round {
  readonly name: string;
  readonly everyMs: number;
  readonly run: () => Promise<void>;
}

export class Rounds {
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly underWay = new Map<string, Promise<void>>();

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
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.journal.warn(`${name} failed; it comes again`, { why });
    }
  }
}
