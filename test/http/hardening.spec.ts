// Browsers are told to do nothing with an answer; the documentation may use its own files and nothing else.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BARE_HEADERS } from '../../src/http/security-headers.js';
import { migrationBody, send, startHttp, type HttpUnderTest } from './http-app.js';

let http: HttpUnderTest;
beforeAll(async () => {
  http = await startHttp();
});
afterAll(async () => {
  await http.app.close();
});

type Answer = Awaited<ReturnType<typeof send>>;
type Method = Parameters<typeof send>[1];

const get = (url: string): Promise<Answer> => send(http, 'GET', url, { key: null });

function policyOf(answer: Answer): ReadonlyMap<string, readonly string[]> {
  const text = String(answer.headers['content-security-policy']);
  return new Map(
    text.split(';').map((directive) => {
      const [name = '', ...sources] = directive.trim().split(/\s+/);
      return [name, sources];
    }),
  );
}

describe('every answer', () => {
  type Row = readonly [what: string, method: Method, url: string, more: object];
  const answers: readonly Row[] = [
    ['of a public route', 'GET', '/health/live', {}],
    ['with data', 'GET', '/v1/migrations', {}],
    ['that accepts', 'POST', '/v1/migrations', { body: migrationBody() }],
    ['to nobody known', 'GET', '/v1/migrations', { key: null }],
    ['to a broken body', 'POST', '/v1/migrations', { body: '{' }],
    ['to a body of another type', 'POST', '/v1/migrations', { headers: { 'content-type': 'a/b' } }],
    ['about nothing there', 'GET', '/nothing', {}],
    ['of the router', 'GET', '/v1/migrations/%zz', {}],
    ['to a method that no route has', 'PUT', '/v1/migrations', {}],
    ['to HEAD', 'HEAD', '/health/live', {}],
    ['with the OpenAPI document', 'GET', '/openapi.json', {}],
  ];
  it.each(answers)(
    '%s is for no browser to run, sniff, frame, keep or refer from',
    async (_, method, url, more) => {
      const { headers } = await send(http, method, url, more);
      expect(headers).toMatchObject(BARE_HEADERS);
      expect(headers['cache-control']).toBe('no-store');
      for (const name of ['x-powered-by', 'server', 'set-cookie']) {
        expect(headers).not.toHaveProperty(name);
      }
    },
  );

  it.each(['/health/live', '/docs', '/v1/migrations', '/nothing'])(
    'of %s is shared with no other origin, whatever that asks for',
    async (url) => {
      for (const method of ['GET', 'OPTIONS'] as const) {
        const { headers } = await http.app.inject({
          method,
          url,
          headers: {
            ...{ origin: 'https://evil.example', 'access-control-request-method': 'POST' },
            'access-control-request-headers': 'authorization',
          },
        });
        const shared = Object.keys(headers).filter((name) => name.startsWith('access-control'));
        expect(shared).toEqual([]);
      }
    },
  );
});

describe.each([
  ['/docs', 'http://service.test/docs'],
  ['/docs/', 'http://service.test/docs/'],
])('the page %s', (url, base) => {
  const attributes = (html: string, tag: string, name: string): readonly string[] =>
    [...html.matchAll(new RegExp(`<${tag}\\b[^>]*\\b${name}="([^"]*)"`, 'g'))].flatMap(
      ([, value]) => value ?? [],
    );

  it('allows scripts and styles of this service only, and keeps all other doors shut', async () => {
    const answer = await get(url);
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([
      200,
      'text/html; charset=utf-8',
    ]);
    expect(Object.fromEntries(policyOf(answer))).toEqual({
      'default-src': ["'none'"],
      'base-uri': ["'none'"],
      'form-action': ["'none'"],
      'frame-ancestors': ["'none'"],
      'script-src': ["'self'"],
      'style-src': ["'self'"],
      'img-src': ["'self'", 'data:'],
      'connect-src': ["'self'"],
    });
    const { 'content-security-policy': _, ...others } = BARE_HEADERS;
    expect(answer.headers).toMatchObject(others);
  });

  it('has nothing inline that its policy would stop', async () => {
    const html = (await get(url)).body;
    const scripts = [...html.matchAll(/<script\b[^>]*>([^]*?)<\/script>/g)];
    expect(scripts.map(([, text]) => text)).toEqual(['', '']);
    expect(html).not.toMatch(/<style|\sstyle=|\son[a-z]+=|javascript:|<base|<iframe|<object/i);
  });

  it('has every script, style and icon in a file that is there, with the right type', async () => {
    const html = (await get(url)).body;
    const scripts = attributes(html, 'script', 'src');
    const links = attributes(html, 'link', 'href');
    expect([scripts.length, links.length]).toEqual([2, 3]);
    for (const file of [...scripts, ...links]) {
      const { origin, pathname } = new URL(file, base);
      expect(origin).toBe('http://service.test');
      const answer = await get(pathname);
      expect([file, answer.statusCode]).toEqual([file, 200]);
      const types = {
        js: /^(?:text|application)\/javascript/,
        css: /^text\/css/,
        png: /^image\/png/,
      } as const;
      const ending = pathname.split('.').at(-1) as keyof typeof types;
      expect(answer.headers['content-type']).toMatch(types[ending]);
      expect(answer.headers['x-content-type-options']).toBe('nosniff');
    }
  });
});

describe('the folder of Swagger UI', () => {
  it.each([
    'package.json',
    'index.html',
    'swagger-initializer.js',
    'swagger-ui-bundle.js.map',
    'oauth2-redirect.html',
    '..%2fpackage.json',
    '%2e%2e/%2e%2e/package.json',
    'swagger-ui.css%00.png',
  ])('gives out no %s', async (file) => {
    const answer = await get(`/docs/${file}`);
    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    expect(answer.statusCode).toBeLessThan(500);
    expect(answer.headers['content-type']).toBe('application/problem+json');
  });
});
