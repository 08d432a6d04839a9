// The machine's clock and its timers.
import { setTimeout as sleep } from 'node:timers/promises';
import { Clock, Pause } from '../use-cases/ports.js';

export class SystemClock extends Clock {
  override now(): number {
    return Date.now();
  }
}

export class SystemPause extends Pause {
  override async wait(ms: number): Promise<void> {
    await sleep(ms);
  }
}
