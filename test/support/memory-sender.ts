// The in-memory twins of who sends to webhooks and of what seals their secrets: an endpoint that answers as it is told.
import type { SendOutcome } from '../../src/domain/webhook-delivery.js';
import type { Webhook } from '../../src/domain/webhook.js';
import { Secret } from '../../src/use-cases/ports-credentials.js';
import {
  WebhookSecrets,
  WebhookSender,
  type SignedSend,
  type SigningSecret,
} from '../../src/use-cases/ports-webhooks.js';

export const TAKEN: SendOutcome = { kind: 'taken', status: 204 };

export class MemorySender extends WebhookSender {
  readonly sent: SignedSend[] = [];
  /** What the endpoint does with a request. */
  answer: (request: SignedSend) => SendOutcome | Promise<SendOutcome> = () => TAKEN;

  /** Of names nothing is known; literal addresses of this machine are refused. */
  override async refusal(url: string): Promise<string | null> {
    return new URL(url).hostname === '127.0.0.1' ? 'The host may not be reached' : null;
  }

  override async send(request: SignedSend): Promise<SendOutcome> {
    this.sent.push(request);
    return this.answer(request);
  }
}

/** Seals by keeping: the sealed text is the place where it lies. */
export class MemoryWebhookSecrets extends WebhookSecrets {
  private readonly kept: (readonly SigningSecret[])[] = [];
  private made = 0;

  override make(): Secret {
    this.made += 1;
    return new Secret(`whsec_${Buffer.from(`secret ${this.made}`.padEnd(32)).toString('base64')}`);
  }

  override seal(
    _owner: Pick<Webhook, 'tenant' | 'id'>,
    secrets: readonly SigningSecret[],
  ): Pick<Webhook, 'sealed' | 'keyVersion'> {
    return { sealed: String(this.kept.push(secrets) - 1), keyVersion: 'k1' };
  }

  override open({ sealed }: Pick<Webhook, 'sealed'>): readonly SigningSecret[] {
    const secrets = this.kept[Number(sealed)];
    if (secrets === undefined) throw new Error('nothing is sealed there');
    return secrets;
  }
}
