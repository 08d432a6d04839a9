// What the HTTP floor logs: each failure of ours once, with the request's id, and no failure of a caller's.
import { Controller, Get } from '@nestjs/common';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NeedsScope } from '../../src/http/access.js';
import { send, startHttp, type HttpUnderTest } from './http-app.js';

@Controller('broken')
class BrokenController {
  @Get()
  @NeedsScope('migrations:read')
  look(): never {
    throw new Error('the reason');
  }
}

const lines: string[] = [];
let http: HttpUnderTest;
beforeAll(async () => {
  const logger = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) });
  http = await startHttp([BrokenController], logger);
});
afterAll(async () => {
  await http.app.close();
});

test('a defect is one line with its cause and the request id, and never the API key', async () => {
  await send(http, 'GET', '/broken', { headers: { 'x-request-id': 'trace-1' } });
  const errors = lines.filter((line) => line.includes('the reason'));
  expect(errors).toHaveLength(1);
  expect(JSON.parse(errors[0] ?? '')).toMatchObject({ level: 50, requestId: 'trace-1' });
  expect(lines.join()).not.toContain('acme.admin');
});

test("a caller's mistake is not logged, whatever it holds", async () => {
  const before = lines.length;
  await send(http, 'GET', '/broken', { key: 'nobody' });
  await send(http, 'GET', '/nothing\u2028%0aforged', { headers: { 'x-request-id': 'a"b' } });
  expect(lines).toHaveLength(before);
});
