// Gives a run its Redis: the one REDIS_URL names when it answers, else a private one.
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { canRunContainers } from './compose.mjs';
import { findServer } from './redis-binary.mjs';
import { startContainer } from './redis-container.mjs';
import { removeStale } from './redis-folders.mjs';
import { installServer } from './redis-install.mjs';
import { startServer } from './redis-process.mjs';
import { ask, endpointOf } from './resp.mjs';
import { say, Stop } from './say.mjs';

const NONE =
  'no Redis could be found, installed or started in a container. ' +
  'Install Redis 6.2 or newer (or Valkey), or set REDIS_URL, and run this again.';

function describe(url) {
  try {
    const { host, port } = endpointOf(url);
    return `${host}:${port}`;
  } catch {
    return 'REDIS_URL';
  }
}

/** Why the Redis of REDIS_URL cannot be used, or null when it answers. */
async function complaintAbout(url) {
  try {
    const answer = await ask(url, ['PING'], 3_000);
    return answer === 'PONG' ? null : 'the answer to PING is not PONG';
  } catch (error) {
    return error.message;
  }
}

const serverEnv = (server) => (server ? { REDIS_SERVER_BIN: server.bin, ...server.env } : {});

/** `{env, close}`: `env` is for the command; `close` ends what was started and removes its data. */
export async function openRedis(root, dataDir) {
  const folder = path.join(dataDir, 'redis');
  fs.mkdirSync(folder, { recursive: true });
  await removeStale(root, folder);

  const url = process.env.REDIS_URL;
  if (url) {
    const complaint = await complaintAbout(url);
    if (complaint === null) {
      say(`using the Redis of REDIS_URL (${describe(url)})`);
      return { env: serverEnv(findServer(root)), close: async () => {} };
    }
    say(`REDIS_URL is set but not usable (${describe(url)}: ${complaint}): using a private Redis`);
  }

  let server = findServer(root);
  if (!server && (await installServer(root))) server = findServer(root);
  if (server) {
    const { url: privateUrl, close } = await startServer(server, folder);
    return { env: { REDIS_URL: privateUrl, ...serverEnv(server) }, close };
  }
  if (!canRunContainers()) throw new Stop(NONE);
  const container = await startContainer(root, folder);
  return { env: { REDIS_URL: container.url }, close: container.close };
}
