// Counts every try to deliver an event, beside making it.
import type { DeliveryOutcome, Figures } from '../use-cases/ports-figures.js';
import { WebhookSender, type SignedSend } from '../use-cases/ports-webhooks.js';
import type { SendOutcome } from '../domain/webhook-delivery.js';

export class CountedWebhookSender extends WebhookSender {
  constructor(
    private readonly sender: WebhookSender,
    private readonly figures: Figures,
  ) {
    super();
  }

  override refusal(url: string): Promise<string | null> {
    return this.sender.refusal(url);
  }

  override async send(sending: SignedSend): Promise<SendOutcome> {
    const startedAt = performance.now();
    const outcome = await this.sender.send(sending);
    const word: DeliveryOutcome = outcome.kind === 'taken' ? 'delivered' : 'failed';
    this.figures.delivered(word, (performance.now() - startedAt) / 1_000);
    return outcome;
  }
}
