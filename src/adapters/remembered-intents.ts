// The intents that this process wrote lately, by which it can tell whether Redis still has them.

export interface RememberedIntent {
  readonly migrationId: string;
  /** Of its record when the intent was written; it only grows. */
  readonly version: number;
  readonly at: number;
}

const MOST_REMEMBERED = 1_000;

/**
 * A loss reaches back seconds, a restored backup is given away by the count. A day is the shortest time after which
 * retention drops a record: an intent is forgotten long before its record can be missing rightly.
 */
const REMEMBERED_FOR_MS = 3_600_000;

export class RememberedIntents {
  /** By migration, oldest first; with it, when it was last looked for (0: never). */
  private readonly intents = new Map<string, { intent: RememberedIntent; lookedFor: number }>();
  private looks = 0;

  add(intent: RememberedIntent): void {
    this.intents.delete(intent.migrationId);
    this.intents.set(intent.migrationId, { intent, lookedFor: 0 });
    const oldest = this.intents.keys().next().value;
    if (this.intents.size > MOST_REMEMBERED && oldest !== undefined) this.intents.delete(oldest);
  }

  all(now: number): readonly RememberedIntent[] {
    this.forgetOld(now);
    return [...this.intents.values()].map(({ intent }) => intent);
  }

  /** Those to be looked for next: first who never were, then those whose look is longest ago. */
  next(now: number, most: number): readonly RememberedIntent[] {
    this.forgetOld(now);
    const inTurn = [...this.intents.values()].sort((a, b) => a.lookedFor - b.lookedFor);
    return inTurn.slice(0, most).map(({ intent }) => intent);
  }

  lookedFor(intents: readonly RememberedIntent[]): void {
    this.looks += 1;
    for (const intent of intents) {
      const known = this.intents.get(intent.migrationId);
      if (known?.intent === intent) known.lookedFor = this.looks;
    }
  }

  has(intent: RememberedIntent): boolean {
    return this.intents.get(intent.migrationId)?.intent === intent;
  }

  forget(intents: readonly RememberedIntent[]): void {
    for (const intent of intents) {
      if (this.has(intent)) this.intents.delete(intent.migrationId);
    }
  }

  private forgetOld(now: number): void {
    for (const [id, { intent }] of this.intents) {
      if (now - intent.at <= REMEMBERED_FOR_MS) return;
      this.intents.delete(id);
    }
  }
}
