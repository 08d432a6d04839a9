// Tells whose API key a request carries.
import { Injectable } from '@nestjs/common';
import type { Caller } from '../domain/access.js';
import { ApiKeys } from './ports.js';

@Injectable()
export class Authenticate {
  constructor(private readonly keys: ApiKeys) {}

  /** Null for a key that is not valid now. */
  async caller(key: string): Promise<Caller | null> {
    return this.keys.callerOf(key);
  }
}
