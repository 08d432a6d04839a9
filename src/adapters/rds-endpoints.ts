// Which host answers for a region. A region id can never smuggle another host in.
// Source: Alibaba's OpenAPI metadata (aliyun-openapi-meta, products.json, product Rds, 2026-04).

/** Where requests go. `host` is the Host header: with the port where it is not the scheme's own. */
export interface Endpoint {
  readonly isTls: boolean;
  readonly hostname: string;
  readonly port: number;
  readonly host: string;
}

const CENTRAL_REGIONS: ReadonlySet<string> = new Set([
  'cn-beijing',
  'cn-hangzhou',
  'cn-shanghai',
  'cn-shenzhen',
  'cn-qingdao',
  'cn-heyuan',
  'cn-hongkong',
  'cn-hangzhou-finance',
  'cn-shanghai-finance-1',
  'cn-beijing-finance-1',
]);

const REGION_ID = /^[a-z]{2}-[a-z0-9-]{1,40}$/;

/** Null when the region id has the wrong form; a region unknown here gets a host of its own. */
export function endpointOf(regionId: string, override: Endpoint | null): Endpoint | null {
  if (!REGION_ID.test(regionId)) return null;
  if (override !== null) return override;
  const isCentral = CENTRAL_REGIONS.has(regionId);
  const hostname = isCentral ? 'rds.aliyuncs.com' : `rds.${regionId}.aliyuncs.com`;
  return { isTls: true, hostname, port: 443, host: hostname };
}

/** Of the service that gives out sessions: every region has a host of its own. */
export function stsEndpointOf(regionId: string, override: Endpoint | null): Endpoint | null {
  if (!REGION_ID.test(regionId)) return null;
  const hostname = `sts.${regionId}.aliyuncs.com`;
  return override ?? { isTls: true, hostname, port: 443, host: hostname };
}

/** Reads `http://host:port` or `https://…`. Throws when the text is anything more or less than that. */
export function parseEndpoint(text: string): Endpoint {
  if (!/^https?:\/\/[^/?#@\s]+\/?$/.test(text) || !URL.canParse(text)) {
    throw new Error('the endpoint must be http://host:port or https://host:port and nothing more');
  }
  const url = new URL(text);
  const isTls = url.protocol === 'https:';
  const port = url.port === '' ? (isTls ? 443 : 80) : Number(url.port);
  // An IPv6 address stands in brackets in a URL and in Host, and without them in connect().
  return { isTls, hostname: url.hostname.replace(/^\[|\]$/g, ''), port, host: url.host };
}
