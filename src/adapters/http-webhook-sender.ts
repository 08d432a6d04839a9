/**
 * Sends one signed request to an endpoint: one POST over a connection of its own, never redirected, never
 * repeated, to an address that was just found to be allowed.
 *
 * The addresses that the guard has looked at are the ones that are connected to: nobody resolves the name
 * a second time, so that it cannot mean something else by then. Signed by Standard Webhooks: the MAC is of
 * `id.timestamp.body`, one signature for each secret, all in one header. Of the answer only the status and
 * Retry-After count; its body is read to a limit and dropped.
 */
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { Webhook as Signer } from 'standardwebhooks';
import { SEND_TIMEOUT_MS } from '../domain/webhook-policy.js';
import type { SendError, SendOutcome } from '../domain/webhook-delivery.js';
import { WebhookSender, type SignedSend } from '../use-cases/ports-webhooks.js';
import type { AddressGuard } from './http-address-guard.js';

const MAX_ANSWER_BYTES = 8_192;
const USER_AGENT = 'rds-import-webhooks/1';

export class HttpWebhookSender extends WebhookSender {
  constructor(
    private readonly guard: AddressGuard,
    private readonly timeoutMs = SEND_TIMEOUT_MS,
  ) {
    super();
  }

  override async refusal(url: string): Promise<string | null> {
    const reading = await this.guard.read(new URL(url).hostname);
    switch (reading.kind) {
      case 'addresses':
        return null;
      case 'refused':
        return 'The host is, or resolves to, an address that webhooks may not reach';
      case 'not_found':
        return 'The host cannot be resolved';
    }
  }

  override async send(request: SignedSend): Promise<SendOutcome> {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), this.timeoutMs);
    try {
      return await this.sendWithin(request, deadline.signal);
    } catch (error) {
      return { kind: 'unsent', error: deadline.signal.aborted ? 'timeout' : wordOf(error) };
    } finally {
      clearTimeout(timer);
    }
  }

  private async sendWithin(request: SignedSend, signal: AbortSignal): Promise<SendOutcome> {
    const url = new URL(request.url);
    const reading = await untilAborted(this.guard.read(url.hostname), signal);
    if (reading.kind === 'refused') return { kind: 'unsent', error: 'address_refused' };
    if (reading.kind === 'not_found') return { kind: 'unsent', error: 'name_not_found' };
    const ask = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const call = ask(url, {
      method: 'POST',
      headers: { ...headersOf(request), 'content-length': Buffer.byteLength(request.body) },
      agent: false,
      lookup: only(reading.addresses),
      // Said aloud, as NODE_TLS_REJECT_UNAUTHORIZED=0 changes only the default.
      rejectUnauthorized: true,
      signal,
    });
    // A late error must not bring the process down: what matters reaches us through what is awaited.
    call.on('error', () => {});
    try {
      call.end(request.body);
      const [response] = (await once(call, 'response', { signal })) as [IncomingMessage];
      await drain(response);
      return outcomeOf(response);
    } finally {
      call.destroy();
    }
  }
}

function headersOf({ eventId, atMs, body, secrets }: SignedSend): Record<string, string> {
  const at = new Date(atMs);
  const signatures = secrets.map((secret) => new Signer(secret.open()).sign(eventId, at, body));
  return {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': USER_AGENT,
    'webhook-id': eventId,
    'webhook-timestamp': String(Math.floor(atMs / 1_000)),
    'webhook-signature': signatures.join(' '),
  };
}

/** Answers with these addresses whatever the name is. Of a literal address Node asks nothing: the guard has. */
const only =
  (addresses: readonly string[]): LookupFunction =>
  (_hostname, { all }, done) => {
    const found = addresses.map((address) => ({ address, family: isIP(address) }));
    const [first] = found;
    if (first === undefined) return done(new Error('no address'), []);
    if (all === true) done(null, found);
    else done(null, first.address, first.family);
  };

/** The guard's question cannot be taken back, but nobody waits for its answer any longer. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = once(signal, 'abort').then((): never => {
    throw new Error('too late');
  });
  aborted.catch(() => {});
  return Promise.race([work, aborted]);
}

/** So that a polite receiver sees its answer taken; a talkative one is cut off. */
async function drain(response: IncomingMessage): Promise<void> {
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) return;
    }
  } catch {
    // The status has been told: what becomes of the rest changes nothing.
  }
}

/** 3xx is a refusal: whoever answers it does not take the event, and may send us anywhere. */
function outcomeOf({ statusCode: status = 0, headers }: IncomingMessage): SendOutcome {
  if (status >= 200 && status < 300) return { kind: 'taken', status };
  if (status === 410) return { kind: 'gone', status };
  if (status !== 429 && status !== 503) return { kind: 'refused', status };
  return { kind: 'busy', status, retryAfterMs: retryAfterOf(headers['retry-after']) };
}

/** Seconds only: a date would need the receiver's clock. */
const retryAfterOf = (text: string | undefined): number | null =>
  text !== undefined && /^\d{1,7}$/.test(text) ? Number(text) * 1_000 : null;

const WORDS: Readonly<Record<string, SendError>> = {
  ECONNREFUSED: 'connection_refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'connection_lost',
  EPIPE: 'connection_lost',
  EPROTO: 'tls_failed',
};

function wordOf(error: unknown): SendError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('HPE_')) return 'not_http';
  return WORDS[code] ?? (/TLS|SSL|CERT|SIGNATURE|ISSUER/.test(code) ? 'tls_failed' : 'unreachable');
}
