// Reads settings one by one and collects what is wrong with them; no text here ever prints a secret.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP, SocketAddress } from 'node:net';
import { Secret } from './use-cases/ports-credentials.js';

export interface MasterKey {
  readonly id: string;
  readonly key: Buffer;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export class Reader {
  readonly problems: string[] = [];
  constructor(private readonly environment: Environment) {}

  problem(name: string, what: string): void {
    this.problems.push(`${name} ${what}`);
  }

  /** An empty variable is as a missing one. */
  optional(name: string): string | null {
    const value = this.environment[name]?.trim();
    return value === undefined || value === '' ? null : value;
  }

  text(name: string, fallback: string): string {
    return this.optional(name) ?? fallback;
  }

  integer(name: string, fallback: number, min: number, max: number): number {
    const value = this.optional(name);
    if (value === null) return fallback;
    const number = /^\d{1,12}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= min && number <= max) return number;
    this.problem(name, `must be a whole number from ${min} to ${max}`);
    return fallback;
  }

  oneOf<const T extends string>(name: string, allowed: readonly T[], fallback: T): T {
    const value = this.optional(name);
    if (value === null) return fallback;
    const found = allowed.find((word) => word === value);
    if (found === undefined) this.problem(name, `must be one of ${allowed.join(', ')}`);
    return found ?? fallback;
  }

  redisUrl(name: string, fallback: string): Secret {
    const value = this.text(name, fallback);
    const isFit = value.split(',').every((node) => {
      const url = parseUrl(node.trim());
      return url !== null && (url.protocol === 'redis:' || url.protocol === 'rediss:');
    });
    if (!isFit) this.problem(name, 'must be redis://… or rediss://… (a comma list for a cluster)');
    const schemes = new Set(value.split(',').map((node) => node.trim().split(':')[0]));
    if (isFit && schemes.size > 1) this.problem(name, 'must not mix redis:// and rediss://');
    return new Secret(value);
  }

  /** The content of a file of PEM certificates. */
  certificates(name: string): string | null {
    const file = this.optional(name);
    if (file === null) return null;
    try {
      const pem = readFileSync(file, 'utf8');
      const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
      if (found.map((each) => new X509Certificate(each)).length > 0) return pem;
    } catch {
      // Said below: which of the two it was, the person sees in the file.
    }
    this.problem(name, 'must name a file of PEM certificates that can be read');
    return null;
  }

  keyPrefix(name: string, fallback: string): string {
    const value = this.text(name, fallback);
    if (!/^\{[A-Za-z0-9._-]{1,64}\}[A-Za-z0-9._:-]{0,64}$/.test(value)) {
      this.problem(
        name,
        'must begin with a hash tag such as {rds-import}, then letters, digits, . _ : -',
      );
    }
    return value;
  }

  endpoint(name: string): string | null {
    const value = this.optional(name);
    if (value === null) return null;
    const url = parseUrl(value);
    const isBare = url !== null && url.pathname === '/' && url.search === '' && url.username === '';
    if (isBare && (url.protocol === 'http:' || url.protocol === 'https:')) return url.origin;
    this.problem(name, 'must be http://host:port or https://host:port, nothing more');
    return null;
  }

  /** `true` or `false`. */
  flag(name: string): boolean {
    return this.oneOf(name, ['true', 'false'], 'false') === 'true';
  }

  /** Networks as `address/length`, a comma list. */
  cidrs(name: string): readonly string[] {
    const networks = (this.optional(name) ?? '').split(',').flatMap((part) => part.trim() || []);
    const isFit = networks.every((network) => {
      const [address = '', length = '', ...rest] = network.split('/');
      const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
      return rest.length === 0 && /^\d{1,3}$/.test(length) && Number(length) <= most;
    });
    if (!isFit) this.problem(name, 'must be a comma list of networks such as 10.20.0.0/16');
    return isFit ? networks : [];
  }

  /** Networks that are not everybody's: whoever is in one of them says where a request comes from. */
  proxies(name: string): readonly string[] {
    const networks = this.cidrs(name);
    if (networks.some((network) => network.endsWith('/0'))) {
      this.problem(name, 'must not name every address: then anybody could say where he comes from');
    }
    if (networks.some(isMapped)) {
      this.problem(name, 'must name networks of IPv4 addresses as such: 10.0.0.0/8, not ::ffff:…');
    }
    return networks;
  }

  /** An address with or without a path; no user, query or fragment. */
  url(name: string): string | null {
    const value = this.optional(name);
    if (value === null) return null;
    const url = parseUrl(value);
    const isHttp = url !== null && (url.protocol === 'http:' || url.protocol === 'https:');
    if (isHttp && url.username === '' && url.search === '' && url.hash === '') {
      return url.href.replace(/\/+$/, '');
    }
    this.problem(name, 'must be http://host:port or https://host:port, with a path where needed');
    return null;
  }

  /** The value, or the content of the file that `<name>_FILE` names. */
  private secret(name: string): string | null {
    const value = this.optional(name);
    const file = this.optional(`${name}_FILE`);
    if (value !== null && file !== null) {
      this.problem(name, `and ${name}_FILE are both set: set one`);
      return null;
    }
    if (file === null) return value;
    try {
      return readFileSync(file, 'utf8').trim();
    } catch {
      this.problem(`${name}_FILE`, 'names a file that cannot be read');
      return null;
    }
  }

  masterKeys(name: string): readonly MasterKey[] {
    const before = this.problems.length;
    const text = this.secret(name);
    if (text === null) {
      if (this.problems.length === before) {
        this.problem(name, `or ${name}_FILE is required: id:base64of32bytes[,id:…]`);
      }
      return [];
    }
    const keys = text.split(',').map((part) => {
      const [, id, encoded] =
        /^\s*([A-Za-z0-9._-]{1,64}):([A-Za-z0-9+/]{43}=)\s*$/.exec(part) ?? [];
      return id === undefined || encoded === undefined
        ? null
        : { id, key: Buffer.from(encoded, 'base64') };
    });
    const fit = keys.filter((key) => key !== null);
    if (fit.length !== keys.length) {
      this.problem(name, 'must be id:base64of32bytes[,id:base64of32bytes…]');
    } else if (new Set(fit.map((key) => key.id)).size !== fit.length) {
      this.problem(name, 'has the same key id twice');
    }
    return fit;
  }

  adminKey(name: string): Secret | null {
    const value = this.secret(name);
    if (value === null) return null;
    if (!/^[\x21-\x7e]{32,512}$/.test(value)) {
      this.problem(name, 'must be 32 to 512 visible ASCII characters');
      return null;
    }
    return new Secret(value);
  }
}

const isMapped = (network: string): boolean => {
  const [address = ''] = network.split('/');
  if (isIP(address) !== 6) return false;
  return new SocketAddress({ address, family: 'ipv6' }).address.startsWith('::ffff:');
};

const parseUrl = (text: string): URL | null => (URL.canParse(text) ? new URL(text) : null);
