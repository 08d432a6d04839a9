// Tells how far the batches have come that went on since they were last told of.
import { Injectable } from '@nestjs/common';
import { BatchProgress } from './ports-events.js';

/** More than this many batches that move at once are told of a little later. */
const AT_ONCE = 500;

@Injectable()
export class TellProgress {
  constructor(private readonly progress: BatchProgress) {}

  async tell(): Promise<void> {
    const ids = await this.progress.changed(AT_ONCE);
    await Promise.all(ids.map((id) => this.progress.tell(id)));
  }
}
