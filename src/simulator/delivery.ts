// How an answer leaves: whole, late, cut in half, not at all, or with the connection reset.
import type { ServerResponse } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

export type Delivery =
  | { readonly kind: 'whole'; readonly answer: Answer; readonly delayMs: number }
  /** The headers promise all of the body, half of it follows, then the connection breaks. */
  | { readonly kind: 'half'; readonly answer: Answer }
  | { readonly kind: 'reset' }
  /** Never; until the client gives up or the simulator ends. */
  | { readonly kind: 'never' };

function begin(response: ServerResponse, answer: Answer): Buffer {
  const body = Buffer.from(answer.body, 'utf8');
  response.writeHead(answer.status, {
    ...answer.headers,
    'content-type': answer.contentType,
    'content-length': body.length,
  });
  return body;
}

function sendHalf(response: ServerResponse, answer: Answer): void {
  const body = begin(response, answer);
  const half = body.subarray(0, Math.floor(body.length / 2));
  response.write(half, () => response.socket?.destroy());
}

function sendLater(response: ServerResponse, answer: Answer, delayMs: number): void {
  const timer = setTimeout(() => response.end(begin(response, answer)), delayMs);
  response.once('close', () => clearTimeout(timer));
}

export function deliver(response: ServerResponse, delivery: Delivery): void {
  switch (delivery.kind) {
    case 'whole':
      if (delivery.delayMs > 0) sendLater(response, delivery.answer, delivery.delayMs);
      else response.end(begin(response, delivery.answer));
      return;
    case 'half':
      sendHalf(response, delivery.answer);
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'never':
  }
}
