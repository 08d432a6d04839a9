// The port QueueBoard with one queue that never moves; its files are those beside it.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  QueueBoard,
  type BoardAnswer,
  type BoardQuestion,
} from '../../src/use-cases/ports-queues.js';

export class StillBoard extends QueueBoard {
  override readonly views = ['/', '/queue/:queueName'];
  override readonly files = path.dirname(fileURLToPath(import.meta.url));
  override readonly styles = ['main.css'];
  override readonly scripts = ['main.js'];
  override readonly settings = '{"boardTitle":"still"}';
  /** Thrown at whoever reads. */
  failure: Error | null = null;
  override readonly reads = [
    { path: '/api/queues', answer: () => this.found({ queues: [{ name: 'submit' }] }) },
    { path: '/api/queues/:queueName', answer: (question: BoardQuestion) => this.one(question) },
  ];

  private async found(body: unknown): Promise<BoardAnswer> {
    if (this.failure !== null) throw this.failure;
    return { status: 200, body };
  }

  private async one({ params, query }: BoardQuestion): Promise<BoardAnswer> {
    if (query['page'] === 'x') return { status: 400, body: null };
    return params['queueName'] === 'submit'
      ? this.found({ name: 'submit' })
      : { status: 404, body: null };
  }
}
