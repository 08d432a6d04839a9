// Signs one RPC request by Alibaba Cloud's signature version 3, ACS3-HMAC-SHA256. Action, version and
// signature travel in headers, so nothing secret stands in a URL. Pure: time and nonce are given.
// Source: alibabacloud.com doc-detail/2593177; its published examples are the tests.
import { createHash, createHmac } from 'node:crypto';
import type { CredentialSecrets } from '../use-cases/ports-credentials.js';

const ALGORITHM = 'ACS3-HMAC-SHA256';

export type Parameters = Readonly<Record<string, string>>;

export interface RpcRequest {
  /** As in the Host header: with the port where it is not the scheme's own. */
  readonly host: string;
  readonly action: string;
  readonly version: string;
  readonly query: Parameters;
  /** Sent as a form body; null for an empty body. */
  readonly form: Parameters | null;
  /** `yyyy-MM-ddTHH:mm:ssZ`. Upstream refuses one that is more than 15 minutes off. */
  readonly timestamp: string;
  readonly nonce: string;
}

/** The exact bytes to POST. */
export interface SignedRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Hex SHA-256 of the canonical request: the same for the same parameters, time, nonce and token. */
  readonly canonicalHash: string;
}

export function signRequest(request: RpcRequest, secrets: CredentialSecrets): SignedRequest {
  const query = encodeParameters(request.query);
  const body = request.form === null ? '' : encodeParameters(request.form);
  const signed = headersToSign(request, body, secrets);
  const names = Object.keys(signed).sort();
  const lines = names.map((name) => `${name}:${(signed[name] ?? '').trim()}\n`);
  const canonical = ['POST', '/', query, lines.join(''), names.join(';'), sha256(body)].join('\n');

  const canonicalHash = sha256(canonical);
  const signature = createHmac('sha256', secrets.accessKeySecret.open())
    .update(`${ALGORITHM}\n${canonicalHash}`)
    .digest('hex');
  const credential = `Credential=${secrets.accessKeyId.open()}`;
  return {
    path: query === '' ? '/' : `/?${query}`,
    headers: {
      ...signed,
      accept: 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      authorization: `${ALGORITHM} ${credential},SignedHeaders=${names.join(';')},Signature=${signature}`,
    },
    body,
    canonicalHash,
  };
}

function headersToSign(
  request: RpcRequest,
  body: string,
  secrets: CredentialSecrets,
): Record<string, string> {
  const headers: Record<string, string> = {
    host: request.host,
    'x-acs-action': request.action,
    'x-acs-content-sha256': sha256(body),
    'x-acs-date': request.timestamp,
    'x-acs-signature-nonce': request.nonce,
    'x-acs-version': request.version,
  };
  if (request.form !== null) headers['content-type'] = 'application/x-www-form-urlencoded';
  if (secrets.securityToken !== null) {
    headers['x-acs-security-token'] = secrets.securityToken.open();
  }
  return headers;
}

/** Sorted by name, RFC 3986: the same text is signed and sent, so both sides read the same bytes. */
export function encodeParameters(parameters: Parameters): string {
  return Object.keys(parameters)
    .sort()
    .map((name) => `${encodeRfc3986(name)}=${encodeRfc3986(parameters[name] ?? '')}`)
    .join('&');
}

/** Leaves only `A-Z a-z 0-9 - _ . ~`; `encodeURIComponent` alone would also leave `! ' ( ) *`. */
export function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Milliseconds since the epoch as upstream's timestamp; a part of a second is dropped. */
export function upstreamTimestamp(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
