// Does a thing soon after it was asked for, however often that is, and never twice within its pace.

export class Paced {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private lastAt = Number.NEGATIVE_INFINITY;
  private isAtWork = false;
  private isAskedAgain = false;
  private hasEnded = false;

  /** `work` tells of its own failures. */
  constructor(
    private readonly paceMs: number,
    private readonly work: () => Promise<void>,
  ) {}

  ask(): void {
    if (this.hasEnded || this.timer !== null) return;
    if (this.isAtWork) {
      this.isAskedAgain = true;
      return;
    }
    const waitMs = Math.max(0, this.lastAt + this.paceMs - Date.now());
    this.timer = setTimeout(() => void this.run(), waitMs);
  }

  stop(): void {
    this.hasEnded = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private async run(): Promise<void> {
    this.timer = null;
    this.isAtWork = true;
    this.isAskedAgain = false;
    try {
      await this.work();
    } finally {
      this.isAtWork = false;
      this.lastAt = Date.now();
    }
    if (this.isAskedAgain) this.ask();
  }
}
