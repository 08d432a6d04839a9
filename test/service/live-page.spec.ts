// The page at / is served to everybody, kept by browsers only where that is safe, and may use nothing but its own files.
import { get, type IncomingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.js';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

let stage: Stage;
let page: Answer;
beforeAll(async () => {
  stage = await openStage({ pairs: { a: {} }, roles: ['api'] });
  page = await read('/');
});
afterAll(() => stage?.close());

/** Without a key, and with the bytes as they came. */
const read = (path: string, headers: IncomingHttpHeaders = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    get(stage.service.url + path, { headers }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.once('error', reject);
      answer.once('end', () => {
        const text = Buffer.concat(parts).toString();
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text });
      });
    }).once('error', reject);
  });

const files = (): readonly string[] =>
  [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].flatMap(([, path]) => path ?? []);

describe('the live page', () => {
  it('needs no key, and names its files relative to itself: it works below a prefix', () => {
    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    expect(files()).not.toEqual([]);
    for (const file of files()) expect(file).toMatch(/^\.\/assets\/[\w-]+-[\w-]{8}\.\w+$/);
  });

  it('may run and show its own files alone: nothing inline, nothing made of text', () => {
    const policy = String(page.headers['content-security-policy']).split(';');
    expect(policy).toEqual(
      expect.arrayContaining([
        ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'"],
        ...["connect-src 'self'", "require-trusted-types-for 'script'", "trusted-types 'none'"],
        ...["frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"],
      ]),
    );
    expect(policy.join()).not.toContain('unsafe');
    expect(page.text).not.toMatch(/<style|<script(?![^>]*src=)|style="|\son\w+=/);
  });

  it('leaves the policy of the API, its pages and its own files as strict as it was', async () => {
    for (const path of ['/v1/batches', '/health/live', '/nowhere', files()[0]?.slice(1) ?? '']) {
      const { headers } = await read(path);
      expect([path, headers['content-security-policy']]).toEqual([
        path,
        "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
      ]);
    }
  });

  it('is asked for anew each time, its files never again', async () => {
    expect(page.headers['cache-control']).toBe('no-cache');
    const again = await read('/', { 'if-none-match': page.headers.etag });
    expect([again.status, again.text]).toEqual([304, '']);
    for (const file of files()) {
      const { status, headers } = await read(file.slice(1));
      expect([status, headers['cache-control']]).toEqual([
        200,
        'public, max-age=31536000, immutable',
      ]);
    }
  });

  it('comes compressed to whoever can read that', async () => {
    const script = files().find((file) => file.endsWith('.js')) ?? '';
    const [plain, small] = await Promise.all([
      read(script.slice(1)),
      read(script.slice(1), { 'accept-encoding': 'gzip, br' }),
    ]);
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(small.headers['content-encoding']).toBe('br');
    expect(small.headers['content-type']).toMatch(/javascript/);
    expect(Number(small.headers['content-length'])).toBeLessThan(40_000);
  });

  it.each([
    '/assets/nothing.js',
    '/assets/..%2findex.html',
    '/assets/%2e%2e%2f%2e%2e%2fmain.js',
    '/assets/',
  ])('has no file %s', async (path) => {
    const { status, headers } = await read(path);
    expect(status).toBe(404);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
  });
});
