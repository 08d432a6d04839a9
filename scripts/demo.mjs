#!/usr/bin/env node
/**
 * The main job in front of your eyes: starts simulator and service, stores a credential, sends a batch of
 * migrations of both engines and shows them move until all have ended. Exits 0 only when each ended as the simulator's world
 * says it must, with exactly one import for each that was submitted and never two on one instance.
 *
 *   npm run demo             run and stop
 *   npm run demo -- --keep   stay up afterwards, to look around in Swagger UI
 *
 * REDIS_URL comes from scripts/bootstrap.mjs.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Api, simulatorAt } from './demo/api.mjs';
import { FAULTS, MIGRATIONS } from './demo/cast.mjs';
import { endAll, startNode } from './demo/processes.mjs';
import { Screen } from './demo/screen.mjs';
import { judge } from './demo/verdict.mjs';

const PATIENCE_MS = 180_000;
const ENDED = new Set(['succeeded', 'failed', 'canceled', 'outcome_unknown']);

async function main() {
  if (!process.env.REDIS_URL) throw new Error('REDIS_URL is not set: run `npm run demo`');
  const keep = process.argv.includes('--keep');
  const simulatorUrl = await startNode(
    'simulator',
    ['dist/simulator/main.js'],
    {},
    (line) => line.listening,
  );
  const simulator = simulatorAt(simulatorUrl);
  const key = `demo-${randomBytes(24).toString('hex')}`;
  const serviceUrl = await startNode(
    'service',
    ['dist/main.js'],
    {
      PORT: '0',
      ROLE: 'all',
      REDIS_KEY_PREFIX: `{demo-${randomBytes(6).toString('hex')}}`,
      MASTER_KEYS: `demo:${randomBytes(32).toString('base64')}`,
      BOOTSTRAP_ADMIN_KEY: key,
      RDS_ENDPOINT: simulatorUrl,
      TRACK_INTERVAL_MS: '500',
      UPSTREAM_QPS: '50',
    },
    (line) => (line.msg === 'listening' ? line.url : undefined),
  );
  const api = new Api(serviceUrl, key);
  console.log(`simulator   ${simulatorUrl}\nservice     ${serviceUrl}`);
  console.log(`Live page   ${serviceUrl}/`);
  console.log(`Swagger UI  ${serviceUrl}/docs\n`);

  const credential = await api.post('/v1/credentials', {
    name: 'demo',
    type: 'access_key',
    regionId: 'cn-hangzhou',
    accessKeyId: 'LTAIsimulatorkey0001',
    accessKeySecret: 'simulator-secret-0001',
  });
  for (const fault of FAULTS) await simulator.post('/control/faults', fault);
  const batch = await api.post('/v1/batches', {
    name: 'demo',
    credentialId: credential.id,
    migrations: MIGRATIONS.map(({ story, ...request }) => ({ ...request, labels: { story } })),
  });
  const { items } = await api.get(`/v1/migrations?batchId=${batch.id}`);
  const sent = MIGRATIONS.map(({ story }) => ({
    story,
    id: items.find(({ labels }) => labels.story === story).id,
  }));
  const ended = await follow(api, simulator, sent);
  const problems = judge(ended, await simulator.get('/control/world'), MIGRATIONS);
  for (const problem of problems) console.log(`NOT AS IT MUST BE: ${problem}`);
  if (problems.length === 0) {
    console.log(`\nAll ${ended.length} migrations ended as the simulator's world says they must.`);
  }
  if (keep) {
    console.log(
      `\nStill up. Open ${serviceUrl}/ or ${serviceUrl}/docs and enter the key\n  ${key}\nCtrl-C ends it.`,
    );
    await new Promise(() => {});
  }
  return problems.length === 0 ? 0 : 1;
}

/** Shows every migration until all have ended. */
async function follow(api, simulator, sent) {
  const screen = new Screen(process.stdout, sent);
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const [views, world] = await Promise.all([
      Promise.all(sent.map(({ id }) => api.get(`/v1/migrations/${id}`))),
      simulator.get('/control/world'),
    ]);
    screen.show(views, world);
    if (views.every((view) => ENDED.has(view.status))) return views;
    if (Date.now() > deadline) throw new Error(`not all ended within ${PATIENCE_MS / 1000} s`);
    await sleep(250);
  }
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  // Told twice (by the terminal and by the bootstrap) is still one end.
  process.on(signal, () => void endAll().then(() => process.exit(130)));
}

let exitCode = 1;
try {
  exitCode = await main();
} catch (error) {
  console.error(`demo: ${error.message}`);
} finally {
  await endAll();
}
process.exit(exitCode);
