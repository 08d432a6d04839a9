// What the URL of a webhook may look like, before anybody asks where it leads.
import { MAX_URL_LENGTH } from './webhook-policy.js';

const VISIBLE_ASCII = /^[\x21-\x7e]+$/;
const SCHEME = /^https?:\/\//i;

/** The URL as it is called, or what is wrong with it: told without repeating it, as it may hold a secret. */
export type UrlReading =
  | { readonly kind: 'url'; readonly href: string }
  | { readonly kind: 'fault'; readonly message: string };

/**
 * As browsers and Node read it: numbers that mean an IPv4 address (`2130706433`, `0x7f.1`, `0177.0.0.1`)
 * come out as that address.
 */
export function readUrl(text: string): UrlReading {
  if (text.length > MAX_URL_LENGTH) return fault(`must be up to ${MAX_URL_LENGTH} characters`);
  if (!VISIBLE_ASCII.test(text)) return fault('must be visible ASCII characters without blanks');
  if (!SCHEME.test(text)) return fault('must begin with https:// or http://');
  if (text.includes('#')) return fault('must not have a fragment');
  if (!URL.canParse(text)) return fault('is not a URL');
  const { username, password, hostname, href, port } = new URL(text);
  if (username !== '' || password !== '') return fault('must not have a user name or password');
  if (href.length > MAX_URL_LENGTH) return fault(`must be up to ${MAX_URL_LENGTH} characters`);
  if (hostname === '' || port === '0') return fault('must name a host, and no port 0');
  return { kind: 'url', href };
}

const fault = (message: string): UrlReading => ({ kind: 'fault', message });
