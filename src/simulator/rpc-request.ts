// Reads an RPC request off the wire without judging it: whatever is missing is null, so that every request can be
// journalled before it is refused.
import type { IncomingHttpHeaders } from 'node:http';
import { ALGORITHM_V3, type Pair } from './signature.js';

export interface Incoming {
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface RpcRequest {
  readonly scheme: 'V1' | 'V3';
  readonly method: string;
  readonly path: string;
  readonly query: readonly Pair[];
  readonly form: readonly Pair[];
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly action: string | null;
  readonly version: string | null;
  readonly accessKeyId: string | null;
  readonly securityToken: string | null;
  readonly nonce: string | null;
  readonly timestamp: string | null;
  readonly signature: string | null;
  /** V3 only: the names in `SignedHeaders`. */
  readonly signedHeaders: readonly string[];
  readonly wantsXml: boolean;
  /** What is left without the parameters of the protocol. */
  readonly params: ReadonlyMap<string, string>;
}

const PROTOCOL_PARAMS = new Set([
  'Action',
  'Version',
  'Format',
  'AccessKeyId',
  'SecurityToken',
  'Signature',
  'SignatureMethod',
  'SignatureVersion',
  'SignatureNonce',
  'SignatureType',
  'Timestamp',
]);

export function headerText(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name];
  if (value === undefined) return null;
  return Array.isArray(value) ? value.join(',') : value;
}

function formOf({ headers, body }: Incoming): readonly Pair[] {
  const type = headerText(headers, 'content-type') ?? '';
  const isForm = type.toLowerCase().startsWith('application/x-www-form-urlencoded');
  return isForm ? [...new URLSearchParams(body.toString('utf8'))] : [];
}

function authorizationPart(authorization: string, name: string): string | null {
  return new RegExp(`(?:^|[ ,])${name}=([^, ]*)`).exec(authorization)?.[1] ?? null;
}

export function readRpcRequest(incoming: Incoming): RpcRequest {
  const { method, headers, body } = incoming;
  const cut = incoming.target.indexOf('?');
  const path = cut < 0 ? incoming.target : incoming.target.slice(0, cut);
  const query: readonly Pair[] =
    cut < 0 ? [] : [...new URLSearchParams(incoming.target.slice(cut + 1))];
  const form = formOf(incoming);
  const all = new Map<string, string>([...query, ...form]);
  const params = new Map([...all].filter(([name]) => !PROTOCOL_PARAMS.has(name)));
  const wire = { method, path, query, form, headers, body, params };
  const authorization = headerText(headers, 'authorization') ?? '';
  const param = (name: string): string | null => all.get(name) ?? null;
  const format = param('Format')?.toUpperCase();

  if (!authorization.startsWith(ALGORITHM_V3)) {
    return {
      ...wire,
      scheme: 'V1',
      action: param('Action'),
      version: param('Version'),
      accessKeyId: param('AccessKeyId'),
      securityToken: param('SecurityToken'),
      nonce: param('SignatureNonce'),
      timestamp: param('Timestamp'),
      signature: param('Signature'),
      signedHeaders: [],
      wantsXml: format !== 'JSON',
    };
  }
  const signedHeaders = authorizationPart(authorization, 'SignedHeaders');
  return {
    ...wire,
    scheme: 'V3',
    action: headerText(headers, 'x-acs-action'),
    version: headerText(headers, 'x-acs-version'),
    accessKeyId: authorizationPart(authorization, 'Credential'),
    securityToken: headerText(headers, 'x-acs-security-token'),
    nonce: headerText(headers, 'x-acs-signature-nonce'),
    timestamp: headerText(headers, 'x-acs-date'),
    signature: authorizationPart(authorization, 'Signature'),
    signedHeaders: signedHeaders === null ? [] : signedHeaders.split(';'),
    wantsXml: format === 'XML',
  };
}
