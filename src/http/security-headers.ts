// Every answer tells browsers to do nothing with it; a page says on top which of its own files it may use.
import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import type { FastifyInstance, RouteOptions } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    helmet?: Omit<FastifyHelmetOptions, 'global'>;
  }
}

type Sources = Readonly<Record<string, readonly string[]>>;

/** An answer of the API is data: nothing in it is run, shown, framed or sent. */
const DATA: Sources = {
  'default-src': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
};

/**
 * Pages by the beginning of their path, and what each may use beyond nothing. Scripts and styles come
 * from files of this service only. A further page gets a row of its own, never a looser one of these.
 */
const PAGES: readonly (readonly [path: string, sources: Sources])[] = [
  // The page itself and nothing below it: its files, like the API, are data to whoever opens them alone.
  [
    '/',
    {
      'script-src': ["'self'"],
      'style-src': ["'self'"],
      'img-src': ["'self'"],
      'connect-src': ["'self'"],
      // No text ever becomes markup or code: nothing on the page may make a type that could.
      'require-trusted-types-for': ["'script'"],
      'trusted-types': ["'none'"],
    },
  ],
  [
    '/docs',
    {
      'script-src': ["'self'"],
      'style-src': ["'self'"],
      // The style sheet of Swagger UI has its icons in itself.
      'img-src': ["'self'", 'data:'],
      'connect-src': ["'self'"],
    },
  ],
  [
    '/queues',
    {
      'script-src': ["'self'"],
      'style-src': ["'self'"],
      'img-src': ["'self'"],
      'connect-src': ["'self'"],
      // The page has one, by which its scripts find each other from every address below it.
      'base-uri': ["'self'"],
    },
  ],
];

type Policy = NonNullable<FastifyHelmetOptions['contentSecurityPolicy']>;

const policyOf = (more: Sources = {}): Policy => ({
  useDefaults: false,
  directives: Object.fromEntries(
    Object.entries({ ...DATA, ...more }).map(([name, sources]) => [name, [...sources]]),
  ),
});

const OPTIONS: FastifyHelmetOptions = {
  contentSecurityPolicy: policyOf(),
  crossOriginEmbedderPolicy: false,
  // A year. Of names below this host the service knows nothing.
  strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: false },
  xFrameOptions: { action: 'deny' },
};

/** The same for what fails before any hook runs; a test holds the two together. */
export const BARE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0',
};

/** Before the first route. No CORS header is ever set: other origins are not given answers to read. */
export function guardBrowsers(server: FastifyInstance): void {
  server.addHook('onRoute', (route) => {
    const sources = pageOf(route);
    if (sources === undefined) return;
    const contentSecurityPolicy = policyOf(sources);
    Object.assign(route, { config: { ...route.config, helmet: { contentSecurityPolicy } } });
  });
  server.register(helmet, OPTIONS);
}

const pageOf = ({ url }: RouteOptions): Sources | undefined =>
  PAGES.find(([path]) => url === path || url.startsWith(`${path}/`))?.[1];
