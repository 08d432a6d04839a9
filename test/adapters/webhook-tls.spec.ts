// A webhook is sent to nobody who cannot prove who it is.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { AddressGuard } from '../../src/adapters/http-address-guard.js';
import { HttpWebhookSender } from '../../src/adapters/http-webhook-sender.js';
import { Secret } from '../../src/use-cases/ports-credentials.js';

test('a certificate that nobody vouches for is refused, also when the environment waives it', async () => {
  const own = createHttpsServer(selfSigned(), (_request, response) => response.end());
  own.listen(0, '127.0.0.1');
  await once(own, 'listening');
  onTestFinished(() => void own.close());
  const { port } = own.address() as AddressInfo;
  const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  onTestFinished(() => {
    if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
  });
  const sender = new HttpWebhookSender(new AddressGuard(['127.0.0.0/8']), 2_000);
  const secrets = [new Secret(`whsec_${Buffer.alloc(32, 1).toString('base64')}`)];
  const url = `https://127.0.0.1:${port}/hook`;
  const outcome = await sender.send({ url, eventId: 'evt_1', body: '{}', atMs: 0, secrets });
  expect(outcome).toEqual({ kind: 'unsent', error: 'tls_failed' });
});

function selfSigned(): { readonly key: Buffer; readonly cert: Buffer } {
  const folder = mkdtempSync(path.join(tmpdir(), 'self-signed-'));
  const [key, cert] = [path.join(folder, 'key'), path.join(folder, 'cert')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  execFileSync('openssl', ['req', ...kind, ...subject, '-keyout', key, '-out', cert], {
    stdio: 'pipe',
  });
  try {
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
