// Brings every stored credential under the first master key. Safe to stop anywhere and to run again: what is done has left the rows.
import { Injectable } from '@nestjs/common';
import { MasterKeys, SealedCredentials, type SealedCredential } from './ports-master-keys.js';

export interface RewrapReport {
  readonly rewrapped: number;
  /** Were under the first key before. */
  readonly already: number;
  /** Ids of those that no key at hand opens. */
  readonly unopened: readonly string[];
}

/** So many are read with one step. */
const CHUNK = 200;
/** Each pass means that others wrote meanwhile what this one was about to write. */
const MOST_PASSES = 20;

type Outcome = 'rewrapped' | 'changed' | 'gone' | 'unopened';

@Injectable()
export class RewrapCredentials {
  constructor(
    private readonly credentials: SealedCredentials,
    private readonly keys: MasterKeys,
  ) {}

  /** Throws when others keep changing the same credentials. */
  async all(): Promise<RewrapReport> {
    const already = await this.credentials.count(this.keys.firstKey);
    let rewrapped = 0;
    for (let passes = 0; passes < MOST_PASSES; passes += 1) {
      const outcomes = await this.pass();
      rewrapped += [...outcomes.values()].filter((outcome) => outcome === 'rewrapped').length;
      if ([...outcomes.values()].includes('changed')) continue;
      const unopened = [...outcomes].flatMap(([id, came]) => (came === 'unopened' ? [id] : []));
      return { rewrapped, already, unopened };
    }
    throw new Error('Others keep changing the credentials: try again');
  }

  private async pass(): Promise<ReadonlyMap<string, Outcome>> {
    const outcomes = new Map<string, Outcome>();
    for (const keyVersion of await this.credentials.keyVersions()) {
      if (keyVersion === this.keys.firstKey) continue;
      let afterId: string | null = null;
      do {
        const page = await this.credentials.page(keyVersion, { limit: CHUNK, afterId });
        for (const credential of page.items) {
          outcomes.set(credential.id, await this.rewrap(credential));
        }
        afterId = page.nextAfterId;
      } while (afterId !== null);
    }
    return outcomes;
  }

  private async rewrap(credential: SealedCredential): Promise<Outcome> {
    let fresh;
    try {
      fresh = this.keys.rewrap(credential);
    } catch {
      return 'unopened';
    }
    const outcome = await this.credentials.reseal(credential, fresh);
    return outcome === 'resealed' ? 'rewrapped' : outcome;
  }
}
