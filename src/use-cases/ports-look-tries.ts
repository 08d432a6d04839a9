// How often in a row looks at a record did not come to an end: kept beside the records, where a crash leaves it.

export interface Tries {
  readonly count: number;
  /** When the last of them began, or was found to have been cut off; milliseconds since the epoch. */
  readonly lastAt: number;
}

/** Ids are of any record that is looked at: migrations, batches, webhooks. Tries of long ago are forgotten. */
export abstract class LookTries {
  /** Null: none. */
  abstract of(id: string): Promise<Tries | null>;
  /** A look at it was cut off: that is one try, unless some are counted already. Answers how many there are. */
  abstract cutOff(id: string): Promise<number>;
  /** One more, before it begins. Answers which one it is. */
  abstract begin(id: string): Promise<number>;
  /** The last one does not count. */
  abstract takeBack(id: string): Promise<void>;
  abstract clear(id: string): Promise<void>;
}
