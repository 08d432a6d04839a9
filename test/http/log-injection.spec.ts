// Whatever a caller or upstream sends stays inside of its one line of JSON: nothing forges a line or steers a terminal.
import { Controller, Get, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { PinoJournal } from '../../src/adapters/pino-journal.js';
import { Problem } from '../../src/domain/errors.js';
import { NeedsScope } from '../../src/http/access.js';
import { HTTP_CONTROLLERS } from '../../src/http/http-parts.js';
import { migrationBody, send, startHttp, type HttpUnderTest } from './http-app.js';

const FORGED = '{"level":60,"msg":"forged"}';
const HOSTILE: readonly (readonly [what: string, text: string])[] = [
  ['CR LF', `a\r\n${FORGED}\r\n`],
  ['LF', `a\n${FORGED}\n`],
  ['ANSI', '\u001b[2J\u001b[31mred\u001b]0;title\u0007'],
  ['a closing quote', `","level":60,"msg":"forged","x":"`],
  ['NUL, backspace and DEL', 'a\u0000\b\b\b\u007f'],
  ['line separators', 'a\u2028b\u2029c\u0085d'],
  ['half a character', 'a\ud800b'],
];

/** Fails as storage and upstream do: with words of others in the message. */
@Controller('broken')
class BrokenController {
  @Get('defect')
  @NeedsScope('migrations:read')
  defect(@Req() request: FastifyRequest): never {
    throw Object.assign(new Error(textOf(request)), { code: textOf(request) });
  }

  @Get('outage')
  @NeedsScope('migrations:read')
  outage(@Req() request: FastifyRequest): never {
    throw new Problem('unavailable', textOf(request), { cause: new Error(textOf(request)) });
  }
}

/** Without the half characters that no URL can hold. */
const wellFormed = (text: string): string => Buffer.from(text).toString('utf8');

const textOf = ({ query }: FastifyRequest): string => (query as { readonly text: string }).text;

const written: string[] = [];
const logger = pino({ level: 'trace' }, { write: (line: string) => written.push(line) });
let http: HttpUnderTest;
beforeAll(async () => {
  http = await startHttp([...HTTP_CONTROLLERS, BrokenController], logger);
});
afterAll(async () => {
  await http.app.close();
});
beforeEach(() => {
  written.length = 0;
});

/** Exactly so many lines, each whole, none of another level than ours, and no byte that a terminal obeys. */
function expectLines(count: number, levels: readonly number[]): void {
  const text = written.join('');
  const lines = text.split('\n');
  expect(lines.pop()).toBe('');
  expect(lines).toHaveLength(count);
  for (const line of lines) {
    const entry = JSON.parse(line) as { readonly level: number; readonly msg: string };
    expect(levels).toContain(entry.level);
    expect(entry.msg).not.toBe('forged');
    // oxlint-disable-next-line no-control-regex
    expect(line).not.toMatch(/[\u0000-\u001f]/);
  }
}

it.each(HOSTILE)('%s in the message of a failure', async (_what, text) => {
  for (const path of ['defect', 'outage']) {
    await send(http, 'GET', `/broken/${path}?text=${encodeURIComponent(wellFormed(text))}`);
  }
  expectLines(2, [40, 50]);
});

it.each(HOSTILE)('%s in names, labels and idempotency keys of a request', async (_what, text) => {
  const bodies = [
    migrationBody({ labels: { team: text }, dbInfo: { DBNames: [text] } }),
    migrationBody({ sourceInstanceId: text, [text]: text }),
  ];
  for (const body of bodies) await send(http, 'POST', '/v1/migrations', { body });
  await send(http, 'GET', `/v1/migrations/${encodeURIComponent(wellFormed(text))}`);
  // What callers do wrong is told to them, not to the log.
  expectLines(0, []);
});

it.each(HOSTILE)('%s in header values, the id of the request included', async (_what, text) => {
  // As Node's parser lets them through: no line ends, everything else as bytes.
  const value = Buffer.from(text.replaceAll(/[\r\n\0]/g, ' ')).toString('latin1');
  const headers = { 'x-request-id': value, 'user-agent': value, 'x-forwarded-for': value };
  await send(http, 'GET', '/broken/defect?text=x', { headers });
  expectLines(1, [50]);
  expect(JSON.parse(written[0] ?? '')).toMatchObject({
    requestId: expect.stringMatching(/^req_[0-9a-f-]{36}$/) as string,
  });
});

it.each(HOSTILE)('%s in what upstream says', (_what, text) => {
  const journal = new PinoJournal(logger);
  journal.warn('upstream refuses', { code: text, message: text, [text]: text });
  expectLines(1, [40]);
  expect(JSON.parse(written[0] ?? '')).toMatchObject({ msg: 'upstream refuses' });
});
