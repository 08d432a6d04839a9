// A worker that was given a port answers probes there and nothing else; a port that is taken does not keep it from work.
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { readExposition, total } from '../support/exposition.js';
import type { ServiceProcess } from '../support/service.js';
import { openStage, type Stage } from './stage.js';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ pairs: { first: {}, second: {} }, roles: ['api'] });
});
afterAll(() => stage?.close());

const probesOf = (worker: ServiceProcess): string => {
  const lines = worker.logs().split('\n').filter(Boolean);
  const told = lines.map((line) => JSON.parse(line) as { readonly probes?: string });
  return told.find(({ probes }) => probes !== undefined)?.probes ?? '';
};

it('tells of its health and its own figures, with a key, and has no other route', async () => {
  const worker = await stage.launch('worker');
  const { id } = await stage.migrate('first');
  await stage.succeeds(id);
  const url = probesOf(worker);
  const status = async (path: string, headers: Record<string, string> = {}): Promise<number> =>
    (await fetch(`${url}${path}`, { headers })).status;
  const authorization = `Bearer ${stage.env['BOOTSTRAP_ADMIN_KEY'] ?? ''}`;
  expect(await status('/health/live')).toBe(200);
  expect(await status('/health/ready')).toBe(200);
  expect(await status('/metrics')).toBe(401);
  for (const path of ['/', '/docs', '/openapi.json', '/queues', '/v1/migrations', '/v1/events']) {
    expect([path, await status(path, { authorization })]).toEqual([path, 404]);
  }
  const answer = await fetch(`${url}/metrics`, { headers: { authorization } });
  const reading = readExposition(await answer.text());
  expect(reading.faults).toEqual([]);
  expect(total(reading, 'rds_import_build_info', { role: 'worker' })).toBe(1);
  expect(total(reading, 'rds_import_dispatch_seconds_count')).toBe(1);
  expect(await worker.stop()).toBe(0);
});

async function taken(): Promise<Server> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

it('works on when its port is taken, says so once, and ends with 0', async () => {
  const server = await taken();
  const { port } = server.address() as AddressInfo;
  const worker = await stage.launch('worker', { PORT: String(port) });
  const { id } = await stage.migrate('second');
  await stage.succeeds(id);
  await eventually(() => expect(worker.logs()).toContain('no probes are answered'));
  expect(worker.logs().match(/no probes are answered/g)).toHaveLength(1);
  expect(await worker.stop()).toBe(0);
  server.close();
});

it('opens no port when it was given none', async () => {
  const worker = await stage.launch('worker', { PORT: '' });
  expect(worker.logs()).toContain('working');
  expect(worker.logs()).not.toContain('probes');
});
