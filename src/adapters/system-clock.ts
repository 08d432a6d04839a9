// The machine's clock.
import { Clock } from '../use-cases/ports.js';

export class SystemClock extends Clock {
  override now(): number {
    return Date.now();
  }
}
