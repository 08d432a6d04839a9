// A Redis that speaks nothing but TLS, with a certificate of an authority of its own; gone, with its keys, after `close`.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { eventually } from './eventually.js';

export interface TlsRedis {
  readonly host: string;
  /** File of the authority that signed its certificate, and of one that did not. */
  readonly caFile: string;
  readonly otherCaFile: string;
  readonly ca: string;
  readonly otherCa: string;
  /** As the administrator, over TLS. */
  readonly admin: Redis;
  /** Another server with the same certificate, once it answers. */
  more(args: readonly string[], config?: string): Promise<{ port: number; redis: Redis }>;
  readonly port: number;
  close(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function authority(folder: string, name: string): string {
  const file = path.join(folder, `${name}.crt`);
  openssl(
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...['-days', '2', '-subj', `/CN=${name}`, '-keyout', path.join(folder, `${name}.key`)],
    ...['-out', file],
  );
  return file;
}

function certificate(folder: string, ca: string): void {
  const at = (name: string): string => path.join(folder, name);
  openssl(
    ...['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...['-subj', '/CN=redis', '-keyout', at('redis.key'), '-out', at('redis.csr')],
  );
  writeFileSync(at('names'), 'subjectAltName=IP:127.0.0.1');
  openssl(
    ...['x509', '-req', '-in', at('redis.csr'), '-days', '2', '-extfile', at('names')],
    ...['-CA', `${ca}.crt`, '-CAkey', `${ca}.key`, '-CAcreateserial', '-out', at('redis.crt')],
  );
}

const openssl = (...args: readonly string[]): void =>
  void execFileSync('openssl', args, { stdio: 'pipe' });

export async function startTlsRedis(): Promise<TlsRedis> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tls-redis-'));
  const caFile = authority(folder, 'ca');
  const otherCaFile = authority(folder, 'other-ca');
  certificate(folder, path.join(folder, 'ca'));
  const ca = readFileSync(caFile, 'utf8');
  const children: ChildProcess[] = [];
  const clients: Redis[] = [];
  const more: TlsRedis['more'] = async (args, config) => {
    const port = await freePort();
    const files = ['key', 'cert', 'ca-cert'].flatMap((kind, index) => [
      `--tls-${kind}-file`,
      path.join(folder, ['redis.key', 'redis.crt', 'ca.crt'][index] ?? ''),
    ]);
    const own = path.join(folder, `${port}.conf`);
    writeFileSync(own, config ?? '');
    const where = ['--bind', '127.0.0.1', '--port', '0', '--tls-port', String(port)];
    const binary = process.env['REDIS_SERVER_BIN'] ?? 'redis-server';
    const rest = ['--dir', folder, '--tls-auth-clients', 'no', '--save', '', ...args];
    const child = spawn(binary, [own, ...where, ...files, ...rest], { stdio: 'pipe' });
    children.push(child);
    process.once('exit', () => child.kill('SIGKILL'));
    let said = '';
    child.stdout.on('data', (part: Buffer) => (said += part.toString()));
    const redis = new Redis(port, '127.0.0.1', { tls: { ca }, retryStrategy: () => 50 });
    redis.on('error', () => {});
    clients.push(redis);
    const ended = once(child, 'exit').then(() => {
      throw new Error(`redis-server ended; was it built with TLS?\n${said}`);
    });
    ended.catch(() => {});
    await Promise.race([eventually(async () => void (await redis.ping())), ended]);
    return { port, redis };
  };
  const { port, redis: admin } = await more(['--appendonly', 'yes', '--appendfsync', 'always']);
  return {
    ...{ host: `127.0.0.1:${port}`, port, admin, more },
    ...{ caFile, otherCaFile, ca, otherCa: readFileSync(otherCaFile, 'utf8') },
    close: async () => {
      for (const client of clients) client.disconnect();
      const gone = children.filter(({ exitCode }) => exitCode === null);
      await Promise.all(gone.map((child) => (child.kill('SIGKILL'), once(child, 'exit'))));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
